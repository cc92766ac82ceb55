import { MAX_REMEMBERED_PEERS } from './config.ts'
import { directConnections, isDirect, markLane, relayedConnections } from './components.ts'
import { Emitter } from './emitter.ts'
import { PeerDeniedError } from './errors.ts'
import { peersToPrune } from './prune.ts'
import type { PeerComponents } from './components.ts'
import type { DenyList } from './deny-list.ts'
import type { HelloResult } from './hello.ts'
import type { DeniedPeer, LinkKind, PeerEvents, PeerManager, PeerState, RelayStatus } from './types.ts'
import type { Connection, Logger, PeerId } from '@libp2p/interface'

export interface PeerManagerOptions {
  denied: DenyList
  isRelay: (id: string) => boolean
  maximumConnections: number
}

interface KnownPeer {
  id: PeerId
  state: PeerState
  /** Hello is done on this stay. */
  ready: boolean
  session: string | null
  /** `HelloResult.began` of what is shown: an older exchange that ends later changes nothing. */
  began: number
}

type Components = Pick<PeerComponents, 'connectionManager' | 'events' | 'logger'>

/** Who is or was connected, as the rest of the program sees them. */
export class Peers implements PeerManager {
  readonly #components: Components
  readonly #options: PeerManagerOptions
  readonly #log: Logger
  readonly #emitter: Emitter<PeerEvents>
  readonly #peers = new Map<string, KnownPeer>()

  constructor(components: Components, options: PeerManagerOptions) {
    this.#components = components
    this.#options = options
    this.#log = components.logger.forComponent('guts:peers')
    this.#emitter = new Emitter((error) => this.#log.error('a listener threw - %e', error))
  }

  start(): void {
    this.#components.events.addEventListener('connection:open', this.#onOpen)
    this.#components.events.addEventListener('connection:close', this.#onClose)
  }

  stop(): void {
    this.#components.events.removeEventListener('connection:open', this.#onOpen)
    this.#components.events.removeEventListener('connection:close', this.#onClose)
  }

  list(): PeerState[] {
    return [...this.#peers.values()].map(({ state }) => state)
  }

  get(id: string): PeerState | undefined {
    return this.#peers.get(id)?.state
  }

  isReady(id: string): boolean {
    return this.#peers.get(id)?.ready === true
  }

  on<E extends keyof PeerEvents>(event: E, listener: PeerEvents[E]): () => void {
    return this.#emitter.on(event, listener)
  }

  emitRelayStatus(status: RelayStatus): void {
    this.#emitter.emit('relay:status', status)
  }

  denied(): DeniedPeer[] {
    return this.#options.denied.list()
  }

  async deny(id: string, reason: string): Promise<void> {
    const denied = this.#options.denied.add(id, reason)
    const error = new PeerDeniedError(id, reason, denied.until)

    this.#log('deny %s: %s', id, reason)
    // Aborted, not closed: a graceful close waits for the very peer that misbehaves.
    for (const connection of this.#connections(id)) {
      connection.abort(error)
    }

    this.#emitter.emit('peer:denied', denied)
  }

  /** Takes over what a Hello told. */
  hello(result: HelloResult): void {
    const id = result.connection.remotePeer.toString()
    const known = this.#peers.get(id)

    if (known === undefined || result.began < known.began) {
      return
    }

    this.#dropFormerSession(known, result)
    // Whoever says Hello on a connection means it to be used.
    markLane(result.connection, false)
    this.#refresh(known)
    const wasReady = known.ready
    known.ready = true
    known.began = result.began
    known.session = String(result.session)
    this.#update(known, {
      agent: result.agent,
      capabilities: result.capabilities,
      identity: result.identity,
      isRelay: this.#options.isRelay(id) || result.capabilities.includes('relay/1'),
      lastSeen: Date.now(),
      repositories: result.repositories,
    })

