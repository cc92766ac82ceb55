import { isRelayed } from './components.ts'
import type { PeerComponents } from './components.ts'

/** Open relayed links that others dialled. */
export function countRelayedInbound(components: Pick<PeerComponents, 'connectionManager'> | undefined): number {
  const connections = components?.connectionManager.getConnections() ?? []

  return connections.filter((connection) => connection.direction === 'inbound' && isRelayed(connection)).length
}
