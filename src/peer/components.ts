import type { CircuitRelayTransportComponents } from '@libp2p/circuit-relay-v2'
import type { Identify } from '@libp2p/identify'
import type { Connection, PeerId, PrivateKey, Stream } from '@libp2p/interface'
import type { KadDHTComponents } from '@libp2p/kad-dht'
import type { Ping } from '@libp2p/ping'

/** The parts of a libp2p node that this layer uses. libp2p hands them to services when it is constructed. */
export interface PeerComponents extends CircuitRelayTransportComponents {
  privateKey: PrivateKey
  datastore: KadDHTComponents['datastore']
  identify: Identify
  ping: Ping
}

/** Open, not through a relay, without a relay's limits. A relay's own WebSocket is direct. */
export function isDirect(connection: Connection): boolean {
  return connection.status === 'open' && connection.direct && connection.limits === undefined
}

export function isRelayed(connection: Connection): boolean {
  return connection.status === 'open' && !(connection.direct && connection.limits === undefined)
}

/** Its `close` has been told already: whoever listens for it now hears nothing. */
export function isOver(stream: Stream): boolean {
  return ['closed', 'aborted', 'reset'].includes(stream.status)
}

/** The open direct connections to a peer, the newest first: an old one may be half open. */
export function directConnections(components: Pick<PeerComponents, 'connectionManager'>, peer: PeerId): Connection[] {
  return components.connectionManager
    .getConnections(peer)
    .filter(isDirect)
    .sort((a, b) => b.timeline.open - a.timeline.open)
}

export function relayedConnections(components: Pick<PeerComponents, 'connectionManager'>, peer: PeerId): Connection[] {
  return components.connectionManager
    .getConnections(peer)
    .filter(isRelayed)
    .sort((a, b) => b.timeline.open - a.timeline.open)
}
