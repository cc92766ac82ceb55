import { rounded } from '../harness/figures.ts'

/** One run in a line: who, which round, and what came of it. */
export function describeRun(name: string, round: number, result: object): string {
  const parts = Object.entries(result).flatMap(([key, value]) => {
    if (typeof value === 'number') return [`${key} ${rounded(value)}`]
    return typeof value === 'string' ? [`${key}: ${value}`] : []
  })
  return `  ${round + 1}. ${name}: ${parts.join(', ')}`
}
