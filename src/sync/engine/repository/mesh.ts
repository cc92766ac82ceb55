import type { GutsPeer } from '../../../peer/index.ts'
import type { DialSlots } from '../dial-slots.ts'
import { mixed } from './named-holders.ts'

/**
 * Holders that chunks are taken from at once. Through three others a chunk reaches a room of any size in a few steps, and each
 * connection costs both its sides as much work as several MiB do.
 */
export const MAX_MESH = 4
/** Dials at a time: where all dial all others, nobody gets through. */
const MAX_DIALS = 2
/** Peers that others named, of which it is remembered that they were dialled. */
const MAX_NAMED = 64
/** Milliseconds for one dial: WebRTC through a relay, with its second try. */
const DIAL_TIMEOUT = 20_000
/** Milliseconds that the one with the lower PeerId has for its dial: where both dial at once, one may hang. */
const FIRST_TURN = 2500
/** Milliseconds until one that could not be reached is dialled again. */
const AGAIN = 60_000

export interface MeshInit {
  peer: GutsPeer
  slots: DialSlots
  signal: AbortSignal
  /** How many more holders would be of use now. */
  wanted: () => number
  /** Connected: it may have some of it. */
  onFound: (peer: string) => void
  /** `dialling` is another. */
  onChange: () => void
}

/** Brings those together who fetch the same thing, as holders name them to each other. */
export class Mesh {
  readonly #init: MeshInit
  /** When each is dialled, or dialled again; Infinity while it is. */
  readonly #named = new Map<string, number>()
  #dialling = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(init: MeshInit) {
    this.#init = init
    init.signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true })
  }

  /** Somebody who was named is being dialled, or about to be, by us or by them. */
  get dialling(): boolean {
    if (this.#dialling > 0) return true
    if (this.#init.wanted() <= 0) return false
    const soon = Date.now() + FIRST_TURN
    return this.#apart().some(([, at]) => at <= soon)
  }

  /** `peer` is said to have it, or some of it. */
  name(peer: string): void {
    const own = this.#init.peer.peerId.toString()
    if (this.#named.has(peer) || this.#named.size >= MAX_NAMED || peer === own) return
    this.#named.set(peer, own < peer ? 0 : Date.now() + FIRST_TURN)
    // Others are named in the same breath.
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.update())
  }

  /** Dials as many as are wanted; everybody others first, so that not all dial the same ones. */
  update(): void {
    const { peer, wanted, signal } = this.#init
    clearTimeout(this.#timer)
    if (signal.aborted) return
    const own = peer.peerId.toString()
    const apart = this.#apart()
    for (const [name, at] of apart.sort(([a], [b]) => mixed(own, a) - mixed(own, b))) {
      if (this.#dialling >= MAX_DIALS || wanted() - this.#dialling <= 0) return
      if (at > Date.now()) continue
      if (own > name && peer.peers.get(name)?.link === 'relayed') {
        // It dials us: that begins with such a link.
        this.#named.set(name, Date.now() + FIRST_TURN)
        continue
      }
      this.#named.set(name, Infinity)
      void this.#dial(name)
    }
    const next = Math.min(...apart.map(([name]) => this.#named.get(name) ?? Infinity))
    if (Number.isFinite(next)) this.#timer = setTimeout(() => this.update(), next - Date.now())
  }

  /** Those that we have no direct link with. */
  #apart(): Array<[name: string, at: number]> {
    return [...this.#named].filter(([name]) => this.#init.peer.peers.get(name)?.link !== 'direct')
  }

  async #dial(name: string): Promise<void> {
    const { peer, slots, signal, onFound, onChange } = this.#init
    this.#dialling++
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(DIAL_TIMEOUT)])
      await slots.run(() => peer.connect(name, { signal: limit }))
      onFound(name)
    } catch {
      // Not there any more, or out of reach: others are.
    } finally {
      this.#dialling--
      this.#named.set(name, Date.now() + AGAIN)
      onChange()
      this.update()
    }
  }
}
