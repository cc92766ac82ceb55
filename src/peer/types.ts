import type { BroadcastResult } from './broadcast.ts'
import type { Connection, PeerId, PrivateKey, Stream } from '@libp2p/interface'

/** Guts' own settings of a node; defaults in config.ts. */
export interface NetworkConfig {
  /** `host:port` where a relay listens for other relays (`0.0.0.0:9000`). Tabs do not listen. */
  listenAddress: string
  /** Multiaddrs of the configured relays. */
  bootstrapNodes: string[]
  maximumConnections: number
  /** Milliseconds. */
  connectionTimeout: number
  /** Milliseconds between pings of a quiet connection. */
  keepaliveInterval: number
  keyPair: PrivateKey
  /** Only from the relay's `/config.json`: never a third party's default. */
  iceServers: RTCIceServer[]
}

/** A person's key: signs refs, documents and the attestation of the peers that they run. */
export interface Identity {
  key: PrivateKey
  /** Raw Ed25519 public key, base64url: how an identity is written everywhere. */
  id: string
  /** Self-claimed, at most 64 bytes of UTF-8. */
  name: string
}

export type Capability = 'sync/1' | 'chunks/1' | 'snapshot/1' | 'swarm/1' | 'relay/1' | 'keep/1'

export type LinkKind = 'direct' | 'relayed'

/** What is known of one peer that is or was connected. */
export interface PeerState {
  id: string
  address: string | null
  /** How it is connected now; a relay's WebSocket counts as direct. */
  link: LinkKind | null
  isRelay: boolean
  /** Unix milliseconds. */
  lastSeen: number
  /** Hex discovery keys that we both hold, learnt from the salted interests. */
  repositories: string[]
  capabilities: Capability[]
  /** From its attestation, verified; null until `Hello` is done. `signedAt`: Unix milliseconds, of the name too. */
  identity: { id: string; name: string; signedAt: number } | null
  /** Milliseconds, of the last ping. */
  roundTrip: number | null
  agent: string | null
  /** Payload of all streams since it was first seen, as of when the state was asked for. */
  bytesIn: number
  bytesOut: number
  /** 0: nothing is held against it; at −100 it is refused. Recovers by itself. */
  score: number
  /** Why it cannot be spoken with: its version of Hello is not ours; `theirs` null where it knows none. */
  unspoken: { ours: number; theirs: number | null } | null
}

/**
 * What is held against a peer though it proves nothing by itself: it refused what it had advertised, said nothing, broke its
 * streams off, broke the protocol's rules, or asked for far more than it may.
 */
export type Offence = 'refused' | 'silent' | 'broken' | 'protocol' | 'flood'

export interface PeerEvents {
  /** `Hello` is done: `state.repositories` says what we share. */
  'peer:ready': (state: PeerState) => void
  'peer:update': (state: PeerState) => void
  'peer:gone': (state: PeerState) => void
  'peer:denied': (denied: DeniedPeer) => void
  /** Whoever is refused changed, in another tab of the storage too. */
  'peer:denials': () => void
  'relay:status': (status: RelayStatus) => void
}

export interface DeniedPeer {
  id: string
  /** Who ran it, as far as a `Hello` told: nothing that they run is let in. `name` is what they call themselves. */
  identity: { id: string; name: string } | null
  reason: string
  /** A fault that is proven (a forged signature, wrong data); else it is its conduct: floods, broken rules. */
  proven: boolean
  /** Unix milliseconds. */
  until: number
}

export type RelayStatus =
  | { kind: 'none' }
  | { kind: 'connecting' }
  /** Reserved: others can reach this peer through it. */
  | { kind: 'ready'; relay: string }
  | { kind: 'lost'; retryAt: number }

