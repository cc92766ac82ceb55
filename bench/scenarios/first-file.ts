import { median, ratio } from '../harness/figures.ts'
import { interleave, succeeded } from '../harness/interleave.ts'
import { shareFrom } from '../rig/app.ts'
import { cloneByUs } from '../rig/open-link.ts'
import type { Rig } from '../rig/rig.ts'
import { cloneByIsomorphicGit } from '../rig/rivals.ts'
import { countRoundTrips } from '../rig/round-trips.ts'
import { describeRun } from './describe-run.ts'
import type { Report, Scenario, ScenarioContext } from './scenario.ts'

/** Seconds in which the first file is to be there: nearby, and with the round trip of `FAR` milliseconds or more. */
const AIM_NEAR = 1
const AIM_FAR = 2
const FAR = 50
const AIM_ROUND_TRIPS = 14

/** From a link opened to something to read. */
export const firstFile: Scenario = {
  name: 'first-file',
  what: 'a share link opened until README and root folder are on screen; its round trips',
  needsRepository: true,
  run,
}

type Run = {
  /** To the first file; for the rival, which shows nothing before, to all of it. */
  seconds: number
  fullCloneSeconds?: number
}

async function run({ args, rig, say }: ScenarioContext): Promise<Report> {
  const relay = await rig.relay()
  const { link } = await shareFrom(await rig.device(), relay.url, rig.repository.bundle)
  say('  the holder shares it')
  const there = await rig.fromThere(link)
  const site = await rig.fromThere((await rig.site()).url)
  const runs = await interleave<Run>(
    [
      { name: 'ours', run: () => open(rig, there) },
      { name: 'isomorphicGit', run: () => cloneByIsomorphicGit(rig, site), mayFail: true },
    ],
    args.runs,
    (name, round, result) => say(describeRun(name, round, result)),
  )
  // Counted once and not timed: what waits for what does not depend on how fast the machine is.
  const roundTrips = await countRoundTrips(rig, link)
  await rig.profile('first-file', () => open(rig, there))
  const middle = (name: string, key: keyof Run): number | null =>
    median(succeeded(runs[name]).flatMap((one) => one[key] ?? []))
  const [ours, all] = [middle('ours', 'seconds'), middle('ours', 'fullCloneSeconds')]
  const isomorphicGit = middle('isomorphicGit', 'seconds')
  const ratios = { vsFullClone: ratio(ours, all), vsIsomorphicGitClone: ratio(ours, isomorphicGit) }
  return {
    figures: {
      ours: { seconds: ours, fullCloneSeconds: all },
      isomorphicGit: { seconds: isomorphicGit },
      roundTrips,
      ratio: ratios,
      raw: runs,
    },
    rows: [
      { name: 'ours', value: ours, unit: 's', atMost: args.rtt >= FAR ? AIM_FAR : AIM_NEAR },
      { name: '  all of it', value: all, unit: 's' },
      { name: 'isomorphicGit, all of it', value: isomorphicGit, unit: 's' },
      { name: 'roundTrips', value: roundTrips, atMost: AIM_ROUND_TRIPS },
      { name: 'ratio.vsFullClone', value: ratios.vsFullClone },
      { name: 'ratio.vsIsomorphicGitClone', value: ratios.vsIsomorphicGitClone },
    ],
  }
}

async function open(rig: Rig, link: string): Promise<Run> {
  const { firstFileSeconds, seconds } = await cloneByUs(rig, link)
  return { seconds: firstFileSeconds, fullCloneSeconds: seconds }
}
