import { describe, expect, it } from 'vitest'
import { excess, median, percentile, ratio, rounded, roundedAll } from './figures.ts'

describe('figures', () => {
  it('have the middle as median, whatever their order', () => {
    expect(median([])).toBeNull()
    expect(median([3])).toBe(3)
    expect(median([9, 1, 5])).toBe(5)
    expect(median([10, 1, 2, 3])).toBe(2.5)
  })

  it('leave the values given as they are', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })

  it('have percentiles between neighbours', () => {
    const values = Array.from({ length: 101 }, (_, n) => n)
    expect(percentile(values, 95)).toBe(95)
    expect(percentile([0, 10], 95)).toBe(9.5)
    expect(percentile([7], 95)).toBe(7)
    expect(percentile([], 95)).toBeNull()
  })

  it('have no ratio where one of two is missing, or nothing', () => {
    expect(ratio(1, 4)).toBe(0.25)
    expect(ratio(0, 4)).toBe(0)
    expect(ratio(null, 4)).toBeNull()
    expect(ratio(1, undefined)).toBeNull()
    expect(ratio(1, 0)).toBeNull()
  })

  it('are above one another by a part of a third', () => {
    expect(excess(110, 100, 200)).toBe(0.05)
    expect(excess(90, 100, 200)).toBe(-0.05)
    expect(excess(null, 100, 200)).toBeNull()
    expect(excess(100, null, 200)).toBeNull()
    expect(excess(110, 100, 0)).toBeNull()
  })

  it('are rounded everywhere, whole numbers not', () => {
    expect(rounded(1234.56)).toBe(1235)
    expect(rounded(0.00123456)).toBe(0.001235)
    expect(roundedAll({ bytes: 123456789, raw: { runs: [1.23456, null, 'x', { a: 2.34567 }] }, ok: true })).toEqual({
      bytes: 123456789,
      raw: { runs: [1.235, null, 'x', { a: 2.346 }] },
      ok: true,
    })
  })
})
