import { existsSync, readFileSync } from 'node:fs'

/** Clock ticks a second of `/proc` (`getconf CLK_TCK`): 100 on every Linux that Node runs on. */
const TICKS = 100

/** What a process has used so far. Null where the system does not tell (it is Linux that does). */
export function usageOf(pid: number): { rssMB: number; cpuSeconds: number } | null {
  const folder = `/proc/${pid}`
  if (!existsSync(folder)) return null
  const kilobytes = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`${folder}/status`, 'utf8'))?.[1])
  const stat = readFileSync(`${folder}/stat`, 'utf8')
  // The name, in parentheses, may hold anything; user and system time are the 12th and 13th fields after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS
  return { rssMB: (kilobytes * 1024) / 1e6, cpuSeconds }
}
