import type { Page } from '@playwright/test'
import { excess, median, ratio } from '../harness/figures.ts'
import { interleave, succeeded } from '../harness/interleave.ts'
import { shareAnother, shareFrom } from '../rig/app.ts'
import { countsOf, installProbe } from '../rig/probe.ts'
import { newReceiver, openAtOnce } from '../rig/receivers.ts'
import type { Rig } from '../rig/rig.ts'
import { describeRun } from './describe-run.ts'
import type { Report, Scenario, ScenarioContext } from './scenario.ts'

/** Many who clone at once from one. */
export const swarm: Scenario = {
  name: 'swarm',
  what: '--tabs N clone at once from one holder, against a star in which nobody can help anybody',
  needsRepository: true,
  run,
}

const AIM_ORIGIN = 1.5
const AIM_STAR = 1
const AIM_DUPLICATES = 0.01

type Run = {
  seconds: number
  /** Payload bytes that the holder sent. */
  originBytes: number
  /** Payload bytes that all tabs received. */
  received: number
}

async function run({ args, rig, say }: ScenarioContext): Promise<Report> {
  const { repository } = rig
  const { packBytes } = repository
  const relay = await rig.relay()
  const origin = await rig.device()
  await installProbe(origin.page, { count: true })
  const first = await shareFrom(origin, relay.url, repository.bundle)
  // Each with a name of its own, which only one tab knows: to the tabs these are different repositories, and so a star.
  const alone: string[] = []
  for (let n = 0; n < args.tabs; n++) {
    alone.push(await rig.fromThere((await shareAnother(origin, relay.url, repository.bundle)).link))
    say(`  the holder shares it ${n + 2} times`)
  }
  const together = await rig.fromThere(first.link)
  const runs = await interleave<Run>(
    [
      { name: 'ours', run: () => cloneAtOnce(rig, args.tabs, [together], origin.page) },
      { name: 'star', run: () => cloneAtOnce(rig, args.tabs, alone, origin.page) },
    ],
    args.runs,
    (name, round, result) => say(describeRun(name, round, result)),
  )
  const middle = (name: string, key: keyof Run): number | null => median(succeeded(runs[name]).map((one) => one[key]))
  // What comes in a star comes once: the rest of what it weighs is the protocol's own.
  const duplicateRatio = excess(middle('ours', 'received'), middle('star', 'received'), args.tabs * packBytes)
  const seconds = middle('ours', 'seconds')
  const originBytes = middle('ours', 'originBytes')
  const ratios = {
    originBytes: ratio(originBytes, packBytes),
    vsStar: ratio(seconds, middle('star', 'seconds')),
    starOriginBytes: ratio(middle('star', 'originBytes'), packBytes),
  }
  return {
    figures: {
      tabs: args.tabs,
      seconds,
      originBytes,
      packBytes,
      star: { seconds: middle('star', 'seconds'), originBytes: middle('star', 'originBytes') },
      ratio: ratios,
      duplicateRatio,
      raw: runs,
    },
    rows: [
      { name: `${args.tabs} tabs`, value: seconds, unit: 's' },
      { name: 'star', value: middle('star', 'seconds'), unit: 's' },
      { name: 'packBytes', value: packBytes, unit: 'bytes' },
      { name: 'originBytes', value: originBytes, unit: 'bytes' },
      { name: 'ratio.originBytes', value: ratios.originBytes, atMost: AIM_ORIGIN },
      { name: 'ratio.starOriginBytes', value: ratios.starOriginBytes },
      { name: 'ratio.vsStar', value: ratios.vsStar, atMost: AIM_STAR },
      { name: 'duplicateRatio', value: duplicateRatio, atMost: AIM_DUPLICATES },
    ],
  }
}

async function cloneAtOnce(rig: Rig, tabs: number, links: string[], origin: Page): Promise<Run> {
  const receivers = []
  for (let n = 0; n < tabs; n++) receivers.push(await newReceiver(rig))
  try {
    const before = (await countsOf(origin)).channelSent
    const { seconds, received } = await openAtOnce(receivers, links)
    const originBytes = (await countsOf(origin)).channelSent - before
    ;(await rig.browser()).throwErrors()
    return { seconds, originBytes, received }
  } finally {
    for (const { person } of receivers) await person.context.close()
  }
}
