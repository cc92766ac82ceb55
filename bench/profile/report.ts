import { areaOf } from './areas.ts'
import type { ThreadSamples } from './samples.ts'
import type { Sources } from './sources.ts'

/** Threads that did less than this share of the busiest one's work say nothing. */
const LEAST_SHARE = 0.03
const FUNCTIONS = 14

/** Where the time went, as text: for each thread its areas and the functions that took longest by themselves. */
export function profileReport(
  threads: readonly ThreadSamples[],
  sources: Sources,
  processName: (pid: number) => string,
): string {
  // The browser's own pages are not what is looked at.
  const seen = threads.filter(({ self }) => !self.some(({ frame }) => frame.url.startsWith('chrome')))
  const most = seen[0]?.busy ?? 0
  return seen
    .filter(({ busy }) => busy >= most * LEAST_SHARE)
    .map(
      (thread) =>
        `${processName(thread.process)}, ${thread.name}: ${thread.busy.toFixed(2)} s\n${partsOf(thread, sources)}`,
    )
    .join('\n\n')
}

function partsOf(thread: ThreadSamples, sources: Sources): string {
  const areas = new Map<string, number>()
  const functions = new Map<string, number>()
  for (const { frame, seconds } of thread.self) {
    const source = sources.of(frame)
    const area = areaOf(source)
    areas.set(area, (areas.get(area) ?? 0) + seconds)
    const name = source.file === '' ? source.name : `${source.name} (${source.file})`
    functions.set(name, (functions.get(name) ?? 0) + seconds)
  }
  const line = ([name, seconds]: [string, number]): string =>
    `  ${seconds.toFixed(3).padStart(8)} s ${((100 * seconds) / thread.busy).toFixed(1).padStart(5)} %  ${name}`
  const sorted = (map: Map<string, number>): Array<[string, number]> => [...map].sort((a, b) => b[1] - a[1])
  return [...sorted(areas).map(line), '  by function:', ...sorted(functions).slice(0, FUNCTIONS).map(line)].join('\n')
}
