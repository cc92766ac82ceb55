import { isDirect } from './components.ts'
import type { PeerComponents } from './components.ts'
import type { GutsNode } from './guts-peer.ts'
import type { RelayAdmission } from './relay-admission.ts'
import type { RelayBudget } from './relay-budget.ts'
import type { RelayReservations } from './relay-reservations.ts'
import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'

/** What a node counts, now or since its start. A node that is no relay has 0 of what only relays have. */
export interface NodeCounts {
  connections(): number
  /** Open connections by direction. */
  directions(): { inbound: number; outbound: number }
  /** Reservations that tabs hold here. */
  reservations(): number
  reservationsRefused(): number
  /** Ended because their peer left. */
  reservationsDropped(): number
  connectionsRefused(): number
  circuits(): Readonly<RelayBudget['counts']>
  /** Announcements that arrived, by what became of them. */
  announcements(): { accept: number; ignore: number; reject: number }
  gossipPeers(): number
  records(): { servers: number; records: number; refused: number }
  denied(): number
}

export interface CountedParts {
  components: PeerComponents
  peer: GutsNode
  budget: RelayBudget
  circuits?: CircuitRelayService
  admission?: RelayAdmission
  reservations?: RelayReservations
}

export function nodeCounts(parts: CountedParts): NodeCounts {
  const { components, peer, budget, circuits, admission, reservations } = parts
  const connections = () => components.connectionManager.getConnections()

  return {
    connections: () => connections().length,
    directions: () => {
      const direct = connections().filter(isDirect)
      const inbound = direct.filter(({ direction }) => direction === 'inbound').length

      return { inbound, outbound: direct.length - inbound }
    },
    reservations: () => circuits?.reservations.size ?? 0,
    reservationsRefused: () => admission?.counts.reservationsRefused ?? 0,
    reservationsDropped: () => reservations?.dropped ?? 0,
    connectionsRefused: () => admission?.counts.connectionsRefused ?? 0,
    circuits: () => budget.counts,
    announcements: () => peer.announcements.verdicts,
    gossipPeers: () => peer.announcements.peers,
    records: () => peer.discovery.counts,
    denied: () => peer.peers.denied().length,
  }
}
