import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { REDIAL_CAP, REDIAL_FIRST, RELAY_DIAL_TIMEOUT, WAKE_PING_TIMEOUT } from './config.ts'
import { sleep } from './sleep.ts'
import type { PeerComponents } from './components.ts'
import type { ConfiguredRelays } from './relays.ts'
import type { RelayStatus } from './types.ts'
import type { Connection, Logger, PeerId } from '@libp2p/interface'

/** The part of `@libp2p/circuit-relay-v2`'s transport that makes reservations; not in its interface. */
export interface ReservationStore {
  addRelay(relay: PeerId, type: 'configured'): Promise<unknown>
  hasReservation(relay: PeerId): boolean
}

export interface RelayLinkOptions {
  relays: ConfiguredRelays
  /** Make reservations, so that others can reach this node; a relay only stays connected with the others. */
  reserve: boolean
  onStatus: (status: RelayStatus) => void
  /** Calls back on whatever means that the network may be there again: `online`, visibility, waking. */
  onWake: (listener: () => void) => () => void
}

type Components = Pick<PeerComponents, 'connectionManager' | 'transportManager' | 'events' | 'ping' | 'logger'>

/**
 * Keeps a connection and a reservation on every configured relay. libp2p does neither after a relay's restart, and a
 * keep-alive tag gives up at once on WebSocket, so: redial with jittered back-off, then reserve, in this order (a dial
 * that fails inside `addRelay` makes it refuse that relay for good).
 */
export class RelayLinks {
  readonly #components: Components
  readonly #options: RelayLinkOptions
  readonly #log: Logger
  readonly #links: RelayLink[]
  #status: RelayStatus = { kind: 'none' }
  #stopWake: (() => void) | undefined

  constructor(components: Components, options: RelayLinkOptions) {
    this.#components = components
    this.#options = options
    this.#log = components.logger.forComponent('guts:relay-link')
    this.#links = options.relays
      .ids()
      .map((id) => new RelayLink(components, id, options.relays, this.#log, () => this.#summarise()))
  }

  get status(): RelayStatus {
    return this.#status
  }

  start(): void {
    const store = this.#options.reserve ? findReservationStore(this.#components) : undefined

    this.#components.events.addEventListener('connection:close', this.#onClose)
    this.#stopWake = this.#options.onWake(() => {
      for (const link of this.#links) {
        link.wake()
      }
    })

    for (const link of this.#links) {
      link.start(store)
    }
    this.#summarise()
  }

  stop(): void {
    this.#components.events.removeEventListener('connection:close', this.#onClose)
    this.#stopWake?.()
    for (const link of this.#links) {
      link.stop()
    }
  }

  readonly #onClose = (event: CustomEvent<Connection>): void => {
    for (const link of this.#links) {
      if (event.detail.remotePeer.equals(link.peer)) {
        link.lost()
      }
    }
  }

  /** Ready if one relay is; else the one that is tried soonest. */
  #summarise(): void {
    const ready = this.#links.find((link) => link.state.kind === 'ready')
    const connecting = this.#links.find((link) => link.state.kind === 'connecting')
    const next = ready?.state ?? connecting?.state ?? soonest(this.#links) ?? { kind: 'none' }

    if (JSON.stringify(next) !== JSON.stringify(this.#status)) {
      this.#status = next
      this.#options.onStatus(next)
    }
  }
}

class RelayLink {
  readonly peer: PeerId
  state: RelayStatus = { kind: 'connecting' }
  readonly #components: Components
  readonly #relays: ConfiguredRelays
  readonly #log: Logger
  readonly #onChange: () => void
  readonly #id: string
  #store: ReservationStore | undefined
  #listening = false
  #shutdown = new AbortController()
  #woken = new AbortController()
  #running = false

  constructor(components: Components, id: string, relays: ConfiguredRelays, log: Logger, onChange: () => void) {
    this.#components = components
    this.#id = id
    this.peer = peerIdFromString(id)
    this.#relays = relays
    this.#log = log
    this.#onChange = onChange
  }

  start(store: ReservationStore | undefined): void {
    this.#store = store
    this.#shutdown = new AbortController()
    this.#keep()
  }

  stop(): void {
    this.#shutdown.abort(new Error('Stopped'))
  }

