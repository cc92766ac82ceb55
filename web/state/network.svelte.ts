import { createSubscriber } from 'svelte/reactivity'
import { on } from 'svelte/events'
import type { DeniedPeer, GutsPeer, PeerState, RelayStatus } from '../../src/peer/index.ts'

/** The network as the views read it: this device's line, the meeting point, the devices. */
export class Network {
  readonly #peer: GutsPeer
  readonly #window: Window
  readonly #subscribe: () => void

  constructor(peer: GutsPeer, window: Window) {
    this.#peer = peer
    this.#window = window
    this.#subscribe = createSubscriber((update) => {
      const stops = [
        peer.peers.on('peer:ready', update),
        peer.peers.on('peer:update', update),
        peer.peers.on('peer:gone', update),
        peer.peers.on('peer:denials', update),
        peer.peers.on('relay:status', update),
        on(window, 'online', update),
        on(window, 'offline', update),
      ]
      return () => stops.forEach((stop) => stop())
    })
  }

  /** The browser has a network at all. */
  get online(): boolean {
    this.#subscribe()
    return this.#window.navigator.onLine
  }

  get relay(): RelayStatus {
    this.#subscribe()
    return this.#peer.relayStatus
  }

  get peers(): PeerState[] {
    this.#subscribe()
    return this.#peer.peers.list()
  }

  get denied(): DeniedPeer[] {
    this.#subscribe()
    return this.#peer.peers.denied()
  }

  /** Lets a refused device in again, and whatever else its user runs. */
  async allow(id: string): Promise<void> {
    await this.#peer.peers.allow(id)
  }

  get addresses(): string[] {
    this.#subscribe()
    return this.#peer.addresses()
  }

  /** Tells of every device that is refused from now on; returns how to stop. */
  onDenied(listener: (denied: DeniedPeer) => void): () => void {
    return this.#peer.peers.on('peer:denied', listener)
  }
}
