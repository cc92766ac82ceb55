import { PASSING_RELAY_INTERVAL, PASSING_RELAY_TIME } from './config.ts'
import type { PeerComponents } from './components.ts'
import type { ConfiguredRelays } from './relays.ts'
import type { Connection, Logger, Stream } from '@libp2p/interface'

type Components = Pick<PeerComponents, 'connectionManager' | 'logger'>

/** What is open to a relay because it is one; all else is somebody's business with it, a repository that it holds. */
const ITS_OWN = ['/ipfs/', '/meshsub/', '/guts/hello/', '/guts/kad/', '/libp2p/circuit/']

/**
 * Lets go of further relays once nobody is reached through them any more: else every tab would by and by be connected
 * with every relay, and several relays would carry no more than one.
 */
export class PassingRelays {
  readonly #components: Components
  readonly #relays: ConfiguredRelays
  readonly #log: Logger
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(components: Components, relays: ConfiguredRelays) {
    this.#components = components
    this.#relays = relays
    this.#log = components.logger.forComponent('guts:passing-relays')
  }

  start(): void {
    if (this.#relays.furtherIds().length > 0) {
      this.#timer = setInterval(() => this.tidy(), PASSING_RELAY_INTERVAL)
    }
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  tidy(now = Date.now()): void {
    const connections = this.#components.connectionManager.getConnections()
    const further = new Set(this.#relays.furtherIds())

    for (const connection of connections) {
      const relay = connection.remotePeer.toString()
      const isCarrying = connections.some((other) => isThrough(other, relay))
      const isFresh = now - connection.timeline.open < PASSING_RELAY_TIME

      if (further.has(relay) && !isThrough(connection, relay) && !isCarrying && !isFresh) {
        if (connection.streams.every(isItsOwn)) {
          this.#close(connection)
        }
      }
    }
  }

  #close(connection: Connection): void {
    this.#log('let go of relay %p', connection.remotePeer)
    connection.close().catch((error: unknown) => {
      connection.abort(error instanceof Error ? error : new Error(String(error)))
    })
  }
}

function isThrough(connection: Connection, relay: string): boolean {
  return connection.remoteAddr.toString().includes(`/p2p/${relay}/p2p-circuit`)
}

function isItsOwn({ protocol }: Stream): boolean {
  return protocol === '' || ITS_OWN.some((prefix) => protocol.startsWith(prefix))
}
