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

/** Kept on the connection itself, as libp2p keeps its own marks: it is of no interest longer than that. */
const LANE = Symbol('guts.lane')

/** Open, not through a relay, without a relay's limits, and no lane. A relay's own WebSocket is direct. */
export function isDirect(connection: Connection): boolean {
  return connection.status === 'open' && isUnlimited(connection) && !isLane(connection)
}

export function isRelayed(connection: Connection): boolean {
  return connection.status === 'open' && !isUnlimited(connection)
}

/** A connection beside the direct one, for the bytes of a transfer alone: nothing else is sent over it, or waits for it. */
export function isLane(connection: Connection): boolean {
  return (connection as { [LANE]?: boolean })[LANE] === true
}

export function markLane(connection: Connection, lane: boolean): void {
  Object.assign(connection, { [LANE]: lane })
}

export function isUnlimited(connection: Connection): boolean {
  return connection.direct && connection.limits === undefined
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
