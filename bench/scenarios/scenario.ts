import type { BenchArguments } from '../arguments.ts'
import type { Figures } from '../harness/figures.ts'
import type { Row } from '../harness/table.ts'
import type { Rig } from '../rig/rig.ts'

/** What a scenario found: `figures` go into the JSON as they are, `rows` are printed. */
export interface Report {
  figures: Figures
  rows: Row[]
}

export interface Scenario {
  name: string
  /** One line for the help. */
  what: string
  /** False where the scenario makes what it needs itself. */
  needsRepository: boolean
  run(context: ScenarioContext): Promise<Report>
}

export interface ScenarioContext {
  args: BenchArguments
  rig: Rig
  /** Tells whoever waits how far it is. */
  say: (line: string) => void
}