    if (!wasReady) {
      this.#emitter.emit('peer:ready', known.state)
    }
  }

  /** Takes over a measured round trip, in milliseconds. */
  roundTrip(id: string, roundTrip: number): void {
    const known = this.#peers.get(id)

    if (known !== undefined && known.state.link !== null) {
      this.#update(known, { roundTrip, lastSeen: Date.now() })
    }
  }

  /**
   * A peer that started anew (a reloaded tab) comes back with another session: what is left of the former one is half
   * open and would swallow streams until its time-outs.
   */
  #dropFormerSession(known: KnownPeer, result: HelloResult): void {
    if (known.session === null || known.session === String(result.session)) {
      return
    }

    for (const connection of this.#connections(known.state.id)) {
      if (connection.id !== result.connection.id && connection.timeline.open < result.connection.timeline.open) {
        connection.abort(new Error('The peer started anew'))
      }
    }
  }

  readonly #onOpen = (event: CustomEvent<Connection>): void => {
    const connection = event.detail
    const id = connection.remotePeer.toString()
    const known = this.#peers.get(id) ?? this.#add(connection.remotePeer)

    this.#refresh(known)
    // Counted a moment later: the connection manager lists a connection after this event.
    queueMicrotask(() => {
      this.#refresh(known)
      this.#prune()
    })
  }

  readonly #onClose = (event: CustomEvent<Connection>): void => {
    const known = this.#peers.get(event.detail.remotePeer.toString())

    if (known !== undefined) {
      queueMicrotask(() => {
        this.#refresh(known)
      })
    }
  }

  #add(id: PeerId): KnownPeer {
    const known: KnownPeer = {
      id,
      ready: false,
      session: null,
      began: -1,
      state: {
        id: id.toString(),
        address: null,
        link: null,
        isRelay: this.#options.isRelay(id.toString()),
        lastSeen: Date.now(),
        repositories: [],
        capabilities: [],
        identity: null,
        roundTrip: null,
        agent: null,
      },
    }

    this.#forgetOldest()
    this.#peers.set(known.state.id, known)
    return known
  }

  #refresh(known: KnownPeer): void {
    const best = directConnections(this.#components, known.id)[0] ?? relayedConnections(this.#components, known.id)[0]
    const link: LinkKind | null = best === undefined ? null : isDirect(best) ? 'direct' : 'relayed'
    const former = known.state.link

    if (link === null && former !== null) {
      known.ready = false
      this.#update(known, { link: null, repositories: [], roundTrip: null, lastSeen: Date.now() })
      this.#emitter.emit('peer:gone', known.state)
    } else if (best !== undefined && (link !== former || best.remoteAddr.toString() !== known.state.address)) {
      this.#update(known, { link, address: best.remoteAddr.toString(), lastSeen: Date.now() })
    }
  }

  #update(known: KnownPeer, change: Partial<PeerState>): void {
    const next = { ...known.state, ...change }
    const former = known.state
    known.state = next

    if (differs(former, next)) {
      this.#emitter.emit('peer:update', next)
    }
  }

  #prune(): void {
    for (const id of peersToPrune(this.list(), this.#options.maximumConnections)) {
      const known = this.#peers.get(id)
      this.#log('too many peers: closing the connections to %s', id)

      for (const connection of known === undefined ? [] : this.#connections(id)) {
        connection.close().catch((error: unknown) => {
          connection.abort(error instanceof Error ? error : new Error(String(error)))
        })
      }
    }
  }

  #connections(id: string): Connection[] {
    return this.#components.connectionManager
      .getConnections()
      .filter((connection) => connection.remotePeer.toString() === id)
  }

  #forgetOldest(): void {
    if (this.#peers.size < MAX_REMEMBERED_PEERS) {
      return
    }

    const gone = [...this.#peers.values()].filter(({ state }) => state.link === null)
    const oldest = gone.sort((a, b) => a.state.lastSeen - b.state.lastSeen)[0]

    if (oldest !== undefined) {
      this.#peers.delete(oldest.state.id)
    }
  }
}

/** Is there anything to tell? When a peer was last seen changes with every ping, and alone is not worth an event. */
function differs(a: PeerState, b: PeerState): boolean {
  return JSON.stringify({ ...a, lastSeen: 0 }) !== JSON.stringify({ ...b, lastSeen: 0 })
}