export interface PeerManager {
  list(): PeerState[]
  get(id: string): PeerState | undefined
  /** As `GutsPeer.connect`. */
  connect(peer: string | Uint8Array, options: { signal: AbortSignal }): Promise<PeerState>
  /** Connected peers that share a repository (hex discovery key), the best first. */
  peersWithRepository(discoveryKey: string): PeerState[]
  /** `count` connected peers that are no relays, by chance. */
  randomPeers(count: number): PeerState[]
  /** Sends a message to every connected peer but relays, each on a stream of its own; who fails, fails nobody else. */
  broadcast(
    protocol: string,
    bytes: Uint8Array,
    options?: { signal?: AbortSignal; allowRelayed?: boolean },
  ): Promise<BroadcastResult>
  /** Notes what a peer did; who did too much is denied, unless it is a configured relay. */
  penalise(id: string, offence: Offence): void
  /** Disconnects, really closes the socket, and refuses the peer for 4 hours. */
  deny(id: string, reason: string): Promise<void>
  denied(): DeniedPeer[]
  /** Lets a refused peer, and who runs it, in again. */
  allow(id: string): Promise<void>
  on<E extends keyof PeerEvents>(event: E, listener: PeerEvents[E]): () => void
}

/** Gossip about repositories: validated before it is forwarded. */
export interface Announcements {
  /** `discoveryKey` picks the shard. */
  publish(discoveryKey: Uint8Array, bytes: Uint8Array): Promise<void>
  /** Follows the shard of `discoveryKey`; returns how to stop. */
  follow(discoveryKey: Uint8Array): () => void
  publishRepository(bytes: Uint8Array): Promise<void>
  /** Follows the topic of listed repositories; returns how to stop. */
  followRepositories(): () => void
  on(listener: (announcement: Announcement) => void): () => void
}

export interface Announcement {
  topic: 'refs' | 'repositories'
  bytes: Uint8Array
  /** The gossip author: the only peer that an announcement may imply to be reachable. */
  author: string
}

/** Given by the program (src/sync's): src/peer knows no git. */
export type AnnouncementValidator = (announcement: Announcement) => Promise<'accept' | 'ignore' | 'reject'>

/** DHT records under discovery keys; hints only. */
export interface Discovery {
  /** Provides now and again every 10 minutes, until stopped. */
  provide(discoveryKey: Uint8Array): () => void
  find(discoveryKey: Uint8Array, options: { signal: AbortSignal }): AsyncIterable<PeerId>
}

export interface OpenStreamOptions {
  signal: AbortSignal
  /** May the stream go over a relayed link (default false). */
  allowRelayed?: boolean
}

/** One running libp2p node, as src/sync and the programs see it. */
export interface GutsPeer {
  readonly peerId: PeerId
  readonly identity: Identity
  readonly peers: PeerManager
  readonly announcements: Announcements
  readonly discovery: Discovery
  readonly relayStatus: RelayStatus
  /** Addresses at which others can reach it now. */
  addresses(): string[]
  start(): Promise<void>
  stop(): Promise<void>
  rename(name: string): Promise<void>
  /** Discovery keys of what we hold or want, compared (salted) in every `Hello`; a change is told to connected peers. */
  setInterests(discoveryKeys: Uint8Array[]): void
  /** Adds or removes capabilities told in `Hello`. */
  setCapabilities(capabilities: Capability[]): void
  /**
   * Connects by WebRTC through a relay if need be, else keeps the relayed link. Rejects with `UnreachableError`.
   * `peer` is a PeerId string, or a holder's raw Ed25519 key as in a link's hint.
   */
  connect(peer: string | Uint8Array, options: { signal: AbortSignal }): Promise<PeerState>
  openStream(
    peer: string,
    protocol: string,
    options: OpenStreamOptions,
  ): Promise<{ stream: Stream; connection: Connection }>
  /**
   * One more direct connection to a peer that is connected directly, for the bytes of a transfer: nothing else goes over it, and
   * `peers` does not show it. Who asked for it closes it; it ends with the direct connection. Rejects with
   * `NoDirectConnectionError`, with `NoLaneError` where there are as many as may be, or as the transport does.
   */
  openLane(peer: string, options: { signal: AbortSignal }): Promise<Connection>
  handle(
    protocol: string,
    handler: StreamHandler,
    options?: { allowRelayed?: boolean; maxInboundStreams?: number },
  ): Promise<void>
}

export type StreamHandler = (stream: Stream, connection: Connection) => void | Promise<void>
