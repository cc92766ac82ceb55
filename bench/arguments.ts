import { parseArgs } from 'node:util'

/** What `npm run bench` was asked to do. */
export interface BenchArguments {
  scenario: string
  /** Any git repository on disk, as typed. */
  repo: string | null
  /** Counted runs of every contender. */
  runs: number
  /** Round trip between the two sides in milliseconds; 0: nothing in between, unless `loss` asks for it. */
  rtt: number
  /** Percent of the datagrams that are lost, each way. */
  loss: number
  /** Tabs that clone or follow at once (`swarm`, `update`). */
  tabs: number
  /** Holders that one tab clones from (`sources`). */
  seeders: number
  /** Peers in one process beside the browser (`relay`, `announce`, `heal`). */
  peers: number
  /** Where the JSON goes. */
  json: string | null
  /** Where traces and the profile made of them go. */
  profile: string | null
}

/** Something in the command that cannot be meant. */
export class ArgumentError extends Error {
  static override readonly name = 'ArgumentError'
  override readonly name = 'ArgumentError'
}

const MAX_RUNS = 1000
const MAX_RTT = 10_000
/** More than half lost is no link. */
const MAX_LOSS = 50
/** Each is a renderer of its own; gossip and relay are made for more, a machine's memory may not be. */
const MAX_TABS = 64
/** Twice what a relay has reservations for. */
const MAX_PEERS = 4000

const OPTIONS = {
  repo: { type: 'string' },
  runs: { type: 'string', default: '5' },
  rtt: { type: 'string', default: '0' },
  loss: { type: 'string', default: '0' },
  tabs: { type: 'string', default: '8' },
  seeders: { type: 'string', default: '4' },
  peers: { type: 'string', default: '30' },
  json: { type: 'string' },
  profile: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** The arguments, or null where help was asked for. Throws `ArgumentError`. */
export function parseArguments(args: string[], scenarios: readonly string[]): BenchArguments | null {
  const { values, positionals } = parse(args)
  if (values.help) return null
  const [scenario, ...more] = positionals
  const known = `Scenarios: ${scenarios.join(', ')}.`
  if (scenario === undefined) throw new ArgumentError(`Name a scenario. ${known}`)
  if (!scenarios.includes(scenario)) throw new ArgumentError(`There is no scenario "${scenario}". ${known}`)
  if (more.length > 0) throw new ArgumentError(`One scenario at a time: "${more.join(' ')}" is too much.`)
  return {
    scenario,
    repo: values.repo ?? null,
    runs: integer('runs', values.runs, 1, MAX_RUNS),
    rtt: number('rtt', values.rtt, MAX_RTT, 'milliseconds'),
    loss: number('loss', values.loss, MAX_LOSS, 'percent'),
    tabs: integer('tabs', values.tabs, 1, MAX_TABS),
    seeders: integer('seeders', values.seeders, 2, MAX_TABS),
    peers: integer('peers', values.peers, 2, MAX_PEERS),
    json: values.json ?? null,
    profile: values.profile ?? null,
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true, strict: true })
  } catch (error) {
    // node:util's own messages name the option.
    throw new ArgumentError(error instanceof Error ? error.message : String(error))
  }
}

function integer(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
    throw new ArgumentError(`--${name} is a whole number from ${least} to ${most}, not "${text}".`)
  }
  return value
}

function number(name: string, text: string, most: number, unit: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0 || value > most) {
    throw new ArgumentError(`--${name} is a number of ${unit} from 0 to ${most}, not "${text}".`)
  }
  return value
}
