import { Gossiper } from './announcements.ts'
import { SESSION_BYTES } from './config.ts'
import { Connector, toPeerId } from './connect.ts'
import { DhtDiscovery } from './discovery.ts'
import { PeerDeniedError } from './errors.ts'
import { Greeter } from './greeter.ts'
import { HelloService } from './hello.ts'
import { trimName } from './identity.ts'
import { Keepalive } from './keepalive.ts'
import { Lanes } from './lanes.ts'
import { LinkKeeper } from './link-keeper.ts'
import { PassingRelays } from './passing-relays.ts'
import { Peers } from './peer-manager.ts'
import { RelayLinks } from './relay-link.ts'
import { Pruner } from './pruner.ts'
import { limitRelayedDials, limitSignalling } from './signalling-limit.ts'
import { Streams } from './streams.ts'
import type { PeerComponents } from './components.ts'
import type { DenyList } from './deny-list.ts'
import type { DenialKeeper } from './kept-denials.ts'
import type { Traffic } from './traffic.ts'
import type { ConfiguredRelays } from './relays.ts'
import type {
  AnnouncementValidator,
  Capability,
  GutsPeer,
  Identity,
  OpenStreamOptions,
  PeerState,
  RelayStatus,
  StreamHandler,
} from './types.ts'
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface'

export interface GutsNodeOptions {
  /** A relay carries others' gossip, serves the DHT and makes no reservations. */
  role: 'tab' | 'relay'
  identity: Identity
  /** Keeps a new name; called before it is told to anybody. */
  saveIdentity?: (identity: Identity) => Promise<void>
  /** Where others share the storage: calls back after one of them kept another name. Returns how to stop. */
  onIdentity?: (listener: (identity: Identity) => void) => () => void
  agent: string
  capabilities: Capability[]
  relays: ConfiguredRelays
  denied: DenyList
  keepDenials?: DenialKeeper
  traffic: Traffic
  maximumConnections: number
  /** Milliseconds. */
  keepaliveInterval: number
  webrtc: boolean
  /** Has the circuit relay transport. */
  circuits: boolean
  validateAnnouncement: AnnouncementValidator
  onWake: (listener: () => void) => () => void
  /** Started after the node, stopped before it: what only relays have. */
  extras?: Array<{ start(): void | Promise<void>; stop(): void | Promise<void> }>
}

/** A libp2p node with everything of Guts on it. */
export class GutsNode implements GutsPeer {
  readonly peers: Peers
  readonly announcements: Gossiper
  readonly discovery: DhtDiscovery
  readonly #node: Libp2p
  readonly #components: PeerComponents
  readonly #options: GutsNodeOptions
  readonly #hello: HelloService
  readonly #greeter: Greeter
  readonly #connector: Connector
  readonly #streams: Streams
  readonly #lanes: Lanes
  readonly #links: LinkKeeper
  readonly #relayLinks: RelayLinks
  readonly #keepalive: Keepalive
  readonly #pruner: Pruner
  readonly #passingRelays: PassingRelays
  #identity: Identity
  #stopIdentity: () => void = () => undefined
  #interests: Uint8Array[] = []
  #capabilities: Capability[]

