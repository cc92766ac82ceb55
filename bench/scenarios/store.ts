import { git } from '../../playwright/fixtures/git.ts'
import { median, ratio } from '../harness/figures.ts'
import { type Contender, interleave, succeeded } from '../harness/interleave.ts'
import type { Rig } from '../rig/rig.ts'
import { rivalPage } from '../rig/rivals.ts'
import { makeSmallObjects, writeLoose } from '../rig/small-objects.ts'
import { describeRun } from './describe-run.ts'
import type { Report, Scenario, ScenarioContext } from './scenario.ts'

const OBJECTS = 20_000

/** Many small objects, written and committed. */
export const store: Scenario = {
  name: 'store',
  what: `${OBJECTS.toLocaleString('en')} small objects stored durably, against lightning-fs files and one IndexedDB transaction`,
  needsRepository: false,
  run,
}

type Way = 'pack' | 'commit' | 'lightningFs' | 'raw'

async function run({ args, rig, say }: ScenarioContext): Promise<Report> {
  const made = rig.fresh('small')
  await makeSmallObjects(made, OBJECTS)
  rig.useRepository(made)
  const { bare } = rig.repository
  rig.serve('/loose', writeLoose(bare, rig.folder))
  const tip = git(bare, ['rev-parse', 'refs/heads/main'])
  const contenders: Array<Contender<{ seconds: number }>> = [
    { name: 'ours', run: () => storeIn(rig, 'pack', '/pack', tip) },
    { name: 'commit', run: () => storeIn(rig, 'commit', '/loose', tip) },
    { name: 'lightningFs', run: () => storeIn(rig, 'lightningFs', '/loose', tip), mayFail: true },
    { name: 'rawIndexedDb', run: () => storeIn(rig, 'raw', '/loose', tip) },
  ]
  const runs = await interleave(contenders, args.runs, (name, round, result) => say(describeRun(name, round, result)))
  await rig.profile('store', () => storeIn(rig, 'pack', '/pack', tip))
  const seconds = (name: string): number | null => median(succeeded(runs[name]).map((one) => one.seconds))
  const [ours, lightningFs, raw, commit] = ['ours', 'lightningFs', 'rawIndexedDb', 'commit'].map(seconds)
  const ratios = {
    vsLightningFs: ratio(ours, lightningFs),
    vsRaw: ratio(ours, raw),
    commitVsLightningFs: ratio(commit, lightningFs),
    commitVsRaw: ratio(commit, raw),
  }
  return {
    figures: {
      objects: rig.repository.objects,
      ours: { seconds: ours ?? null },
      commit: { seconds: commit ?? null },
      lightningFs: { seconds: lightningFs ?? null },
      rawIndexedDb: { seconds: raw ?? null },
      ratio: ratios,
      raw: runs,
    },
    rows: [
      { name: 'ours (as a pack)', value: ours ?? null, unit: 's' },
      { name: 'ours (as one commit made here)', value: commit ?? null, unit: 's' },
      { name: 'lightningFs', value: lightningFs ?? null, unit: 's' },
      { name: 'rawIndexedDb', value: raw ?? null, unit: 's' },
      { name: 'ratio.vsLightningFs', value: ratios.vsLightningFs, atMost: 0.01 },
      { name: 'ratio.vsRaw', value: ratios.vsRaw },
      { name: 'ratio.commitVsLightningFs', value: ratios.commitVsLightningFs },
    ],
  }
}

/** In a page that was never there, whose storage is on disk. */
async function storeIn(rig: Rig, way: Way, url: string, tip: string): Promise<{ seconds: number }> {
  const page = await rivalPage(rig)
  try {
    const seconds = await page.evaluate(
      async ([name, path, oid]) => await globalThis.benchPage.storing[name](path, oid),
      [way, url, tip] as const,
    )
    return { seconds }
  } finally {
    await page.close()
  }
}
