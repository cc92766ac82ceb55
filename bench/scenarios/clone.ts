import { availableParallelism } from 'node:os'
import { noDifference, type Verdict } from '../../playwright/fixtures/oracle.ts'
import { median, ratio } from '../harness/figures.ts'
import { type Contender, interleave, type Runs, succeeded } from '../harness/interleave.ts'
import { judge, shareFrom } from '../rig/app.ts'
import { cloneByUs, cloneMemory, type OurClone } from '../rig/open-link.ts'
import { RawRival } from '../rig/raw.ts'
import { cloneByGit, cloneByIsomorphicGit, indexInBrowser } from '../rig/rivals.ts'
import { describeRun } from './describe-run.ts'
import type { Report, Scenario, ScenarioContext } from './scenario.ts'

/** From a link opened to a clone that is verified and durable. */
export const clone: Scenario = {
  name: 'clone',
  what: 'a share link opened until verified and durable, against git clone, isomorphic-git and a raw data channel',
  needsRepository: true,
  run,
}

/** One run of any contender. */
type Run = Partial<OurClone> & { seconds: number; cpuSeconds?: number }

/** What a renderer may grow by: DESIGN's 64 MB and 48 bytes an object. */
const MEMORY_MB = 64
const MEMORY_BYTES_PER_OBJECT = 48
/** A pack that inflates more than this often may take longer than the wire. */
const INFLATES_MUCH = 10
/** Milliseconds of a round trip from which on the wire is what takes long. */
const FAR = 50

async function run({ args, rig, say }: ScenarioContext): Promise<Report> {
  const { repository } = rig
  const [browser, relay] = [await rig.browser(), await rig.relay()]
  const { link, page: holder } = await shareFrom(await rig.device(), relay.url, repository.bundle)
  say('  the holder shares it')
  const there = await rig.fromThere(link)
  const site = await rig.fromThere((await rig.site()).url)
  const raw = await RawRival.start(rig)
  await raw.calibrate(say)
  let verdict: Verdict | undefined
  const contenders: Array<Contender<Run>> = [
    {
      name: 'ours',
      run: async (round) =>
        await cloneByUs(rig, there, async (page) => {
          if (round === args.runs - 1) verdict = await judge(page, repository.bare)
        }),
    },
    { name: 'isomorphicGit', run: () => cloneByIsomorphicGit(rig, site), mayFail: true },
    { name: 'stockGit', run: () => cloneByGit(rig, site) },
    { name: 'rawDataChannel', run: () => raw.run() },
    { name: 'indexAlone', run: () => indexInBrowser(rig, 'ours') },
  ]
  const runs = await interleave(contenders, args.runs, (name, round, result) => say(describeRun(name, round, result)))
  // Looking at a process takes time of its own, so this run is not among those that are timed.
  const peakPssMB = await cloneMemory(rig, there)
  browser.throwErrors()
  await rig.profile('clone', () => cloneByUs(rig, there), new Map([['holder', holder]]))
  return report(rig.repository, runs, { verdict, peakPssMB, raw: { ...raw.choice }, rtt: args.rtt })
}

interface Found {
  verdict: Verdict | undefined
  peakPssMB: number | null
  raw: Record<string, number>
  rtt: number
}

function report(repository: Repository, runs: Record<string, Runs<Run>>, found: Found): Report {
  const { verdict, peakPssMB, raw, rtt } = found
  const middle = (name: string, key: keyof Run): number | null =>
    median(succeeded(runs[name]).flatMap((one) => one[key] ?? []))
  const ours = middle('ours', 'seconds')
  const transfer = middle('ours', 'transferSeconds')
  const seconds = (name: string): number | null => middle(name, 'seconds')
  const cpu = (name: string): number => middle(name, 'cpuSeconds') ?? 0
  const shared = (cpu('rawDataChannel') + cpu('indexAlone')) / availableParallelism()
  const floor = Math.max(seconds('rawDataChannel') ?? 0, seconds('indexAlone') ?? 0, shared)
  const ratios = {
    vsIsomorphicGit: ratio(ours, seconds('isomorphicGit')),
    vsStockGit: ratio(ours, seconds('stockGit')),
    // Dialling is excluded from both.
    vsRawDataChannel: ratio(transfer, seconds('rawDataChannel')),
    vsFloor: ratio(transfer, floor),
  }
  const fsck = verdict === undefined ? null : verdict.fsck.length === 0 ? 'ok' : verdict.fsck.join('\n')
  const refsEqual = verdict === undefined ? null : verdict.refs.length === 0
  const objectsEqual = verdict === undefined ? null : sameObjects(verdict)
  const longestTaskMs = middle('ours', 'longestTaskMs')
  const memoryAim = MEMORY_MB + (MEMORY_BYTES_PER_OBJECT * repository.objects) / 1e6
  return {
    figures: {
      ours: { seconds: ours, transferSeconds: transfer, cpuSeconds: middle('ours', 'cpuSeconds') },
      stockGit: { seconds: seconds('stockGit') },
      isomorphicGit: { seconds: seconds('isomorphicGit') },
      rawDataChannel: { seconds: seconds('rawDataChannel'), cpuSeconds: cpu('rawDataChannel'), ...raw },
      indexAlone: { seconds: seconds('indexAlone'), cpuSeconds: cpu('indexAlone') },
      floor: { seconds: floor },
      ratio: ratios,
      fsck,
      refsEqual,
      objectsEqual,
      peakPssMB,
      longestTaskMs,
      raw: runs,
    },
    rows: [
      { name: 'ours', value: ours, unit: 's' },
      { name: '  without loading and dialling', value: transfer, unit: 's' },
      { name: 'stockGit', value: seconds('stockGit'), unit: 's' },
      { name: 'isomorphicGit', value: seconds('isomorphicGit'), unit: 's' },
      { name: 'rawDataChannel', value: seconds('rawDataChannel'), unit: 's' },
      { name: 'indexAlone', value: seconds('indexAlone'), unit: 's' },
      { name: 'floor', value: floor, unit: 's' },
      { name: 'ratio.vsIsomorphicGit', value: ratios.vsIsomorphicGit, atMost: 0.4 },
      { name: 'ratio.vsStockGit', value: ratios.vsStockGit },
      { name: 'ratio.vsRawDataChannel', value: ratios.vsRawDataChannel, atMost: aimForRaw(repository, rtt) },
      { name: 'ratio.vsFloor', value: ratios.vsFloor, atMost: 1.3 },
      { name: 'fsck', value: fsck },
      { name: 'refsEqual', value: String(refsEqual) },
      { name: 'peakPssMB', value: peakPssMB, unit: 'MB', atMost: memoryAim },
      { name: 'longestTaskMs', value: longestTaskMs, unit: 'ms' },
    ],
  }
}

type Repository = ScenarioContext['rig']['repository']

function aimForRaw({ inflatedBytes, packBytes }: Repository, rtt: number): number {
  if (rtt >= FAR) return 1.2
  return inflatedBytes > INFLATES_MUCH * packBytes ? 2.5 : 1.5
}

function sameObjects({ objects, unreachable }: Verdict): boolean {
  return objects.length === noDifference.objects.length && unreachable.length === noDifference.unreachable.length
}
