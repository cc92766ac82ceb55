import { percentile, ratio } from '../harness/figures.ts'
import { interleave, succeeded } from '../harness/interleave.ts'
import type { Delivered } from '../peers/protocol.ts'
import { FanOutServer, PeersProcess } from '../rig/peers-process.ts'
import { relayAddress } from '../rig/relay-address.ts'
import { describeRun } from './describe-run.ts'
import type { Report, Scenario, ScenarioContext } from './scenario.ts'

/** News on its way to all who follow a repository. */
export const announce: Scenario = {
  name: 'announce',
  what: 'a commit announced to --peers N of one shard until received, against a plain WebSocket fan-out',
  needsRepository: false,
  run,
}

/** An announcement that carries a signed header, sealed. */
const BYTES = 512
const MESSAGES = 20
/** Milliseconds between two announcements; less often than authors are held to. */
const EVERY = 250
/** Milliseconds in which the last ones still come; what is repeated comes within 4 s, and counts as delivered then. */
const LAST = 6_000
/** Milliseconds in which gossip's peers hear who follows what: heartbeats come every second. */
const SETTLE = 4_000
const AIM_P95 = 100

async function run({ args, rig, say }: ScenarioContext): Promise<Report> {
  const relay = await rig.relay()
  const peers = await PeersProcess.start(rig.fresh('announce-peers'))
  const server = await FanOutServer.start()
  try {
    const { joined } = await peers.tell({ kind: 'join', count: args.peers, relay: await relayAddress(relay) })
    if (joined < args.peers) throw new Error(`Only ${joined} of ${args.peers} peers joined.`)
    await peers.tell({ kind: 'follow', settleMs: SETTLE })
    say(`  ${joined} peers follow one shard`)
    const plan = { messages: MESSAGES, bytes: BYTES, everyMs: EVERY }
    const runs = await interleave<Delivered>(
      [
        { name: 'ours', run: () => peers.tell({ kind: 'announce', ...plan, lastMs: LAST }) },
        {
          name: 'fanOut',
          run: () => peers.tell({ kind: 'fan-out', port: server.port, count: args.peers, ...plan, lastMs: 500 }),
        },
      ],
      args.runs,
      (name, round, result) => say(describeRun(name, round, 'failed' in result ? result : summary([result]))),
    )
    const [ours, fanOut] = [summary(succeeded(runs.ours)), summary(succeeded(runs.fanOut))]
    const vsFanOut = ratio(ours.p50Ms, fanOut.p50Ms)
    return {
      figures: { peers: args.peers, ...ours, fanOut, ratio: { vsFanOut } },
      rows: [
        { name: 'p50Ms', value: ours.p50Ms, unit: 'ms' },
        { name: 'p95Ms', value: ours.p95Ms, unit: 'ms', ...(args.peers <= 30 ? { atMost: AIM_P95 } : {}) },
        { name: 'deliveryRatio', value: ours.deliveryRatio, atLeast: 1 },
        { name: 'fanOut.p50Ms', value: fanOut.p50Ms, unit: 'ms' },
        { name: 'fanOut.p95Ms', value: fanOut.p95Ms, unit: 'ms' },
        { name: 'ratio.vsFanOut', value: vsFanOut },
      ],
    }
  } finally {
    await server.stop()
    await peers.stop()
  }
}

function summary(runs: readonly Delivered[]) {
  const delays = runs.flatMap((one) => one.delays)
  const expected = runs.reduce((sum, one) => sum + one.expected, 0)
  return {
    p50Ms: percentile(delays, 50),
    p95Ms: percentile(delays, 95),
    deliveryRatio: ratio(delays.length, expected),
  }
}
