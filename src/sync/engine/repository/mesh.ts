import type { GutsPeer } from '../../../peer/index.ts'
import type { DialSlots } from '../dial-slots.ts'
import { mixed } from './named-holders.ts'

/**
 * Holders that chunks are taken from at once. Through three others a chunk reaches a room of any size in a few steps, and each
 * connection costs both its sides as much work as several MiB do.
 */
export const MAX_MESH = 4
/** Dials at a time to those who fetch it as we do: where all dial all others, nobody gets through. */
const MAX_DIALS = 2
/** Peers that others named, of which it is remembered that they were dialled. */
const MAX_NAMED = 64
/** Milliseconds for one dial: WebRTC through a relay, with its second try. */
const DIAL_TIMEOUT = 20_000
/** Milliseconds that the one with the lower PeerId has for its dial, at least: where both dial at once, one may hang. */
const FIRST_TURN = 2500
/** Milliseconds until one that could not be reached is dialled again. */
const AGAIN = 60_000

export interface MeshInit {
  peer: GutsPeer
  slots: DialSlots
  signal: AbortSignal
  /** How many holders are of use at a time; 0: none is dialled now. */
  most: () => number
  /** PeerIds of those whom something may be asked of. */
  connected: () => string[]
  /** Connected: it may have some of it. */
  onFound: (peer: string) => void
  /** `dialling` is another. */
  onChange: () => void
}

interface Named {
  /** Unix milliseconds: when it is dialled, or dialled again; Infinity while it is. */
  at: number
  /** It has all of it. */
  complete: boolean
}

/** Brings those together who fetch the same thing, as holders name them to each other. */
export class Mesh {
  readonly #init: MeshInit
  readonly #named = new Map<string, Named>()
  #dialling = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(init: MeshInit) {
    this.#init = init
    init.signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true })
  }

  /** Somebody who was named is being dialled, or about to be, by us or by them. */
  get dialling(): boolean {
    if (this.#dialling > 0) return true
    if (this.#missing <= 0) return false
    const soon = Date.now() + this.#turn
    return this.#apart().some(([, { at }]) => at <= soon)
  }

  /** `peer` is said to have all of it, or some. */
  name(peer: string, complete: boolean): void {
    const own = this.#init.peer.peerId.toString()
    const known = this.#named.get(peer)
    if (known != null) known.complete ||= complete
    if (known != null || this.#named.size >= MAX_NAMED || peer === own) return
    // Who has all of it fetches nothing, and so dials nobody.
    const ours = complete || own < peer
    this.#named.set(peer, { at: ours ? 0 : Date.now() + this.#turn, complete })
    // Others are named in the same breath.
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.update())
  }

  isDialling(peer: string): boolean {
    return this.#named.get(peer)?.at === Infinity
  }

  /**
   * Dials as many as are wanted: those who have all of it at once, then the others; everybody others first, so that not all
   * dial the same ones.
   */
  update(): void {
    const { peer, connected, signal } = this.#init
    clearTimeout(this.#timer)
    if (signal.aborted) return
    const own = peer.peerId.toString()
    const apart = this.#apart().sort(
      ([a, { complete }], [b, other]) => Number(other.complete) - Number(complete) || mixed(own, a) - mixed(own, b),
    )
    for (const [name, named] of apart) {
      if (this.#missing <= 0) return
      // Until somebody is connected who has something, those who only fetch it too would be in the way.
      if (!named.complete && (this.#dialling >= MAX_DIALS || connected().length === 0)) return
      if (named.at > Date.now()) continue
      if (own > name && !named.complete && peer.peers.get(name)?.link === 'relayed') {
        // It dials us: that begins with such a link.
        named.at = Date.now() + this.#turn
        continue
      }
      void this.#dial(name, named)
    }
    const next = Math.min(...apart.map(([, { at }]) => at))
    if (Number.isFinite(next)) this.#timer = setTimeout(() => this.update(), next - Date.now())
  }

  /** How many more would be of use. Who is connected, or being dialled, may have to be asked yet what it has. */
  get #missing(): number {
    const { most, connected, peer } = this.#init
    const direct = [...this.#named.keys()].filter((name) => peer.peers.get(name)?.link === 'direct')
    return most() - new Set([...connected(), ...direct]).size - this.#dialling
  }

  /** Milliseconds that somebody else has for dialling us. */
  get #turn(): number {
    return Math.max(FIRST_TURN, this.#init.slots.took)
  }

  /** Those that we have no direct link with. */
  #apart(): Array<[name: string, named: Named]> {
    return [...this.#named].filter(([name]) => this.#init.peer.peers.get(name)?.link !== 'direct')
  }

  async #dial(name: string, named: Named): Promise<void> {
    const { peer, slots, signal, onFound, onChange } = this.#init
    this.#dialling++
    named.at = Infinity
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(DIAL_TIMEOUT)])
      await slots.run(() => peer.connect(name, { signal: limit }))
      onFound(name)
    } catch {
      // Not there any more, or out of reach: others are.
    } finally {
      this.#dialling--
      named.at = Date.now() + AGAIN
      onChange()
      this.update()
    }
  }
}
