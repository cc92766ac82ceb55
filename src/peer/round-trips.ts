import { ROUND_TRIP_INTERVAL } from './config.ts'
import { directConnections } from './components.ts'
import type { PeerComponents } from './components.ts'
import type { Peers } from './peer-manager.ts'
import type { Logger, PeerId } from '@libp2p/interface'

type Components = Pick<PeerComponents, 'connectionManager' | 'ping' | 'logger'>

/**
 * Shows how long a round trip takes: measured once when a peer becomes ready, then whatever libp2p's connection monitor
 * (whose pings keep quiet connections alive and end dead ones) finds.
 */
export class RoundTrips {
  readonly #components: Components
  readonly #peers: Peers
  readonly #log: Logger
  #timer: ReturnType<typeof setInterval> | undefined
  #stopListening: (() => void) | undefined

  constructor(components: Components, peers: Peers) {
    this.#components = components
    this.#peers = peers
    this.#log = components.logger.forComponent('guts:round-trips')
  }

  start(): void {
    this.#stopListening = this.#peers.on('peer:ready', (state) => {
      const connection = this.#components.connectionManager
        .getConnections()
        .find((open) => open.remotePeer.toString() === state.id)

      if (connection !== undefined && state.link === 'direct') {
        this.#measure(connection.remotePeer)
      }
    })
    this.#timer = setInterval(() => this.#collect(), ROUND_TRIP_INTERVAL)
  }

  stop(): void {
    this.#stopListening?.()
    clearInterval(this.#timer)
  }

  #measure(peer: PeerId): void {
    this.#components.ping.ping(peer, { signal: AbortSignal.timeout(ROUND_TRIP_INTERVAL) }).then(
      (roundTrip) => this.#peers.roundTrip(peer.toString(), roundTrip),
      (error: unknown) => this.#log('could not ping %p - %e', peer, error),
    )
  }

  #collect(): void {
    for (const connection of this.#components.connectionManager.getConnections()) {
      const best = directConnections(this.#components, connection.remotePeer)[0] ?? connection

      if (best.id === connection.id && best.rtt !== undefined) {
        this.#peers.roundTrip(connection.remotePeer.toString(), best.rtt)
      }
    }
  }
}
