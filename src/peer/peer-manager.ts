import { HELLO_VERSION, MAX_REMEMBERED_PEERS } from './config.ts'
import { directConnections, isDirect, markLane, relayedConnections } from './components.ts'
import { Emitter } from './emitter.ts'
import { PeerDeniedError } from './errors.ts'
import { broadcast } from './broadcast.ts'
import { peersWithRepository, randomPeers } from './choose-peers.ts'
import { Scores } from './scores.ts'
import type { PeerComponents } from './components.ts'
import type { DenyList } from './deny-list.ts'
import type { DenialKeeper } from './kept-denials.ts'
import type { HelloResult } from './hello.ts'
import type { BroadcastResult } from './broadcast.ts'
import type { Clock } from './token-bucket.ts'
import type { Traffic } from './traffic.ts'
import type {
  DeniedPeer,
  GutsPeer,
  LinkKind,
  Offence,
  PeerEvents,
  PeerManager,
  PeerState,
  RelayStatus,
} from './types.ts'
import type { Connection, Logger, PeerId } from '@libp2p/interface'

export interface PeerManagerOptions {
  denied: DenyList
  /** Where denials outlive the process; omitted: nowhere. */
  keepDenials?: DenialKeeper
  ownIdentity: () => string
  isRelay: (id: string) => boolean
  traffic: Traffic
  connect: GutsPeer['connect']
  openStream: GutsPeer['openStream']
  now?: Clock
}

