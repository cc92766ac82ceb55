import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { resolve } from 'node:path'
import { git } from '../playwright/fixtures/git.ts'
import { ArgumentError, type BenchArguments, parseArguments } from './arguments.ts'
import { type Figures, rounded, roundedAll } from './harness/figures.ts'
import { formatTable } from './harness/table.ts'
import { measureCeiling } from './proxy/ceiling.ts'
import type { BenchRepository } from './rig/repository.ts'
import { Rig } from './rig/rig.ts'
import { SCENARIOS } from './scenarios/index.ts'

const HELP = `npm run bench -- <scenario> --repo <path to any git repository> [options]

Drives the built app in a real browser beside its rivals, one after the other in the same run.

${SCENARIOS.map(({ name, what }) => `  ${name.padEnd(13)} ${what}`).join('\n')}

  --repo PATH      what is measured with: what its branches and tags reach
  --runs N         counted runs of each (5)
  --rtt MS         a round trip between the two sides (0)
  --loss PERCENT   of the datagrams, each way (0)
  --tabs N         for swarm and update (8)
  --seeders N      for sources (4)
  --peers N        for relay, announce and heal (30)
  --json FILE      writes all figures, and each run's, as JSON (bench/README.md)
  --profile DIR    one more run of ours with a profiler: where the time goes, and the trace
`

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof ArgumentError)) throw error
  console.error(`${error.message}\nnpm run bench -- --help says more.`)
  process.exitCode = 2
}

async function main(given: string[]): Promise<number> {
  const args = parseArguments(
    given,
    SCENARIOS.map(({ name }) => name),
  )
  if (args === null) {
    console.log(HELP)
    return 0
  }
  const scenario = SCENARIOS.find(({ name }) => name === args.scenario)
  if (scenario === undefined) throw new ArgumentError(`There is no scenario "${args.scenario}".`)
  const rig = new Rig(args)
  try {
    const repository = scenario.needsRepository ? rig.repository : null
    if (repository !== null) console.log(describe(repository))
    buildApp()
    const ceiling = await ceilingOf(rig)
    const { figures, rows } = await scenario.run({ args, rig, say: (line) => console.log(line) })
    const environment = await environmentOf(rig)
    console.log(`\n${scenario.name}: medians of ${args.runs} runs each\n${formatTable(rows)}`)
    if (args.json !== null) {
      const about = {
        scenario: scenario.name,
        ...settings(args),
        environment,
        repository: factsOf(repository),
        ceiling,
      }
      writeFileSync(resolve(args.json), `${JSON.stringify(roundedAll({ ...about, ...figures }), null, 2)}\n`)
    }
    return 0
  } finally {
    await rig.stop()
  }
}

/** What the proxy itself can carry, where one lies in between: figures near it are the proxy's. */
async function ceilingOf({ link }: Rig): Promise<Figures | null> {
  if (link === null) return null
  const { udp, tcp } = await measureCeiling(link)
  console.log(`the proxy carries at most ${rounded(udp)} MB/s of datagrams and ${rounded(tcp)} MB/s by TCP`)
  return { udpMBps: udp, tcpMBps: tcp }
}

/** What users run is measured: made from the sources as they are now. */
function buildApp(): void {
  const { status } = spawnSync(process.execPath, [resolve('scripts/build.js')], { stdio: 'inherit' })
  if (status !== 0) throw new Error('The app could not be built.')
}

function settings({ runs, rtt, loss }: BenchArguments): Figures {
  return { runs, rttMs: rtt, lossPercent: loss }
}

function factsOf(repository: BenchRepository | null): Figures | null {
  if (repository === null) return null
  const { path, packBytes, objects, inflatedBytes, deltas, deepest, refs } = repository
  return { path, packBytes, objects, inflatedBytes, deltas, deepest, refs }
}

async function environmentOf(rig: Rig): Promise<Figures> {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? '',
    chromium: (await rig.browser()).version,
    git: git('.', ['--version']).replace('git version ', ''),
    node: process.versions.node,
  }
}

function describe({ path, objects, packBytes, inflatedBytes, deltas, refs }: BenchRepository): string {
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
  return (
    `${path}: ${objects.toLocaleString('en')} objects (${deltas.toLocaleString('en')} deltas) of ${refs} refs, ` +
    `${mb(packBytes)} that inflate to ${mb(inflatedBytes)}`
  )
}
