import { median, ratio } from '../harness/figures.ts'
import { interleave, succeeded } from '../harness/interleave.ts'
import { indexByGit, indexInBrowser, indexMemory } from '../rig/rivals.ts'
import { describeRun } from './describe-run.ts'
import type { Report, Scenario, ScenarioContext } from './scenario.ts'

/** The indexer alone. */
export const indexPack: Scenario = {
  name: 'index',
  what: "our indexer alone in its worker, against isomorphic-git's indexPack and `git index-pack --strict --threads=1`",
  needsRepository: true,
  run,
}

async function run({ args, rig, say }: ScenarioContext): Promise<Report> {
  await rig.site()
  const runs = await interleave<{ seconds: number; cpuSeconds?: number }>(
    [
      { name: 'ours', run: () => indexInBrowser(rig, 'ours') },
      { name: 'isomorphicGit', run: () => indexInBrowser(rig, 'isomorphic'), mayFail: true },
      { name: 'git', run: () => indexByGit(rig) },
    ],
    args.runs,
    (name, round, result) => say(describeRun(name, round, result)),
  )
  // Looking at a process takes time of its own, so this run is not among those that are timed.
  const peakExtraMB = await indexMemory(rig)
  await rig.profile('index', () => indexInBrowser(rig, 'ours'))
  const secondsOf = (name: string) => median(succeeded(runs[name]).map(({ seconds }) => seconds))
  const ours = secondsOf('ours')
  const isomorphicGit = secondsOf('isomorphicGit')
  const git = secondsOf('git')
  const vsIsomorphicGit = ratio(ours, isomorphicGit)
  const vsGit = ratio(ours, git)
  return {
    figures: {
      ours: { seconds: ours },
      isomorphicGit: { seconds: isomorphicGit },
      git: { seconds: git },
      ratio: { vsIsomorphicGit, vsGit },
      peakExtraMB,
      raw: runs,
    },
    rows: [
      { name: 'ours', value: ours, unit: 's' },
      { name: 'isomorphicGit', value: isomorphicGit, unit: 's' },
      { name: 'git', value: git, unit: 's' },
      { name: 'ratio.vsIsomorphicGit', value: vsIsomorphicGit, atMost: 0.4 },
      { name: 'ratio.vsGit', value: vsGit, atMost: 2 },
      { name: 'peakExtraMB', value: peakExtraMB, unit: 'MB' },
    ],
  }
}
