import type { NodeCounts } from '../src/peer/node.ts'
import type { EventLoopLag } from './event-loop.ts'
import type { Metric } from './metrics.ts'
import type { WebSocketListenerCounts } from './websocket-listener.ts'

/** What is counted around the libp2p node. */
export interface RelayFigures {
  /** Null before the relay has started and once it has stopped. */
  node: NodeCounts | null
  isUp: boolean
  isDraining: boolean
  /** Unix seconds. */
  started: number
  sockets: WebSocketListenerCounts
  guard: { size: number; evicted: number }
  /** HTTP answers by status. */
  answers: Map<string, number>
  gitProxy: { active: number; bytes: number }
  otherRelays: { named: number; connected: number }
  eventLoop: EventLoopLag
}

const gauge = (name: string, help: string, values: Metric['values'], label?: string): Metric => ({
  name,
  help,
  type: 'gauge',
  values,
  label,
})
const counter = (name: string, help: string, values: Metric['values'], label?: string): Metric => ({
  name,
  help,
  type: 'counter',
  values,
  label,
})
const by = (values: object): Map<string, number> => new Map(Object.entries(values) as Array<[string, number]>)

/** Everything that `/metrics` tells. No address, PeerId or name is a label: these are others' business, and without end. */
export function relayMetrics(figures: RelayFigures): Metric[] {
  return [...service(figures), ...network(figures.node, figures.otherRelays), ...http(figures), ...ofProcess(figures)]
}

function service({ isUp, isDraining, started }: RelayFigures): Metric[] {
  return [
    gauge('guts_up', '1 while the relay serves.', isUp ? 1 : 0),
    gauge('guts_draining', '1 while the relay is stopping.', isDraining ? 1 : 0),
    gauge('process_start_time_seconds', 'Unix time at which the relay was started.', started),
  ]
}

function network(node: NodeCounts | null, otherRelays: RelayFigures['otherRelays']): Metric[] {
  const circuits = node?.circuits() ?? { open: 0, opened: 0, refused: 0, bytes: 0, exceeded: 0 }
  const records = node?.records() ?? { servers: 0, records: 0, refused: 0 }
  return [
    gauge('guts_connections', 'Open libp2p connections.', by(node?.directions() ?? {}), 'direction'),
    counter(
      'guts_connections_refused_total',
      'Connections refused, because their address had too many or the relay is stopping.',
      node?.connectionsRefused() ?? 0,
    ),
    gauge('guts_other_relays', 'Relays that are named with --bootstrap, and those connected.', by(otherRelays)),
    gauge('guts_reservations', 'Peers that others reach through this relay.', node?.reservations() ?? 0),
    counter(
      'guts_reservations_refused_total',
      'Reservations refused: the table or the share of their address is full.',
      node?.reservationsRefused() ?? 0,
    ),
    counter('guts_reservations_dropped_total', 'Reservations whose peer left.', node?.reservationsDropped() ?? 0),
    gauge('guts_circuits', 'Open relayed links.', circuits.open),
    counter('guts_circuits_opened_total', 'Relayed links that were opened.', circuits.opened),
    counter(
      'guts_circuits_refused_total',
      'Relayed links refused to sources with too many or no bytes left.',
      circuits.refused,
    ),
    counter(
      'guts_circuits_exceeded_total',
      'Relayed links cut because the bytes of their source were used up.',
      circuits.exceeded,
    ),
    counter('guts_relayed_bytes_total', 'Bytes relayed, both directions.', circuits.bytes),
    gauge('guts_gossip_peers', 'Peers that speak gossip.', node?.gossipPeers() ?? 0),
    counter(
      'guts_announcements_total',
      'Announcements that arrived, by verdict.',
      by(node?.announcements() ?? {}),
      'verdict',
    ),
    gauge('guts_dht_servers', 'Relays in the routing table of the DHT.', records.servers),
    gauge('guts_dht_records', 'Provider records that are kept.', records.records),
    counter('guts_dht_records_refused_total', 'Provider records beyond a cap.', records.refused),
    gauge('guts_denied_peers', 'Peers on the deny list.', node?.denied() ?? 0),
  ]
}

function http({ sockets, guard, answers, gitProxy }: RelayFigures): Metric[] {
  const webSockets = { connected: sockets.connections - sockets.pending, upgrading: sockets.pending }
  return [
    gauge('guts_websockets', 'WebSockets by whether their libp2p upgrade is under way.', by(webSockets)),
    counter('guts_websocket_upgrades_failed_total', 'WebSockets that became no connection.', sockets.failed),
    gauge('guts_sockets', 'Open TCP sockets on the port.', guard.size),
    counter('guts_sockets_evicted_total', 'Half-open sockets that gave way at the cap.', guard.evicted),
    counter('guts_http_answers_total', 'HTTP answers.', answers, 'status'),
    gauge('guts_git_proxy_requests', 'Requests to git servers that are passed on now.', gitProxy.active),
    counter('guts_git_proxy_bytes_total', 'Bytes of git servers passed on.', gitProxy.bytes),
  ]
}

function ofProcess({ eventLoop }: RelayFigures): Metric[] {
  const memory = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const lag = new Map([
    ['0.5', eventLoop.p50],
    ['0.99', eventLoop.p99],
    ['1', eventLoop.max],
  ])
  return [
    gauge('guts_event_loop_lag_seconds', 'How late timers were since the last time this was asked.', lag, 'quantile'),
    gauge('process_resident_memory_bytes', 'Resident memory.', memory.rss),
    gauge('nodejs_heap_used_bytes', 'Used heap of JavaScript.', memory.heapUsed),
    gauge('nodejs_external_memory_bytes', 'Memory of buffers outside the heap.', memory.external),
    counter('process_cpu_seconds_total', 'CPU time of the process.', (user + system) / 1e6),
  ]
}
