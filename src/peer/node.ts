import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { DEFAULT_NETWORK_CONFIG, RELAY_OPTIONS, TAB_OPTIONS, YAMUX_INBOUND_STREAMS } from './config.ts'
import { DenyList } from './deny-list.ts'
import { createDialGater } from './dial-gater.ts'
import { GutsNode } from './guts-peer.ts'
import { keepDenials } from './kept-denials.ts'
import { nodeCounts } from './node-counts.ts'
import { RelayAdmission } from './relay-admission.ts'
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
import type { NodeCounts } from './node-counts.ts'
import type { StopHop } from './relay-budget.ts'
import type { AnnouncementValidator, Capability, GutsPeer, Identity } from './types.ts'
import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'

export { fileKeyStorage } from './key-storage-file.ts'
export { loadKey as loadPeerKey, loadKeyNamed } from './peer-keys.ts'
export { webSocketDialler } from './websocket-transport.ts'
export type { TransportFactory } from './libp2p-node.ts'
export type { NodeCounts } from './node-counts.ts'
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
  /** Further relays of the same network, dialled where a peer is behind them. */
  furtherRelays?: string[]
  validateAnnouncement: AnnouncementValidator
  capabilities?: Capability[]
  agent?: string
  maximumConnections?: number
  /** Milliseconds; defaults in `DEFAULT_NETWORK_CONFIG`. */
  connectionTimeout?: number
  keepaliveInterval?: number
  /** Of a relay; default `RELAY_OPTIONS.maxReservations`. */
  maxReservations?: number
  onWake?: (listener: () => void) => () => void
}

export interface NodePeer extends GutsPeer {
  /** For the relay's metrics. */
  readonly components: PeerComponents
  readonly counts: NodeCounts
  /** From here on a relay takes no new connection, reservation or circuit. */
  drain(): void
}

/** A peer in Node, not yet started: the relay, or a holder that has no page. */
export async function createNodePeer(options: NodePeerOptions): Promise<NodePeer> {
  const relays = new ConfiguredRelays(options.relays ?? [], options.furtherRelays)
  const denied = new DenyList()
  const traffic = new Traffic()
  const agent = options.agent ?? (options.relayServer ? 'guts-relay' : 'guts-node')
  // The gater is asked about what exists only once the node does.
  const late: { components?: PeerComponents; budget?: RelayBudget; admission?: RelayAdmission } = {}
  const maximumConnections =
    options.maximumConnections ??
    (options.relayServer ? RELAY_OPTIONS.maxConnections : DEFAULT_NETWORK_CONFIG.maximumConnections)
  const maxReservations = options.maxReservations ?? RELAY_OPTIONS.maxReservations

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
      allowConnection: (address) => late.admission?.allowsConnection(address) ?? true,
      allowReservation: (peer) => late.admission?.allowsReservation(peer) ?? true,
    }),
    // A relay's connections are many and mostly carry others' bytes.
    traffic: options.relayServer ? undefined : traffic,
    connectionManager: options.relayServer ? relayConnectionManager(maximumConnections) : { ...TAB_OPTIONS },
    connectionTimeout: options.connectionTimeout,
    maxInboundStreams: options.relayServer ? undefined : YAMUX_INBOUND_STREAMS,
    services: options.relayServer ? { circuitRelay: relayService(maxReservations) } : {},
  })
  const { components } = created
  const budget = new RelayBudget(components)

  const circuits = options.relayServer
    ? (created.node.services as { circuitRelay: CircuitRelayService }).circuitRelay
    : undefined
  const admission =
    circuits === undefined
      ? undefined
      : new RelayAdmission(components, circuits, { maxConnections: maximumConnections, maxReservations })
  const reservations = circuits === undefined ? undefined : new RelayReservations(components, circuits)
  Object.assign(late, { components, budget, admission })

  const peer = new GutsNode(created.node, components, {
    role: options.relayServer ? 'relay' : 'tab',
    identity: options.identity,
    saveIdentity: options.saveIdentity,
    agent,
    capabilities: [...(options.relayServer ? (['relay/1'] as const) : []), ...(options.capabilities ?? [])],
    relays,
    denied,
    traffic,
    keepaliveInterval: options.keepaliveInterval ?? DEFAULT_NETWORK_CONFIG.keepaliveInterval,
    keepDenials: options.storage === undefined ? undefined : keepDenials(denied, options.storage),
    maximumConnections,
    webrtc: false,
    circuits: !options.relayServer,
    validateAnnouncement: options.validateAnnouncement,
    onWake: options.onWake ?? (() => () => undefined),
    extras: [
      ...(reservations === undefined ? [] : [reservations]),
      ...(circuits === undefined
        ? []
        : [{ start: () => budget.attach(circuits as CircuitRelayService & StopHop), stop: () => undefined }]),
    ],
  })

  return Object.assign(peer, {
    components,
    counts: nodeCounts({ components, peer, budget, circuits, admission, reservations }),
    drain: () => admission?.drain(),
  })
}

function relayConnectionManager(maxConnections: number): Parameters<typeof createNode>[0]['connectionManager'] {
  const { inboundConnectionThreshold, maxIncomingPendingConnections } = RELAY_OPTIONS

  return { inboundConnectionThreshold, maxIncomingPendingConnections, maxConnections }
}

function relayService(maxReservations: number): (components: PeerComponents) => CircuitRelayService {
  const { reservationTtl, dataLimit, durationLimit, maxInboundHopStreams, maxOutboundStopStreams } = RELAY_OPTIONS

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
