import { addressKey } from './address-key.ts'
import type { PeerComponents } from './components.ts'
import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface RelayAdmissionOptions {
  maxConnections: number
  maxReservations: number
}

/**
 * Lets nobody take all of a relay: one address gets half of its connections and half of its reservations, which is a
 * large school behind one router, and leaves the other half to everybody else. A relay that is stopping takes nobody new.
 */
export class RelayAdmission {
  readonly counts = { connectionsRefused: 0, reservationsRefused: 0 }
  readonly #components: Pick<PeerComponents, 'connectionManager'>
  readonly #circuits: Pick<CircuitRelayService, 'reservations'>
  readonly #options: RelayAdmissionOptions
  /** An address is looked at again with everybody who comes. */
  readonly #keys = new WeakMap<Multiaddr, string>()
  #draining = false

  constructor(
    components: Pick<PeerComponents, 'connectionManager'>,
    circuits: Pick<CircuitRelayService, 'reservations'>,
    options: RelayAdmissionOptions,
  ) {
    this.#components = components
    this.#circuits = circuits
    this.#options = options
  }

  drain(): void {
    this.#draining = true
  }

  allowsConnection(address: Multiaddr): boolean {
    const open = this.#components.connectionManager.getConnections().map(({ remoteAddr }) => remoteAddr)

    if (!this.#draining && this.#isWithin(address, open, this.#options.maxConnections)) {
      return true
    }

    this.counts.connectionsRefused += 1
    return false
  }

  /** Whoever has one may renew it. */
  allowsReservation(peer: PeerId): boolean {
    const { reservations } = this.#circuits
    const [connection] = this.#components.connectionManager.getConnections(peer)
    const others = [...reservations.values()].map(({ addr }) => addr)
    const isRoom =
      reservations.size < this.#options.maxReservations &&
      (connection === undefined || this.#isWithin(connection.remoteAddr, others, this.#options.maxReservations))

    if (!this.#draining && (reservations.has(peer) || isRoom)) {
      return true
    }

    this.counts.reservationsRefused += 1
    return false
  }

  /** Of a table of one everybody may have all. */
  #isWithin(address: Multiaddr, others: Multiaddr[], size: number): boolean {
    const key = this.#key(address)

    return key === '' || others.filter((other) => this.#key(other) === key).length < Math.ceil(size / 2)
  }

  /** Empty for what is no network address. */
  #key(address: Multiaddr): string {
    const known = this.#keys.get(address)

    if (known !== undefined) {
      return known
    }

    const key = addressKey(address) ?? ''
    this.#keys.set(address, key)
    return key
  }
}
