import { excess, median, ratio } from '../harness/figures.ts'
import { interleave, succeeded } from '../harness/interleave.ts'
import { shareAnother, shareFrom } from '../rig/app.ts'
import { probeFor } from '../rig/open-link.ts'
import { installProbe, markOf, throttle } from '../rig/probe.ts'
import { newReceiver, openAtOnce } from '../rig/receivers.ts'
import type { Rig } from '../rig/rig.ts'
import { describeRun } from './describe-run.ts'
import type { Report, Scenario, ScenarioContext } from './scenario.ts'

/** One who clones from many. */
export const sources: Scenario = {
  name: 'sources',
  what: 'one tab clones from --seeders N holders with slow uplinks, against one such holder',
  needsRepository: true,
  run,
}

/** How long one holder takes for the pack: long beside all that is not transfer. */
const SECONDS_FROM_ONE = 24
/** Bytes a second: below it the protocol's own messages would matter. */
const LEAST_RATE = 128 * 1024
const AIM_DUPLICATES = 0.01

type Run = {
  seconds: number
  received: number
}

async function run({ args, rig, say }: ScenarioContext): Promise<Report> {
  const { repository } = rig
  const { packBytes } = repository
  const uploadRate = Math.max(LEAST_RATE, Math.ceil(packBytes / SECONDS_FROM_ONE))
  const relay = await rig.relay()
  const first = await rig.device()
  await installProbe(first.page, { uploadRate })
  const alone = (await shareFrom(first, relay.url, repository.bundle)).link
  // Under another name it is another repository: the same bytes, which everybody has.
  const shared = (await shareAnother(first, relay.url, repository.bundle)).link
  const pages = [first.page]
  for (let n = 1; n < args.seeders; n++) {
    const { page } = await rig.device()
    await installProbe(page, await probeFor(rig, { uploadRate }))
    await page.goto(shared)
    await markOf(page, 'durable')
    pages.push(page)
    say(`  ${n + 1} devices have it`)
  }
  for (const page of pages) await throttle(page)
  say(`  each sends at most ${Math.round(uploadRate / 1000)} kB a second`)
  const from = async (link: string): Promise<Run> => await cloneFrom(rig, await rig.fromThere(link))
  const runs = await interleave<Run>(
    [
      { name: 'ours', run: () => from(shared) },
      { name: 'one', run: () => from(alone) },
    ],
    args.runs,
    (name, round, result) => say(describeRun(name, round, result)),
  )
  const middle = (name: string, key: keyof Run): number | null => median(succeeded(runs[name]).map((one) => one[key]))
  const [many, one] = [middle('ours', 'seconds'), middle('one', 'seconds')]
  const speedup = ratio(one, many)
  // From one holder everything comes once.
  const duplicateRatio = excess(middle('ours', 'received'), middle('one', 'received'), packBytes)
  return {
    figures: {
      seeders: args.seeders,
      uploadRate,
      packBytes,
      ours: { seconds: many },
      oneSeeder: { seconds: one },
      ratio: { speedup },
      duplicateRatio,
      raw: runs,
    },
    rows: [
      { name: `from ${args.seeders}`, value: many, unit: 's' },
      { name: 'from one', value: one, unit: 's' },
      { name: 'ratio.speedup', value: speedup, atLeast: (3 * args.seeders) / 4 },
      { name: 'duplicateRatio', value: duplicateRatio, atMost: AIM_DUPLICATES },
    ],
  }
}

async function cloneFrom(rig: Rig, link: string): Promise<Run> {
  const receiver = await newReceiver(rig)
  try {
    const run = await openAtOnce([receiver], [link])
    ;(await rig.browser()).throwErrors()
    return run
  } finally {
    await receiver.person.context.close()
  }
}
