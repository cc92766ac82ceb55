import { expect, it } from 'vitest'
import { EventLoop } from './event-loop.ts'
import { formatMetrics } from './metrics.ts'
import { relayMetrics } from './relay-metrics.ts'
import type { RelayFigures } from './relay-metrics.ts'

const figures: RelayFigures = {
  node: {
    connections: () => 5,
    directions: () => ({ inbound: 3, outbound: 2 }),
    reservations: () => 4,
    reservationsRefused: () => 1,
    reservationsDropped: () => 2,
    connectionsRefused: () => 6,
    circuits: () => ({ open: 1, opened: 9, refused: 3, bytes: 123_456, exceeded: 1 }),
    announcements: () => ({ accept: 7, ignore: 8, reject: 9 }),
    gossipPeers: () => 3,
    records: () => ({ servers: 2, records: 11, refused: 1 }),
    denied: () => 1,
  },
  isUp: true,
  isDraining: false,
  started: 1_700_000_000.5,
  sockets: { connections: 4, pending: 1, failed: 2, unbelieved: 0 },
  guard: { size: 6, evicted: 0 },
  answers: new Map([
    ['200', 10],
    ['404', 2],
  ]),
  gitProxy: { active: 0, bytes: 0 },
  otherRelays: { named: 2, connected: 1 },
  eventLoop: { p50: 0.001, p99: 0.02, max: 0.5 },
}

/** The text format as Prometheus parses it, and what promtool warns of. Answers the samples by name and labels. */
function parse(text: string): Map<string, number> {
  expect(text.endsWith('\n')).toBe(true)
  const samples = new Map<string, number>()
  let current: { name: string; type?: string } | undefined
  const seen = new Set<string>()
  for (const line of text.trimEnd().split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line)
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment
      if (kind === 'HELP') {
        expect(seen.has(name), `${name} comes twice`).toBe(false)
        seen.add(name)
        current = { name }
      } else {
        expect(current?.name).toBe(name)
        expect(['counter', 'gauge']).toContain(rest)
        // promtool: counters, and only these, end in _total; base units; no type in the name.
        expect(name.endsWith('_total'), name).toBe(rest === 'counter')
        expect(name).not.toMatch(/_(milliseconds|kilobytes|gauge|counter)(_|$)/)
      }
      continue
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)((?:\{[a-z_]+="(?:[^"\\\n]|\\[\\n"])*"\})?) (\S+)$/.exec(line)
    expect(sample, line).not.toBeNull()
    const [, name, labels, value] = sample!
    expect(name).toBe(current?.name)
    expect(samples.has(`${name}${labels}`)).toBe(false)
    expect(value).toMatch(/^(-?\d+(\.\d+)?(e[+-]?\d+)?|NaN|[+-]Inf)$/)
    samples.set(`${name}${labels}`, Number(value))
  }
  return samples
}

it('tells connections, reservations, bytes, gossip, DHT, denied peers and the event loop', () => {
  const samples = parse(formatMetrics(relayMetrics(figures)))
  expect(Object.fromEntries(samples)).toMatchObject({
    guts_up: 1,
    'guts_connections{direction="inbound"}': 3,
    guts_reservations: 4,
    guts_reservations_refused_total: 1,
    guts_circuits: 1,
    guts_relayed_bytes_total: 123_456,
    'guts_announcements_total{verdict="ignore"}': 8,
    guts_dht_records: 11,
    guts_denied_peers: 1,
    'guts_other_relays{kind="connected"}': 1,
    'guts_websockets{kind="connected"}': 3,
    'guts_http_answers_total{status="404"}': 2,
    'guts_event_loop_lag_seconds{quantile="0.99"}': 0.02,
    process_start_time_seconds: 1_700_000_000.5,
  })
})

it('tells what there is before the relay has started', () => {
  expect(parse(formatMetrics(relayMetrics({ ...figures, node: null, isUp: false }))).get('guts_reservations')).toBe(0)
})

it('escapes what the format reserves', () => {
  const values = new Map([['a"b\\c\nd', Infinity]])
  const text = formatMetrics([{ name: 'x', help: 'a\nb\\', type: 'gauge', values }])
  expect(text).toBe('# HELP x a\\nb\\\\\n# TYPE x gauge\nx{kind="a\\"b\\\\c\\nd"} +Inf\n')
})

it('sees that the event loop was late', async () => {
  const eventLoop = new EventLoop()
  eventLoop.start()
  await new Promise((resolve) => setTimeout(resolve, 50))
  const until = performance.now() + 200
  while (performance.now() < until);
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(eventLoop.read().max).toBeGreaterThan(0.1)
  expect(eventLoop.read()).toEqual({ p50: 0, p99: 0, max: 0 })
  eventLoop.stop()
})
