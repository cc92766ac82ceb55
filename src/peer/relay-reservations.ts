import { isDirect } from './components.ts'
import type { PeerComponents } from './components.ts'
import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'
import type { Connection, Logger, PeerId } from '@libp2p/interface'

type Components = Pick<PeerComponents, 'connectionManager' | 'events' | 'logger'>

/**
 * Keeps a relay's reservations true: they otherwise outlive their connection, and a reloaded tab stays behind the
 * half-open socket of its former self until that times out (15 s, measured).
 */
export class RelayReservations {
  readonly #components: Components
  readonly #circuits: Pick<CircuitRelayService, 'reservations'>
  readonly #log: Logger
  /** Reservations that ended because their peer left. */
  dropped = 0

  constructor(components: Components, circuits: Pick<CircuitRelayService, 'reservations'>) {
    this.#components = components
    this.#circuits = circuits
    this.#log = components.logger.forComponent('guts:reservations')
  }

  start(): void {
    this.#components.events.addEventListener('peer:disconnect', this.#onDisconnect)
    this.#components.events.addEventListener('connection:open', this.#onOpen)
  }

  stop(): void {
    this.#components.events.removeEventListener('peer:disconnect', this.#onDisconnect)
    this.#components.events.removeEventListener('connection:open', this.#onOpen)
  }

  readonly #onDisconnect = (event: CustomEvent<PeerId>): void => {
    const reservation = this.#circuits.reservations.get(event.detail)

    if (reservation !== undefined) {
      this.#log('drop the reservation of %p, who left', event.detail)
      // Its timer would later end a new reservation of the same peer.
      reservation.signal.clear()
      this.#circuits.reservations.delete(event.detail)
      this.dropped += 1
    }
  }

  /** The newest inbound connection of a PeerId replaces the older ones. */
  readonly #onOpen = (event: CustomEvent<Connection>): void => {
    const newest = event.detail

    if (newest.direction !== 'inbound' || !isDirect(newest)) {
      return
    }

    for (const connection of this.#components.connectionManager.getConnections(newest.remotePeer)) {
      if (connection.id !== newest.id && connection.direction === 'inbound' && isDirect(connection)) {
        this.#log('replace an older connection of %p', newest.remotePeer)
        connection.abort(new Error('Replaced by a newer connection of the same peer'))
      }
    }
  }
}
