import { availableParallelism } from 'node:os'
import { median } from '../harness/figures.ts'
import { PeersProcess } from '../rig/peers-process.ts'
import { usageOf } from '../rig/process-usage.ts'
import { relayAddress } from '../rig/relay-address.ts'
import { RelayProcess } from '../../playwright/support/relay-process.ts'
import { describeRun } from './describe-run.ts'
import type { Report, Scenario, ScenarioContext } from './scenario.ts'

/** What a relay needs for many who are connected and reachable. */
export const relay: Scenario = {
  name: 'relay',
  what: 'a relay with --peers N over WebSocket, each with a reservation: time to join, its memory and CPU',
  needsRepository: false,
  run,
}

/** Milliseconds after which a relay that has nothing to do has all its code, and its memory has settled. */
const REST = 5_000
/** DESIGN's 600 MB for a thousand. */
const AIM_MB_OF_THOUSAND = 600

type Run = {
  joined: number
  seconds: number
  baseMB: number
  rssMB: number
  cpuSeconds: number
  /** CPU of the relay when all rest, in percent of one core. */
  restingPercent: number
}

async function run({ args, rig, say }: ScenarioContext): Promise<Report> {
  const runs: Run[] = []
  for (let n = 0; n < args.runs; n++) {
    // Each run has a relay of its own: memory that it took once it may keep.
    const process = await RelayProcess.start()
    const peers = await PeersProcess.start(rig.fresh('relay-peers'))
    try {
      runs.push(await once(process, peers, args.peers))
    } finally {
      await peers.stop()
      await process.dispose()
    }
    say(describeRun('ours', n, runs.at(-1) ?? {}))
  }
  const middle = (key: keyof Run): number | null => median(runs.map((one) => one[key]))
  const [joined, baseMB, rssMB] = [middle('joined'), middle('baseMB'), middle('rssMB')]
  const kbPerPeer = baseMB === null || rssMB === null ? null : ((rssMB - baseMB) * 1000) / args.peers
  return {
    figures: {
      peers: args.peers,
      joined,
      seconds: middle('seconds'),
      baseMB,
      rssMB,
      kbPerPeer,
      cpuSeconds: middle('cpuSeconds'),
      restingPercent: middle('restingPercent'),
      cores: availableParallelism(),
      raw: runs,
    },
    rows: [
      { name: 'joined', value: joined, atLeast: args.peers },
      { name: 'until all had', value: middle('seconds'), unit: 's' },
      { name: 'baseMB', value: baseMB, unit: 'MB' },
      { name: 'rssMB', value: rssMB, unit: 'MB', ...(args.peers === 1000 ? { atMost: AIM_MB_OF_THOUSAND } : {}) },
      { name: 'kbPerPeer', value: kbPerPeer, unit: 'kB' },
      { name: 'CPU of the relay meanwhile', value: middle('cpuSeconds'), unit: 's' },
      { name: 'CPU of the relay at rest', value: middle('restingPercent'), unit: '% of a core' },
    ],
  }
}

async function once(process: RelayProcess, peers: PeersProcess, count: number): Promise<Run> {
  await rest()
  const before = usage(process)
  const { joined, seconds } = await peers.tell({ kind: 'join', count, relay: await relayAddress(process) })
  const then = usage(process)
  await rest()
  const after = usage(process)
  return {
    joined,
    seconds,
    baseMB: before.rssMB,
    rssMB: after.rssMB,
    cpuSeconds: then.cpuSeconds - before.cpuSeconds,
    restingPercent: ((after.cpuSeconds - then.cpuSeconds) * 100_000) / REST,
  }
}

function usage(process: RelayProcess): { rssMB: number; cpuSeconds: number } {
  const used = usageOf(process.pid)
  if (used === null) throw new Error('This system does not tell how much memory a process has.')
  return used
}

async function rest(): Promise<void> {
  await new Promise((done) => setTimeout(done, REST))
}
