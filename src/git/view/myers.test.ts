import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changes, type Changes } from './myers.ts'

const sequence = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 60 })

function kept(values: readonly number[], flags: Uint8Array): number[] {
  return values.filter((_, i) => flags[i] === 0)
}

function cost({ removed, added }: Changes): number {
  return removed.reduce((sum, flag) => sum + flag, 0) + added.reduce((sum, flag) => sum + flag, 0)
}

/** The length of the shortest edit script, by the table that needs no cleverness. */
function shortest(a: readonly number[], b: readonly number[]): number {
  let row = Array.from({ length: b.length + 1 }, () => 0)
  for (const value of a) {
    const next = [0]
    b.forEach((other, j) => next.push(value === other ? (row[j] ?? 0) + 1 : Math.max(row[j + 1] ?? 0, next[j] ?? 0)))
    row = next
  }
  return a.length + b.length - 2 * (row[b.length] ?? 0)
}

describe('changes', () => {
  it('keeps the same elements on both sides, by a shortest script', () => {
    fc.assert(
      fc.property(sequence, sequence, (a, b) => {
        const result = changes(Int32Array.from(a), Int32Array.from(b))
        expect(kept(a, result.removed)).toEqual(kept(b, result.added))
        expect(cost(result)).toBe(shortest(a, b))
      }),
      { numRuns: 2000 },
    )
  })

  it('stays right when the effort is used up', () => {
    fc.assert(
      fc.property(sequence, sequence, fc.integer({ min: 1, max: 3 }), (a, b, effort) => {
        const result = changes(Int32Array.from(a), Int32Array.from(b), effort)
        expect(kept(a, result.removed)).toEqual(kept(b, result.added))
      }),
      { numRuns: 2000 },
    )
  })

  it('is bounded where two long files share all lines in no common order', () => {
    const a = Int32Array.from({ length: 20_000 }, (_, i) => i)
    const b = Int32Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 20_000)
    const start = performance.now()
    const result = changes(a, b)
    expect(performance.now() - start).toBeLessThan(5000)
    expect(kept([...a], result.removed)).toEqual(kept([...b], result.added))
  })
})
