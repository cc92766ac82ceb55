import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { DEFAULT_NETWORK_CONFIG, RELAY_OPTIONS, TAB_OPTIONS, YAMUX_INBOUND_STREAMS } from './config.ts'
import { DenyList } from './deny-list.ts'
import { createDialGater } from './dial-gater.ts'
import { GutsNode } from './guts-peer.ts'
import { keepDenials } from './kept-denials.ts'
import { createNode } from './libp2p-node.ts'
import { RelayBudget } from './relay-budget.ts'
import { RelayReservations } from './relay-reservations.ts'
import { countRelayedInbound } from './relayed-inbound.ts'
import { ConfiguredRelays } from './relays.ts'
import { webSocketDialler } from './websocket-transport.ts'
import { Traffic } from './traffic.ts'
import type { PeerComponents } from './components.ts'
import type { KeyStorage } from './identity.ts'
import type { TransportFactory } from './libp2p-node.ts'
import type { StopHop } from './relay-budget.ts'
import type { AnnouncementValidator, Capability, GutsPeer, Identity } from './types.ts'
import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'

export { fileKeyStorage } from './key-storage-file.ts'
export { loadKey as loadPeerKey } from './peer-keys.ts'
export { webSocketDialler } from './websocket-transport.ts'
export type { TransportFactory } from './libp2p-node.ts'
export type { PeerComponents } from './components.ts'

export interface NodePeerOptions {
  /** The peer's own key; see `loadPeerKey` and `fileKeyStorage`. */
  key: PrivateKey
  identity: Identity
  saveIdentity?: (identity: Identity) => Promise<void>
  /** Circuit relay server, DHT server and gossip for all; else a peer like a tab, without WebRTC. */
  relayServer: boolean
  /** Default: one that dials WebSockets. A relay passes what it listens with. Never WebRTC: it is a native module here. */
  transports?: TransportFactory[]
  /** Where those who are refused are kept; omitted: nowhere. */
  storage?: KeyStorage
  /** Multiaddrs to listen on, and those to announce instead. */
  listen?: string[]
  announce?: string[]
  /** Multiaddrs of the relays that it uses or, as a relay, stays connected with. */
  relays?: string[]
  validateAnnouncement: AnnouncementValidator
  capabilities?: Capability[]
  agent?: string
  maximumConnections?: number
  onWake?: (listener: () => void) => () => void
}

export interface NodePeer extends GutsPeer {
  /** For the relay's metrics. */
  readonly components: PeerComponents
  readonly counts: NodeCounts
}

export interface NodeCounts {
  connections(): number
  /** Reservations that tabs hold here; 0 unless it is a relay. */
  reservations(): number
}

/** A peer in Node, not yet started: the relay, or a holder that has no page. */
export async function createNodePeer(options: NodePeerOptions): Promise<NodePeer> {
  const relays = new ConfiguredRelays(options.relays ?? [])
  const denied = new DenyList()
  const traffic = new Traffic()
  const agent = options.agent ?? (options.relayServer ? 'guts-relay' : 'guts-node')
  // The gater is asked about what exists only once the node does.
  const late: { components?: PeerComponents; budget?: RelayBudget } = {}

  const created = await createNode({
    key: options.key,
    agent,
    listen: options.listen ?? [],
    announce: options.announce,
    transports: [
      ...(options.transports ?? [webSocketDialler()]),
      ...(options.relayServer ? [] : [circuitRelayTransport()]),
    ],
    gater: createDialGater({
      relays,
      denied,
      relayOf: options.relayServer ? peerIdFromPrivateKey(options.key).toString() : undefined,
      relayedInbound: () => countRelayedInbound(late.components),
      allowCircuit: (source) => late.budget?.allows(source) ?? true,
    }),
    connectionManager: options.relayServer ? relayConnectionManager() : { ...TAB_OPTIONS },
    // A relay's connections are many and mostly carry others' bytes.
    traffic: options.relayServer ? undefined : traffic,
    maxInboundStreams: options.relayServer ? undefined : YAMUX_INBOUND_STREAMS,
    services: options.relayServer ? { circuitRelay: relayService() } : {},
  })
  const { components } = created
  const budget = new RelayBudget(components)
  Object.assign(late, { components, budget })

  const circuits = options.relayServer
    ? (created.node.services as { circuitRelay: CircuitRelayService }).circuitRelay
    : undefined
  const peer = new GutsNode(created.node, components, {
    role: options.relayServer ? 'relay' : 'tab',
    identity: options.identity,
    saveIdentity: options.saveIdentity,
    agent,
    capabilities: [...(options.relayServer ? (['relay/1'] as const) : []), ...(options.capabilities ?? [])],
    relays,
    denied,
    traffic,
    keepaliveInterval: DEFAULT_NETWORK_CONFIG.keepaliveInterval,
    keepDenials: options.storage === undefined ? undefined : keepDenials(denied, options.storage),
    maximumConnections:
      options.maximumConnections ??
      (options.relayServer ? RELAY_OPTIONS.maxConnections : DEFAULT_NETWORK_CONFIG.maximumConnections),
    webrtc: false,
    circuits: !options.relayServer,
    validateAnnouncement: options.validateAnnouncement,
    onWake: options.onWake ?? (() => () => undefined),
    extras: circuits === undefined ? [] : relayExtras(components, circuits, budget),
  })

  return Object.assign(peer, {
    components,
    counts: {
      connections: () => components.connectionManager.getConnections().length,
      reservations: () => circuits?.reservations.size ?? 0,
    },
  })
}

function relayConnectionManager(): Parameters<typeof createNode>[0]['connectionManager'] {
  const { inboundConnectionThreshold, maxIncomingPendingConnections, maxConnections } = RELAY_OPTIONS

  return { inboundConnectionThreshold, maxIncomingPendingConnections, maxConnections }
}

function relayService(): (components: PeerComponents) => CircuitRelayService {
  const { maxReservations, reservationTtl, dataLimit, durationLimit } = RELAY_OPTIONS
  const { maxInboundHopStreams, maxOutboundStopStreams } = RELAY_OPTIONS

  return circuitRelayServer({
    maxInboundHopStreams,
    maxOutboundStopStreams,
    reservations: {
      maxReservations,
      reservationTtl,
      defaultDataLimit: dataLimit,
      defaultDurationLimit: durationLimit,
    },
  })
}

function relayExtras(
  components: PeerComponents,
  circuits: CircuitRelayService,
  budget: RelayBudget,
): Array<{ start(): void | Promise<void>; stop(): void }> {
  const reservations = new RelayReservations(components, circuits)

  return [
    reservations,
    { start: () => budget.attach(circuits as CircuitRelayService & StopHop), stop: () => undefined },
  ]
}
