import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatAgo,
  formatBytes,
  formatBytesOf,
  formatClock,
  formatCount,
  formatFingerprint,
  formatNames,
  formatOwner,
  formatSpeed,
} from './format.ts'

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1000, '1 KB'],
    [1840, '1.8 KB'],
    [18_400_000, '18 MB'],
    [999_499, '999 KB'],
    [999_500, '1 MB'],
    [2_500_000_000, '2.5 GB'],
    [NaN, '0 B'],
    [-5, '0 B'],
  ])('%d → %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it('never writes more than four digits below a petabyte', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 50), (bytes) => {
        expect(formatBytes(bytes)).toMatch(/^(\d{1,3}|\d\.\d) (B|KB|MB|GB|TB)$|^1\d{3} TB$/)
      }),
    )
  })

  it('puts what is done before the total, the unit once where it is the same', () => {
    expect(formatBytesOf(3e6, 18e6)).toBe('3 of 18 MB')
    expect(formatBytesOf(940e3, 18e6)).toBe('940 KB of 18 MB')
    expect(formatBytesOf(0, 18e6)).toBe('0 of 18 MB')
    expect(formatBytesOf(19e6, 18e6)).toBe('18 of 18 MB')
    expect(formatBytesOf(3e6, null)).toBe('3 MB')
    expect(formatSpeed(2.44e6)).toBe('2.4 MB/s')
  })
})

describe('times', () => {
  const now = new Date(2026, 10, 23, 14, 2).getTime()

  it('shows the day only where it is another one', () => {
    expect(formatClock(now, now)).toBe('14:02')
    expect(formatClock(now - 86_400_000, now)).toBe('22 Nov 2026 14:02')
  })

  it.each([
    [10_000, 'just now'],
    [-10_000, 'just now'],
    [50_000, '1 minute ago'],
    [5 * 60_000, '5 minutes ago'],
    [50 * 60_000, '1 hour ago'],
    [24 * 3_600_000, 'yesterday'],
    [40 * 86_400_000, 'last month'],
    [800 * 86_400_000, '2 years ago'],
    [-3 * 3_600_000, 'in 3 hours'],
  ])('%d ms → %s', (past, text) => expect(formatAgo(now - past, now)).toBe(text))
})

describe('words', () => {
  it('counts and lists', () => {
    expect(formatCount(1, 'device')).toBe('1 device')
    expect(formatCount(5000, 'commit')).toBe('5,000 commits')
    expect(formatCount(2, 'copy', 'copies')).toBe('2 copies')
    expect(formatNames(['Ana', 'Bo', 'Cleo'])).toBe('Ana, Bo and Cleo')
  })

  it('groups a key', () => {
    expect(formatFingerprint('AbCdEfGhIjKlMnOpQrStUvWxYz')).toBe('AbCd EfGh IjKl MnOp')
    expect(formatFingerprint('')).toBe('')
  })
})

it('says what is whose', () => {
  expect([formatOwner('Ana'), formatOwner('Thomas'), formatOwner('Ana and Bo')]).toEqual([
    "Ana's",
    "Thomas'",
    "Ana and Bo's",
  ])
})
