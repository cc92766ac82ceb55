import { IDENTIFY_INTERVAL, RELAYED_LINK_GRACE } from './config.ts'
import { directConnections, isDirect, isLane, relayedConnections } from './components.ts'
import type { PeerComponents } from './components.ts'
import type { Connection, Logger, PeerId, Stream } from '@libp2p/interface'

type Components = Pick<PeerComponents, 'connectionManager' | 'events' | 'identify' | 'logger' | 'peerId'>

/** Streams that libp2p opens on every connection by itself: they keep no link. (Signalling does: a lane may be on its way.) */
const PASSING = ['/ipfs/id/', '/ipfs/ping/', '/guts/hello/']

/**
 * Keeps the connections to one peer tidy: closes the relayed link once a direct one is up, and one of two that came of
 * both dialling at once. On what remains it identifies anew, because gossip that ran on a connection that closed
 * otherwise goes dead silently.
 */
export class LinkKeeper {
  readonly #components: Components
  readonly #log: Logger
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()
  #refresh: ReturnType<typeof setInterval> | undefined

  constructor(components: Components) {
    this.#components = components
    this.#log = components.logger.forComponent('guts:links')
  }

  start(): void {
    this.#components.events.addEventListener('connection:open', this.#onOpen)
    this.#components.events.addEventListener('connection:close', this.#onClose)
    // libp2p forgets addresses after an hour, also those of peers that stay connected.
    this.#refresh = setInterval(() => {
      for (const connection of this.#components.connectionManager.getConnections().filter(isDirect)) {
        this.#identify(connection)
      }
    }, IDENTIFY_INTERVAL)
  }

  stop(): void {
    this.#components.events.removeEventListener('connection:open', this.#onOpen)
    this.#components.events.removeEventListener('connection:close', this.#onClose)
    clearInterval(this.#refresh)
    for (const timer of this.#timers) {
      clearTimeout(timer)
    }
    this.#timers.clear()
  }

  readonly #onOpen = (event: CustomEvent<Connection>): void => {
    const peer = event.detail.remotePeer

    // What looks like a lane now may have turned out to be another link by then.
    this.#later(RELAYED_LINK_GRACE, () => {
      this.#closeRelayed(peer)
      this.#closeSurplus(peer)
    })
  }

  readonly #onClose = (event: CustomEvent<Connection>): void => {
    const peer = event.detail.remotePeer

    // Nothing but chunks ran on it.
    if (isLane(event.detail)) {
      return
    }

    // After the streams of the closed connection have ended and been forgotten.
    this.#later(50, () => {
      const remaining = directConnections(this.#components, peer)[0]

      if (remaining !== undefined) {
        this.#identify(remaining)
      }
    })
  }

  #closeRelayed(peer: PeerId): void {
    if (directConnections(this.#components, peer).length === 0) {
      return
    }

    for (const connection of relayedConnections(this.#components, peer)) {
      if (connection.streams.every(isPassing)) {
        this.#log('close the relayed link to %p, a direct one is up', peer)
        this.#close(connection)
      } else {
        this.#later(RELAYED_LINK_GRACE, () => this.#closeRelayed(peer))
      }
    }
  }

  /**
   * Of one connection that each side dialled, the one that the lower PeerId dialled stays. Only its dialler closes the
   * other: two that decide at once could close both.
   */
  #closeSurplus(peer: PeerId): void {
    const direct = directConnections(this.#components, peer)
    const dialled = direct.filter((connection) => connection.direction === 'outbound')

    if (dialled.length === direct.length || this.#components.peerId.toString() < peer.toString()) {
      return
    }

    for (const connection of dialled) {
      if (connection.streams.every(isPassing)) {
        this.#log('close a second connection to %p', peer)
        this.#close(connection)
      }
    }
  }

  #close(connection: Connection): void {
    connection.close().catch((error: unknown) => {
      connection.abort(error instanceof Error ? error : new Error(String(error)))
    })
  }

  #identify(connection: Connection): void {
    this.#components.identify.identify(connection).catch((error: unknown) => {
      this.#log('could not identify %p again - %e', connection.remotePeer, error)
    })
  }

  #later(delay: number, task: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      task()
    }, delay)
    this.#timers.add(timer)
  }
}

function isPassing(stream: Stream): boolean {
  return PASSING.some((prefix) => (stream.protocol ?? '').startsWith(prefix)) || stream.protocol === ''
}
