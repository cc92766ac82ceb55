import { noDifference } from '../../playwright/fixtures/oracle.ts'
import { median, ratio } from '../harness/figures.ts'
import { interleave, succeeded } from '../harness/interleave.ts'
import { judge, shareFrom } from '../rig/app.ts'
import { probeFor } from '../rig/open-link.ts'
import { countsOf, installProbe, markOf, reloadedOf } from '../rig/probe.ts'
import type { Rig } from '../rig/rig.ts'
import { describeRun } from './describe-run.ts'
import type { Report, Scenario, ScenarioContext } from './scenario.ts'

/** Part of the pack that came before the tab is reloaded. */
const RELOAD_AT = 0.9

/** A clone that is interrupted near its end. */
export const resume: Scenario = {
  name: 'resume',
  what: 'the receiving tab is reloaded when 90 % of the bytes are there: what is fetched once more',
  needsRepository: true,
  run,
}

type Run = {
  refetchedBytes: number
  secondsAfter: number
}

async function run({ args, rig, say }: ScenarioContext): Promise<Report> {
  const { repository } = rig
  const relay = await rig.relay()
  const { link } = await shareFrom(await rig.device(), relay.url, repository.bundle)
  const there = await rig.fromThere(link)
  const runs = await interleave<Run>(
    [{ name: 'ours', run: (round) => interrupted(rig, there, round === args.runs - 1) }],
    args.runs,
    (name, round, result) => say(describeRun(name, round, result)),
  )
  const refetched = median(succeeded(runs['ours']).map(({ refetchedBytes }) => refetchedBytes))
  const secondsAfter = median(succeeded(runs['ours']).map((one) => one.secondsAfter))
  const share = ratio(refetched, repository.packBytes)
  return {
    figures: {
      reloadAt: RELOAD_AT,
      packBytes: repository.packBytes,
      refetchedBytes: refetched,
      secondsAfterReload: secondsAfter,
      ratio: { refetchedBytes: share },
      raw: runs,
    },
    rows: [
      { name: 'pack', value: repository.packBytes, unit: 'bytes' },
      { name: 'refetched', value: refetched, unit: 'bytes' },
      { name: 'from the reload to durable', value: secondsAfter, unit: 's' },
      { name: 'ratio.refetchedBytes', value: share, atMost: 0.11 },
    ],
  }
}

async function interrupted(rig: Rig, link: string, judged: boolean): Promise<Run> {
  const { packBytes, bare } = rig.repository
  const browser = await rig.browser()
  const page = await browser.visitor(new URL(link).origin)
  try {
    await rig.detour(page)
    await installProbe(page, await probeFor(rig, { count: true, reloadAt: Math.floor(packBytes * RELOAD_AT) }))
    await page.goto(link)
    const durable = await markOf(page, 'durable')
    const reloaded = await reloadedOf(page)
    if (reloaded === null) throw new Error('All of it was there before the page could be reloaded.')
    const { channelReceived } = await countsOf(page)
    if (judged) await mustBeWhole(page, bare)
    browser.throwErrors()
    return { refetchedBytes: channelReceived, secondsAfter: (durable - reloaded) / 1000 }
  } finally {
    await page.close()
  }
}

async function mustBeWhole(page: Parameters<typeof judge>[0], bare: string): Promise<void> {
  const verdict = await judge(page, bare)
  if (JSON.stringify(verdict) !== JSON.stringify(noDifference)) {
    throw new Error(`The clone is not what was shared: ${JSON.stringify(verdict).slice(0, 500)}`)
  }
}
