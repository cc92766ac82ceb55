import { median, percentile, ratio } from '../harness/figures.ts'
import { interleave, succeeded } from '../harness/interleave.ts'
import { shareFrom } from '../rig/app.ts'
import { newReceiver } from '../rig/receivers.ts'
import { markOf } from '../rig/probe.ts'
import { RawRival } from '../rig/raw.ts'
import { describeRun } from './describe-run.ts'
import type { Report, Scenario, ScenarioContext } from './scenario.ts'

/** From two who know each other's name to a direct link. */
export const connect: Scenario = {
  name: 'connect',
  what: 'from the relay reached to a direct link with a holder, against a bare pair of RTCPeerConnections',
  needsRepository: true,
  run,
}

const AIM_VS_RAW = 3

type Run = { milliseconds: number }

async function run({ args, rig, say }: ScenarioContext): Promise<Report> {
  const relay = await rig.relay()
  const { link } = await shareFrom(await rig.device(), relay.url, rig.repository.bundle)
  const there = await rig.fromThere(link)
  const raw = await RawRival.start(rig)
  const runs = await interleave<Run>(
    [
      {
        name: 'ours',
        run: async () => {
          const { person, page } = await newReceiver(rig)
          try {
            await page.goto(there)
            const open = await markOf(page, 'channelOpen')
            return { milliseconds: open - (await markOf(page, 'socketOpen')) }
          } finally {
            await person.context.close()
          }
        },
      },
      { name: 'raw', run: async () => ({ milliseconds: await raw.dial() }) },
    ],
    args.runs,
    (name, round, result) => say(describeRun(name, round, result)),
  )
  const times = (name: string): number[] => succeeded(runs[name]).map(({ milliseconds }) => milliseconds)
  const [ours, bare] = [times('ours'), times('raw')]
  const p95Ms = percentile(ours, 95)
  const vsRaw = ratio(p95Ms, percentile(bare, 95))
  return {
    figures: {
      p50Ms: median(ours),
      p95Ms,
      rawConnection: { p50Ms: median(bare), p95Ms: percentile(bare, 95) },
      ratio: { vsRaw },
      raw: runs,
    },
    rows: [
      { name: 'p50Ms', value: median(ours), unit: 'ms' },
      { name: 'p95Ms', value: p95Ms, unit: 'ms' },
      { name: 'rawConnection.p50Ms', value: median(bare), unit: 'ms' },
      { name: 'rawConnection.p95Ms', value: percentile(bare, 95), unit: 'ms' },
      { name: 'ratio.vsRaw', value: vsRaw, atMost: AIM_VS_RAW },
    ],
  }
}
