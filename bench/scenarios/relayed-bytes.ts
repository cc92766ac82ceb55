import { median } from '../harness/figures.ts'
import { shareFrom } from '../rig/app.ts'
import { countsOf, markOf } from '../rig/probe.ts'
import { newReceiver } from '../rig/receivers.ts'
import { describeRun } from './describe-run.ts'
import type { Report, Scenario, ScenarioContext } from './scenario.ts'

/** What the relay has to carry although the code goes from tab to tab. */
export const relayedBytes: Scenario = {
  name: 'relayed-bytes',
  what: 'bytes between a device and the relay while it clones directly from another one',
  needsRepository: true,
  run,
}

/** Milliseconds after the clone in which the link through the relay is closed, and gossip and the DHT come up. */
const AFTERWARDS = 3_000
const AIM_BYTES = 64 * 1024

type Run = {
  /** Payload of the device's WebSockets, both ways: all that the relay passed on for it, and all that it said itself. */
  socketBytes: number
  channelBytes: number
}

async function run({ args, rig, say }: ScenarioContext): Promise<Report> {
  const relay = await rig.relay()
  const { link } = await shareFrom(await rig.device(), relay.url, rig.repository.bundle)
  const there = await rig.fromThere(link)
  const runs: Run[] = []
  for (let n = 0; n < args.runs; n++) {
    const { person, page } = await newReceiver(rig)
    await page.goto(there)
    await markOf(page, 'durable')
    await page.waitForTimeout(AFTERWARDS)
    const { socketSent, socketReceived, channelSent, channelReceived } = await countsOf(page)
    runs.push({ socketBytes: socketSent + socketReceived, channelBytes: channelSent + channelReceived })
    await person.context.close()
    say(describeRun('ours', n, runs.at(-1) ?? {}))
  }
  ;(await rig.browser()).throwErrors()
  const bytes = median(runs.map(({ socketBytes }) => socketBytes))
  const direct = median(runs.map(({ channelBytes }) => channelBytes))
  return {
    figures: { bytes, directBytes: direct, raw: runs },
    rows: [
      { name: 'bytes', value: bytes, unit: 'bytes', atMost: AIM_BYTES },
      { name: 'directly', value: direct, unit: 'bytes' },
    ],
  }
}
