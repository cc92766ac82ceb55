import { GUTS_PROTOCOL_PREFIX, HELLO_PROTOCOL, IDLE_TIME, PRUNE_INTERVAL, UNREADY_TIME } from './config.ts'
import { peersToPrune } from './prune.ts'
import type { PeerComponents } from './components.ts'
import type { Peers } from './peer-manager.ts'
import type { Clock } from './token-bucket.ts'
import type { PeerState } from './types.ts'
import type { Connection, Logger } from '@libp2p/interface'

export interface PrunerOptions {
  /** Peers that may be connected, relays not counted. */
  maximum: number
  /** A relay's peers are idle by nature: they only wait to be introduced. */
  keepIdle: boolean
  now?: Clock
}

type Components = Pick<PeerComponents, 'connectionManager' | 'events' | 'logger'>

/** Leaves peers that are too many, and those that are connected for nothing. */
export class Pruner {
  readonly #components: Components
  readonly #peers: Peers
  readonly #options: PrunerOptions
  readonly #now: Clock
  readonly #log: Logger
  /** Since when a peer is idle, Unix milliseconds. */
  readonly #idle = new Map<string, number>()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(components: Components, peers: Peers, options: PrunerOptions) {
    this.#components = components
    this.#peers = peers
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#log = components.logger.forComponent('guts:pruner')
  }

  start(): void {
    this.#components.events.addEventListener('connection:open', this.#onOpen)
    this.#timer = setInterval(() => this.prune(), PRUNE_INTERVAL)
  }

  stop(): void {
    this.#components.events.removeEventListener('connection:open', this.#onOpen)
    clearInterval(this.#timer)
  }

  prune(): void {
    const peers = this.#peers.list()

    for (const id of peersToPrune(peers, this.#options.maximum)) {
      this.#leave(id, 'too many peers')
    }
    if (!this.#options.keepIdle) {
      this.#pruneIdle(peers)
    }
  }

  readonly #onOpen = (): void => {
    // A moment later: the connection manager lists a connection after this event, and `Peers` looks then too.
    queueMicrotask(() => queueMicrotask(() => this.prune()))
  }

  #pruneIdle(peers: PeerState[]): void {
    const idle = peers.filter((peer) => this.#isIdle(peer))
    const ids = new Set(idle.map(({ id }) => id))

    for (const id of this.#idle.keys()) {
      if (!ids.has(id)) {
        this.#idle.delete(id)
      }
    }

    for (const { id } of idle) {
      const since = this.#idle.get(id) ?? this.#now()
      this.#idle.set(id, since)

      if (this.#now() - since >= (this.#peers.isReady(id) ? IDLE_TIME : UNREADY_TIME)) {
        this.#idle.delete(id)
        this.#leave(id, 'nothing is shared, and nothing is asked')
      }
    }
  }

  #isIdle(peer: PeerState): boolean {
    return (
      peer.link !== null &&
      !peer.isRelay &&
      peer.repositories.length === 0 &&
      !this.#connections(peer.id).some((connection) => connection.streams.some(({ protocol }) => isUse(protocol)))
    )
  }

  #leave(id: string, reason: string): void {
    this.#log('close the connections to %s: %s', id, reason)

    for (const connection of this.#connections(id)) {
      connection.close().catch((error: unknown) => {
        connection.abort(error instanceof Error ? error : new Error(String(error)))
      })
    }
  }

  #connections(id: string): Connection[] {
    return this.#components.connectionManager
      .getConnections()
      .filter((connection) => connection.remotePeer.toString() === id)
  }
}

/** One of our protocols but Hello; a protocol that is not agreed on yet may become one. */
function isUse(protocol: string): boolean {
  return protocol === '' || (protocol.startsWith(GUTS_PROTOCOL_PREFIX) && protocol !== HELLO_PROTOCOL)
}
