import { asError } from '../bytes.ts'
import { backoff, delay } from '../timing.ts'
import type { GutsPeer } from '../../../peer/index.ts'
import type { DialSlots } from '../dial-slots.ts'

/** Milliseconds for one dial: WebRTC through a relay, with its second try. */
const DIAL_TIMEOUT = 20_000
/** Milliseconds for one look into the DHT, and the holders that are taken from it. */
const FIND_TIMEOUT = 15_000
const MAX_FOUND = 16
/** Milliseconds for those who are known, before others are looked for. */
const DHT_AFTER = 3_000
/** Milliseconds between two rounds, first and at most, while nobody was found. */
const ROUND_FIRST = 1_000
const ROUND_CAP = 30_000
/** While somebody is there but more would be welcome. */
const ROUND_CONTENT = 300_000

export interface FinderInit {
  peer: GutsPeer
  discoveryKey: Uint8Array
  signal: AbortSignal
  slots: DialSlots
  /** PeerIds, who is tried first: the link's hint, then holders that were seen or named. `round`: how many found nobody. */
  candidates: (round: number) => string[]
  /** True while holders are wanted; false where those that are connected, or about to be, are enough. */
  wanted: () => boolean
  onDial: (peer: string) => void
  /** However that ended. */
  onDialled: (peer: string) => void
  /** Connected: it may hold the repository. */
  onFound: (peer: string) => void
  /** A round ended without anybody new. */
  onNobody: () => void
}

/** Looks for holders of one repository: again and again while nobody is there, and at once when something changed. */
export class Finder {
  readonly #init: FinderInit
  #wake = Promise.withResolvers<void>()
  #rounds = 0
  #dialling = 0

  constructor(init: FinderInit) {
    this.#init = init
  }

  /** Runs until the signal aborts. */
  async run(): Promise<void> {
    const { signal, wanted } = this.#init
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers<void>()
      const round = wanted() ? this.#rounds++ : 0
      try {
        if (wanted()) await this.#round(round)
        const content = this.#dialling > 0 ? DIAL_TIMEOUT : ROUND_CONTENT
        await this.#rest(wanted() ? backoff(round, ROUND_FIRST, ROUND_CAP) : content)
      } catch (error) {
        if (signal.aborted) return
        throw error
      }
    }
  }

  /** Something changed (a relay is back, the network too, a person asked): looks again now. */
  wake(): void {
    this.#rounds = 0
    this.#wake.resolve()
  }

  /** Waits, unless something wakes it. */
  async #rest(milliseconds: number): Promise<void> {
    const woken = new AbortController()
    const signal = AbortSignal.any([this.#init.signal, woken.signal])
    try {
      await Promise.race([delay(milliseconds, signal), this.#wake.promise])
    } finally {
      woken.abort()
    }
  }

  async #round(round: number): Promise<void> {
    const { candidates, wanted, onNobody, signal } = this.#init
    const tried = new Set<string>()
    const dials = this.#dialAll(candidates(round), tried)
    // A hinted holder needs no DHT: its code loads only where the hint does not answer soon.
    const soon = await Promise.race([dials, delay(DHT_AFTER, signal).then(() => false)])
    if (soon) return
    const woken = new AbortController()
    // To whom has it a link is being made, which takes its time where many come at once: others would only be in the way.
    const all = Promise.all([dials, wanted() ? this.#discover(tried, woken.signal) : false])
    // Somebody else to dial may be known by now: dials go on by themselves, and the next round begins.
    const wake = this.#wake.promise.then(async () => {
      if (!wanted()) return await all
      woken.abort()
      return [true]
    })
    if (!(await Promise.race([all, wake])).includes(true)) onNobody()
  }

  async #dialAll(candidates: string[], tried: Set<string>): Promise<boolean> {
    const results = await Promise.all(candidates.map((candidate) => this.#dial(candidate, tried)))
    return results.includes(true)
  }

  async #discover(tried: Set<string>, woken: AbortSignal): Promise<boolean> {
    const { peer, discoveryKey, signal } = this.#init
    const limit = AbortSignal.any([signal, woken, AbortSignal.timeout(FIND_TIMEOUT)])
    const dials: Array<Promise<boolean>> = []
    try {
      for await (const found of peer.discovery.find(discoveryKey, { signal: limit })) {
        dials.push(this.#dial(found.toString(), tried))
        if (dials.length >= MAX_FOUND) break
      }
    } catch (error) {
      // The DHT is one way among several, and not there without a relay: the next round asks again.
      if (signal.aborted) throw asError(error)
    }
    return (await Promise.all(dials)).includes(true)
  }

  async #dial(candidate: string, tried: Set<string>): Promise<boolean> {
    const { peer, signal, slots, onDial, onDialled, onFound } = this.#init
    if (tried.has(candidate) || candidate === peer.peerId.toString()) return false
    tried.add(candidate)
    if (peer.peers.get(candidate)?.link === 'direct') {
      onFound(candidate)
      return true
    }
    onDial(candidate)
    this.#dialling++
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(DIAL_TIMEOUT)])
      await slots.run(() => peer.connect(candidate, { signal: limit }))
    } catch (error) {
      // Not there now, or refused: whoever comes back is tried in the next round.
      if (signal.aborted) throw asError(error)
      return false
    } finally {
      this.#dialling--
      onDialled(candidate)
    }
    onFound(candidate)
    return true
  }
}
