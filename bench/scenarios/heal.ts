import { median } from '../harness/figures.ts'
import { PeersProcess } from '../rig/peers-process.ts'
import { relayAddress } from '../rig/relay-address.ts'
import { RelayProcess } from '../../playwright/support/relay-process.ts'
import { describeRun } from './describe-run.ts'
import type { Report, Scenario, ScenarioContext } from './scenario.ts'

/** A relay that dies and comes back. */
export const heal: Scenario = {
  name: 'heal',
  what: 'the relay killed and started again: until each of --peers N is reachable once more',
  needsRepository: false,
  run,
}

/** Milliseconds for which there is no relay: long enough for everybody to have tried in vain more than once. */
const AWAY = 8_000
const AIM_SECONDS = 15

type Run = {
  /** From the relay's first answer to the last peer's new reservation. */
  seconds: number
  /** From the kill until all knew. */
  noticedSeconds: number
}

async function run({ args, rig, say }: ScenarioContext): Promise<Report> {
  const relay = await RelayProcess.start()
  const peers = await PeersProcess.start(rig.fresh('heal-peers'))
  try {
    const { joined } = await peers.tell({ kind: 'join', count: args.peers, relay: await relayAddress(relay) })
    if (joined < args.peers) throw new Error(`Only ${joined} of ${args.peers} peers joined.`)
    say(`  ${joined} peers are reachable`)
    const runs: Run[] = []
    for (let n = 0; n < args.runs; n++) {
      const killed = now()
      await relay.kill()
      const lost = await peers.tell({ kind: 'lost' })
      await new Promise((done) => setTimeout(done, AWAY))
      await relay.restart()
      const back = now()
      const healed = await peers.tell({ kind: 'healed' })
      runs.push({ seconds: (healed.at - back) / 1000, noticedSeconds: (lost.at - killed) / 1000 })
      say(describeRun('ours', n, runs.at(-1) ?? {}))
    }
    const seconds = median(runs.map((one) => one.seconds))
    const noticedSeconds = median(runs.map((one) => one.noticedSeconds))
    return {
      figures: { peers: args.peers, seconds, noticedSeconds, raw: runs },
      rows: [
        { name: 'until all are reachable', value: seconds, unit: 's', atMost: AIM_SECONDS },
        { name: 'until all had noticed', value: noticedSeconds, unit: 's' },
      ],
    }
  } finally {
    await peers.stop()
    await relay.dispose()
  }
}

function now(): number {
  return performance.timeOrigin + performance.now()
}