/** Why somebody is refused whose conduct was too much: the last straw. */
const CONDUCT: Record<Offence, string> = {
  refused: 'it did not do what it said, too often',
  silent: 'it did not do what it said, too often',
  broken: 'it did not do what it said, too often',
  protocol: 'it does not keep to the rules of the protocol',
  flood: 'it asks for far more than it may',
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
  readonly #scores: Scores
  #stopDenials: (() => void) | undefined

  constructor(components: Components, options: PeerManagerOptions) {
    this.#components = components
    this.#options = options
    this.#log = components.logger.forComponent('guts:peers')
    this.#scores = new Scores(options.now)
    this.#emitter = new Emitter((error) => this.#log.error('a listener threw - %e', error))
  }

  async start(): Promise<void> {
    try {
      await this.#options.keepDenials?.load()
    } catch (error) {
      // Who was refused earns it again; a storage that fails is told of by whoever needs it.
      this.#log.error('could not read who was denied - %e', error)
    }

    this.#stopDenials = this.#options.keepDenials?.onChange(() => {
      this.#abortDenied()
      this.#emitter.emit('peer:denials')
    })
    this.#components.events.addEventListener('connection:open', this.#onOpen)
    this.#components.events.addEventListener('connection:close', this.#onClose)
  }

  stop(): void {
    this.#stopDenials?.()
    this.#components.events.removeEventListener('connection:open', this.#onOpen)
    this.#components.events.removeEventListener('connection:close', this.#onClose)
  }

  list(): PeerState[] {
    return [...this.#peers.values()].map(({ state }) => this.#live(state))
  }

  get(id: string): PeerState | undefined {
    const state = this.#peers.get(id)?.state

    return state === undefined ? undefined : this.#live(state)
  }

  connect(peer: string | Uint8Array, options: { signal: AbortSignal }): Promise<PeerState> {
    return this.#options.connect(peer, options)
  }

  peersWithRepository(discoveryKey: string): PeerState[] {
    return peersWithRepository(this.list(), discoveryKey)
  }

  randomPeers(count: number): PeerState[] {
    return randomPeers(this.#connected(), count)
  }

  broadcast(
    protocol: string,
    bytes: Uint8Array,
    options?: { signal?: AbortSignal; allowRelayed?: boolean },
  ): Promise<BroadcastResult> {
    const ids = this.#connected().map(({ id }) => id)

    return broadcast(this.#options.openStream, ids, protocol, bytes, options)
  }

  penalise(id: string, offence: Offence): void {
    // A relay that a person configured is theirs to change: without it nobody is reached at all.
    if (!this.#scores.add(id, offence) || this.#options.isRelay(id) || this.#options.denied.has(id)) {
      return
    }

    this.deny(id, CONDUCT[offence], { proven: false }).catch((error: unknown) => {
      // It is refused from here on in any case: keeping that is what failed.
      this.#log.error('could not keep that %s is denied - %e', id, error)
    })
  }

  /** Configured, or says so itself. */
  isRelay(id: string): boolean {
    return this.#options.isRelay(id) || this.#peers.get(id)?.state.isRelay === true
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

  async deny(id: string, reason: string, { proven = true }: { proven?: boolean } = {}): Promise<void> {
    const { denied, dropped } = this.#options.denied.add(id, reason, { proven, identity: this.#identityToDeny(id) })

    this.#log('deny %s: %s', id, reason)
    this.#abortDenied()
    this.#emitter.emit('peer:denied', denied)
    this.#emitter.emit('peer:denials')
    // Refused already: what may fail is that it outlives a reload.
    await this.#options.keepDenials?.save(denied, dropped)
  }

  async allow(id: string): Promise<void> {
    if (this.#options.denied.remove(id)) {
      this.#log('allow %s again', id)
      this.#scores.forgive(id)
      this.#emitter.emit('peer:denials')
      await this.#options.keepDenials?.remove(id)
    }
  }

  /** Throws `PeerDeniedError`, and ends the connection, where whoever runs the peer was refused as another one. */
  admit(identity: string, connection: Connection): void {
    const denied = this.#options.denied.ofIdentity(identity)

    if (denied !== undefined) {
      const error = new PeerDeniedError(connection.remotePeer.toString(), denied.reason, denied.until)
      connection.abort(error)
      throw error
    }
  }

  /** Our own other devices are refused one by one, never all of them: one of them may be broken. */
  #identityToDeny(id: string): DeniedPeer['identity'] {
    const identity = this.get(id)?.identity ?? null

    return identity === null || identity.id === this.#options.ownIdentity()
      ? null
      : { id: identity.id, name: identity.name }
  }

  #abortDenied(): void {
    for (const connection of this.#components.connectionManager.getConnections()) {
      const id = connection.remotePeer.toString()
      const identity = this.#peers.get(id)?.state.identity?.id
      const denied =
        this.#options.denied.get(id) ?? (identity === undefined ? undefined : this.#options.denied.ofIdentity(identity))

      if (denied !== undefined) {
        // Aborted, not closed: a graceful close waits for the very peer that misbehaves.
        connection.abort(new PeerDeniedError(id, denied.reason, denied.until))
      }
    }
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
      unspoken: null,
    })

    if (!wasReady) {
      this.#emitter.emit('peer:ready', this.#live(known.state))
    }
  }

  /** Takes over that no Hello can be had, because the other side speaks `theirs` (null: none that is known). */
  cannotSpeak(connection: Connection, theirs: number | null): void {
    const known = this.#peers.get(connection.remotePeer.toString())

    if (known !== undefined) {
      this.#log('%p speaks version %s of Hello', connection.remotePeer, theirs)
      this.#update(known, { unspoken: { ours: HELLO_VERSION, theirs } })
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
    queueMicrotask(() => this.#refresh(known))
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
        bytesIn: 0,
        bytesOut: 0,
        score: 0,
        unspoken: null,
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
      this.#emitter.emit('peer:gone', this.#live(known.state))
    } else if (best !== undefined && (link !== former || best.remoteAddr.toString() !== known.state.address)) {
      this.#update(known, { link, address: best.remoteAddr.toString(), lastSeen: Date.now() })
    }
  }

  #update(known: KnownPeer, change: Partial<PeerState>): void {
    const next = { ...known.state, ...change }
    const former = known.state
    known.state = next

    if (differs(former, next)) {
      this.#emitter.emit('peer:update', this.#live(next))
    }
  }

  #connected(): PeerState[] {
    return this.list().filter(({ id, link, isRelay }) => link !== null && !isRelay && this.isReady(id))
  }

  /** With what changes all the time, and is counted elsewhere. */
  #live(state: PeerState): PeerState {
    const { bytesIn, bytesOut, heardAt } = this.#options.traffic.of(state.id)

    return {
      ...state,
      bytesIn,
      bytesOut,
      lastSeen: Math.max(state.lastSeen, heardAt),
      score: this.#scores.of(state.id),
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
