import type { LineRange } from '../../router/index.ts'

/** The lines that an anchor as other code hosts write it names: `L7`, `L7-L12`; null where it is no such anchor. */
export function linesOf(anchor: string): LineRange | null {
  const match = /^L(\d{1,9})(?:C\d+)?(?:-L?(\d{1,9})(?:C\d+)?)?$/.exec(anchor)
  if (match === null) return null
  const [a, b] = [Number(match[1]), Number(match[2] ?? match[1])]
  return Math.min(a, b) >= 1 ? { from: Math.min(a, b), to: Math.max(a, b) } : null
}
