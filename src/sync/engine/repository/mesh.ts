import type { GutsPeer } from '../../../peer/index.ts'
import type { DialSlots } from '../dial-slots.ts'
import { delay } from '../timing.ts'

/** Holders that chunks are taken from at once: more of them cost connections and bring little. */
export const MAX_MESH = 8
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
  /** When each is dialled again; Infinity while it is. */
  readonly #named = new Map<string, number>()
  #dialling = 0

  constructor(init: MeshInit) {
    this.#init = init
  }

  /** Somebody who was named is being dialled, or about to be. */
  get dialling(): boolean {
    return this.#dialling > 0
  }

  /** `peer` is said to have it, or some of it. */
  name(peer: string): void {
    if (this.#named.has(peer) || this.#named.size >= MAX_NAMED || peer === this.#init.peer.peerId.toString()) return
    this.#named.set(peer, 0)
    this.update()
  }

  /** Dials as many as are wanted. */
  update(): void {
    const { peer, wanted, signal } = this.#init
    for (const [name, notBefore] of this.#named) {
      if (signal.aborted || wanted() - this.#dialling <= 0) return
      if (Date.now() < notBefore || peer.peers.get(name)?.link === 'direct') continue
      this.#named.set(name, Infinity)
      void this.#dial(name)
    }
  }

  async #dial(name: string): Promise<void> {
    const { peer, slots, signal, onFound, onChange } = this.#init
    this.#dialling++
    try {
      if (peer.peerId.toString() > name) await delay(FIRST_TURN, signal)
      if (peer.peers.get(name)?.link !== 'direct') {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(DIAL_TIMEOUT)])
        await slots.run(() => peer.connect(name, { signal: limit }))
      }
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