  constructor(node: Libp2p, components: PeerComponents, options: GutsNodeOptions) {
    const isRelay = (id: string): boolean => options.relays.has(id)
    /** Or says that it is. */
    const mayBeRelay = (id: string): boolean => this.peers.isRelay(id)

    this.#node = node
    this.#components = components
    this.#options = options
    this.#identity = options.identity
    this.#capabilities = options.capabilities
    this.peers = new Peers(components, {
      denied: options.denied,
      keepDenials: options.keepDenials,
      ownIdentity: () => this.#identity.id,
      isRelay,
      traffic: options.traffic,
      connect: (peer, connectOptions) => this.connect(peer, connectOptions),
      openStream: (peer, protocol, streamOptions) => this.openStream(peer, protocol, streamOptions),
    })
    this.#greeter = new Greeter(components, this.peers)
    this.#hello = new HelloService(components, {
      identity: () => this.#identity,
      agent: options.agent,
      session: crypto.getRandomValues(new Uint8Array(SESSION_BYTES)),
      capabilities: () => this.#capabilities,
      interests: () => this.#interests,
      isRelay,
      snapshot: () => this.#greeter.snapshot(),
      onUnspoken: (connection, theirs) => this.peers.cannotSpeak(connection, theirs),
      onMalformed: (peer) => this.peers.penalise(peer, 'protocol'),
      admit: (identity, connection) => this.peers.admit(identity, connection),
      onResult: (result) => {
        this.peers.hello(result)
        this.#greeter.done(result.connection.remotePeer.toString(), result.told)
      },
    })
    this.#streams = new Streams(components, { onFlood: (peer) => this.peers.penalise(peer, 'flood') })
    this.announcements = new Gossiper(components, {
      role: options.role,
      validate: options.validateAnnouncement,
      isRelay: mayBeRelay,
      isConfiguredRelay: isRelay,
      isDenied: (id) => options.denied.has(id),
      deny: (peer, reason) => this.peers.deny(peer, reason, { proven: false }),
    })
    this.discovery = new DhtDiscovery(components, {
      role: options.role,
      relays: options.relays,
      isRelay: mayBeRelay,
    })
    this.#connector = new Connector(components, {
      relays: options.relays,
      denied: options.denied,
      webrtc: options.webrtc,
      greet: (connection, greetOptions) => this.#greeter.ensure(connection, greetOptions),
      findPeer: (peer, findOptions) => this.discovery.findPeer(peer, findOptions),
    })
    this.#lanes = new Lanes(components)
    this.#links = new LinkKeeper(components)
    this.#relayLinks = new RelayLinks(components, {
      relays: options.relays,
      reserve: options.role === 'tab' && options.circuits,
      onStatus: (status) => this.#onRelayStatus(status),
      onWake: options.onWake,
    })
    this.#passingRelays = new PassingRelays(components, options.relays)
    this.#keepalive = new Keepalive(components, this.peers, options.keepaliveInterval)
    this.#pruner = new Pruner(components, this.peers, {
      maximum: options.maximumConnections,
      keepIdle: options.role === 'relay',
    })
    this.peers.on('peer:gone', (state) => this.#greeter.forget(state.id))
  }

  get peerId(): PeerId {
    return this.#components.peerId
  }

  get identity(): Identity {
    return this.#identity
  }

  get relayStatus(): RelayStatus {
    return this.#relayLinks.status
  }

  addresses(): string[] {
    return this.#components.addressManager.getAddresses().map((address) => address.toString())
  }

  async start(): Promise<void> {
    // Before the node, so that no connection is missed.
    this.#stopIdentity = this.#options.onIdentity?.((identity) => this.#introduceAs(identity)) ?? (() => undefined)
    this.#lanes.start()
    await this.peers.start()
    this.#links.start()
    this.#greeter.start(this.#hello)
    this.#keepalive.start()
    this.#pruner.start()
    await this.#hello.start()
    await this.#node.start()

    if (this.#options.webrtc) {
      await limitSignalling(this.#components)
    }
    if (this.#options.circuits) {
      await limitRelayedDials(this.#components, this.#options.relays)
    }
    for (const extra of this.#options.extras ?? []) {
      await extra.start()
    }

    this.#relayLinks.start()
    this.#passingRelays.start()
    await this.announcements.start()
    await this.discovery.start()
  }

  async stop(): Promise<void> {
    this.#stopIdentity()
    this.#relayLinks.stop()
    this.#passingRelays.stop()
    this.#greeter.stop()
    this.#keepalive.stop()
    this.#pruner.stop()
    this.#links.stop()
    await this.discovery.stop()
    await this.announcements.stop()
    for (const extra of this.#options.extras ?? []) {
      await extra.stop()
    }
    await this.#hello.stop()
    await this.#node.stop()
    this.peers.stop()
    this.#lanes.stop()
  }

  async rename(name: string): Promise<void> {
    const identity = { ...this.#identity, name: trimName(name) }

    await this.#options.saveIdentity?.(identity)
    this.#introduceAs(identity)
  }

  setInterests(discoveryKeys: Uint8Array[]): void {
    this.#interests = discoveryKeys
    this.#greeter.changed('interests')
  }

  setCapabilities(capabilities: Capability[]): void {
    // A relay stays one whatever is served from it.
    this.#capabilities = [...new Set([...this.#options.capabilities, ...capabilities])]
    this.#greeter.changed('introduction')
  }

  async connect(peer: string | Uint8Array, options: { signal: AbortSignal }): Promise<PeerState> {
    const connection = await this.#connector.connect(peer, options)
    const state = this.peers.get(connection.remotePeer.toString())

    if (state === undefined) {
      throw new Error(`The connection to ${connection.remotePeer.toString()} was closed at once`)
    }

    return state
  }

  async openStream(
    peer: string,
    protocol: string,
    options: OpenStreamOptions,
  ): Promise<{ stream: Stream; connection: Connection }> {
    const denied = this.#options.denied.get(peer)

    if (denied !== undefined) {
      throw new PeerDeniedError(peer, denied.reason, denied.until)
    }

    return this.#streams.open(toPeerId(peer), protocol, options)
  }

  async openLane(peer: string, options: { signal: AbortSignal }): Promise<Connection> {
    return await this.#lanes.open(toPeerId(peer), options)
  }

  async handle(
    protocol: string,
    handler: StreamHandler,
    options: { allowRelayed?: boolean; maxInboundStreams?: number } = {},
  ): Promise<void> {
    await this.#streams.handle(protocol, handler, options)
  }

  #introduceAs(identity: Identity): void {
    this.#identity = identity
    this.#greeter.changed('introduction')
  }

  #onRelayStatus(status: RelayStatus): void {
    this.peers.emitRelayStatus(status)

    if (status.kind === 'ready') {
      // A relay that was restarted knows nothing of what was provided.
      this.discovery.provideAll()
    }
  }
}