  /** The wait for the next try is over, and a link that seems alive must answer: its network may be another one. */
  wake(): void {
    this.#woken.abort(new Error('Woken'))

    if (this.state.kind === 'ready') {
      this.#check().catch((error: unknown) => {
        this.#log('relay %s did not answer after waking - %e', this.#id, error)
        for (const connection of this.#components.connectionManager.getConnections(this.peer)) {
          connection.abort(new Error('The relay did not answer after waking'))
        }
      })
    }
  }

  lost(): void {
    if (this.#components.connectionManager.getConnections(this.peer).some((open) => open.status === 'open')) {
      return
    }

    this.#keep()
  }

  async #check(): Promise<void> {
    await this.#components.ping.ping(this.peer, { signal: AbortSignal.timeout(WAKE_PING_TIMEOUT) })
  }

  #keep(): void {
    if (this.#running || this.#shutdown.signal.aborted) {
      return
    }

    this.#running = true
    this.#redial()
      .catch((error: unknown) => {
        this.#log('stopped redialling %s - %e', this.#id, error)
      })
      .finally(() => {
        this.#running = false

        // Lost again between the reservation and here.
        if (this.state.kind === 'ready') {
          this.lost()
        }
      })
  }

  async #redial(): Promise<void> {
    let wait = REDIAL_FIRST

    this.#set(this.state.kind === 'ready' ? { kind: 'lost', retryAt: Date.now() } : { kind: 'connecting' })

    while (!this.#shutdown.signal.aborted) {
      try {
        await this.#reserve()
        this.#set({ kind: 'ready', relay: this.#id })
        return
      } catch (error) {
        this.#log('relay %s cannot be had - %e', this.#id, error)
      }

      // Half of it by chance: all tabs of a relay that restarts would else come back in one moment.
      const delay = wait / 2 + Math.random() * (wait / 2)
      this.#set({ kind: 'lost', retryAt: Date.now() + Math.round(delay) })
      await this.#pause(delay)
      wait = Math.min(wait * 2, REDIAL_CAP)
    }
  }

  async #reserve(): Promise<void> {
    const signal = AbortSignal.any([this.#shutdown.signal, AbortSignal.timeout(RELAY_DIAL_TIMEOUT)])
    const connection = await this.#components.connectionManager.openConnection(this.#relays.addresses(this.#id), {
      signal,
    })

    if (this.#store !== undefined) {
      await this.#ensureReservation(this.#store)
    }
    if (connection.status !== 'open') {
      throw new Error('The relay closed the connection')
    }
  }

  async #ensureReservation(store: ReservationStore): Promise<void> {
    const [address] = this.#relays.addresses(this.#id)

    if (!this.#listening && address !== undefined) {
      // The first reservation is the listener's own: it is what makes later ones update the listener's addresses.
      await this.#components.transportManager.listen([multiaddr(`${address.toString()}/p2p-circuit`)])
    } else if (!store.hasReservation(this.peer)) {
      await store.addRelay(this.peer, 'configured')
    }

    // A node that may start without its relay is told of failed listeners in no other way.
    if (!store.hasReservation(this.peer)) {
      throw new Error('The relay made no reservation')
    }

    this.#listening = true
  }

  async #pause(delay: number): Promise<void> {
    this.#woken = new AbortController()

    try {
      await sleep(delay, AbortSignal.any([this.#shutdown.signal, this.#woken.signal]))
    } catch (error) {
      this.#log('the wait for %s ended early - %e', this.#id, error)
    }
  }

  #set(state: RelayStatus): void {
    this.state = state
    this.#onChange()
  }
}

function soonest(links: RelayLink[]): RelayStatus | undefined {
  return links
    .map((link) => link.state)
    .filter((state) => state.kind === 'lost')
    .sort((a, b) => a.retryAt - b.retryAt)[0]
}

function findReservationStore(components: Components): ReservationStore {
  for (const transport of components.transportManager.getTransports()) {
    if (transport[Symbol.toStringTag] === '@libp2p/circuit-relay-v2-transport' && 'reservationStore' in transport) {
      return transport.reservationStore as ReservationStore
    }
  }

  throw new Error('This node has no circuit relay transport')
}
