/** One thing to be measured, again and again: a way to clone, a program, the app itself. */
export interface Contender<T> {
  name: string
  run(round: number): Promise<T>
  /** A rival that cannot do it is noted and the others go on; without this an error ends everything. */
  mayFail?: boolean
}

/** What one contender gave, a run each. */
export type Runs<T> = Array<T | { failed: string }>

/**
 * Runs every contender once a round, so that what the machine does meanwhile meets all of them alike; each round begins
 * with another one. Calls `onRun` after each.
 */
export async function interleave<T extends object>(
  contenders: ReadonlyArray<Contender<T>>,
  rounds: number,
  onRun: (name: string, round: number, result: T | { failed: string }) => void = () => undefined,
): Promise<Record<string, Runs<T>>> {
  const runs: Record<string, Runs<T>> = Object.fromEntries(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (let n = 0; n < contenders.length; n++) {
      const contender = contenders[(round + n) % contenders.length] as Contender<T>
      const result = await attempt(contender, round)
      runs[contender.name]?.push(result)
      onRun(contender.name, round, result)
    }
  }
  return runs
}

async function attempt<T>(contender: Contender<T>, round: number): Promise<T | { failed: string }> {
  try {
    return await contender.run(round)
  } catch (error) {
    if (contender.mayFail !== true) throw error
    return { failed: error instanceof Error ? error.message : String(error) }
  }
}

/** The runs that did not fail. */
export function succeeded<T extends object>(runs: Runs<T> | undefined): T[] {
  return (runs ?? []).filter((run): run is T => !('failed' in run))
}
