import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { BenchBrowser } from '../rig/browser.ts'
import { profileReport } from './report.ts'
import { samplesOf, type TraceEvent } from './samples.ts'
import { Sources } from './sources.ts'

export interface ProfileOptions {
  browser: BenchBrowser
  /** Where the trace and the report go. */
  folder: string
  /** Folders of built scripts, by the port that serves them. */
  scripts: ReadonlyMap<number, string>
  /** What to call the processes that are known beforehand. */
  processes: ReadonlyMap<number, string>
}

/** Runs `work` with a profiler in every thread of the browser; the report, which is written beside the trace, too. */
export async function profile(name: string, work: () => Promise<unknown>, options: ProfileOptions): Promise<string> {
  const folder = resolve(options.folder)
  mkdirSync(folder, { recursive: true })
  const trace = join(folder, `${name}.trace.json`)
  await options.browser.trace(trace, work)
  const { traceEvents } = JSON.parse(readFileSync(trace, 'utf8')) as { traceEvents: TraceEvent[] }
  const report = profileReport(
    samplesOf(traceEvents),
    new Sources(options.scripts),
    (pid) => options.processes.get(pid) ?? `process ${pid}`,
  )
  writeFileSync(join(folder, `${name}.profile.txt`), `${report}\n`)
  return report
}
