import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Bitfield } from './bitfield.ts'
import { simulateCrowd, type CrowdOptions } from './crowd-simulation.ts'
import { AHEAD, Offers } from './offers.ts'

const CASES = process.env.GUTS_LONG === '1' ? 2000 : 30

function bits(field: Bitfield | null | undefined): number[] | null | undefined {
  if (field == null) return field
  return Array.from({ length: field.length }, (_, n) => n).filter((n) => field.has(n))
}

const none = (): Bitfield => new Bitfield(100)

describe('a holder of the whole', () => {
  test('offers everything to one alone, and to several what no other is offered', () => {
    const offers = new Offers(100)
    offers.has('a', none(), 0)
    expect(offers.changes(0)).toEqual(new Map([['a', null]]))
    offers.asked('a', [0, 1, 2, 3, 4], 10)
    offers.has('b', none(), 0)
    offers.has('c', none(), 0)
    const changes = offers.changes(20)
    expect(bits(changes.get('a'))).toEqual([0, 1, 2, 3, 4])
    expect(bits(changes.get('b'))).toEqual([5, 7, 9, 11])
    expect(bits(changes.get('c'))).toEqual([6, 8, 10, 12])
  })

  test('offers more as what it offered is sent, some at a time', () => {
    const offers = new Offers(100)
    for (const name of ['a', 'b']) offers.has(name, none(), 0)
    offers.changes(0)
    offers.asked('a', [0, 2, 4, 6], 10)
    offers.sent('a', 0, 20)
    expect(bits(offers.changes(20).get('a'))).toEqual([2, 4, 6, 8, 9, 10, 11, 12])
    for (const chunk of [2, 4, 6]) {
      offers.sent('a', chunk, 30)
      expect(offers.changes(30).size).toBe(0)
    }
    offers.sent('a', 8, 40)
    expect(bits(offers.changes(40).get('a'))).toHaveLength(AHEAD)
  })

  test('offers to others what one left lying, and what one took along', () => {
    const offers = new Offers(8)
    for (const name of ['a', 'b', 'c']) offers.has(name, new Bitfield(8), 0)
    expect(bits(offers.changes(0).get('a'))).toEqual([0, 3, 6])
    offers.asked('b', [1, 4, 7], 0)
    offers.leave('a')
    expect(bits(offers.changes(10).get('c'))).toEqual([0, 2, 3, 5])
    // Nobody asks for them: then the one that is left is alone.
    offers.asked('b', [1, 4, 7], 2000)
    const changes = offers.changes(2010)
    expect([changes.get('b'), bits(changes.get('c'))]).toEqual([null, null])
  })

  test('offers its share only where a copy went out a minute ago and others have it by now, while they are being found', () => {
    const offers = new Offers(12)
    const fetch = (name: string, chunks: number[], now: number): void => {
      offers.asked(name, chunks, now)
      for (const chunk of chunks) offers.sent(name, chunk, now)
    }
    const all = Array.from({ length: 12 }, (_, n) => n)
    offers.has('a', new Bitfield(12), 0)
    fetch('a', all, 0)
    offers.has('a', Bitfield.full(12), 0)
    const place = { index: 1, of: 3 }
    offers.has('b', new Bitfield(12), 0)
    expect(bits(offers.changes(10, place).get('b'))).toEqual([1, 4, 7, 10])
    fetch('b', [1, 4, 7, 10], 2000)
    // It takes from all of them by then: one that sends nothing any more would only make it wait.
    expect(offers.changes(3000, place).size).toBe(0)
    expect(offers.changes(3010, place)).toEqual(new Map([['b', null]]))
    offers.leave('b')
    offers.has('c', new Bitfield(12), 0)
    expect(bits(offers.changes(3020, place).get('c'))).toEqual([1, 4, 7, 10])
    // Where there are no others, or that was long ago, it is as ever.
    expect(bits(offers.changes(3030).get('c'))).toBeNull()
    expect(bits(offers.changes(3040, place).get('c'))).toEqual([1, 4, 7, 10])
    offers.has('c', new Bitfield(12), 0)
    expect(bits(offers.changes(63_000, place).get('c'))).toBeNull()
  })

  test('forgets who has all', () => {
    const offers = new Offers(100)
    for (const name of ['a', 'b']) offers.has(name, none(), 0)
    offers.changes(0)
    offers.has('a', Bitfield.full(100), 0)
    expect(offers.size).toBe(1)
    expect(offers.changes(10)).toEqual(new Map([['b', null]]))
  })
})

describe('a simulated crowd', () => {
  const crowd: CrowdOptions = {
    chunks: 100,
    joins: Array.from({ length: 8 }, () => 0),
    uplink: 2000,
    meshAfter: 0,
    offers: true,
  }

  test('of eight who come at once costs the origin about one copy, in a fraction of the time of a star', () => {
    const together = simulateCrowd(crowd)
    const star = simulateCrowd({ ...crowd, meshAfter: Infinity, offers: false })
    expect(together.complete).toBe(true)
    expect(together.originChunks).toBeLessThanOrEqual(1.1 * crowd.chunks)
    expect(star.originChunks).toBe(8 * crowd.chunks)
    expect(together.took).toBeLessThan(star.took / 3)
  })

  test('of eight who find each other late, or come one after the other, costs it at most half a copy more', () => {
    for (const options of [
      { ...crowd, meshAfter: 2000 },
      { ...crowd, joins: crowd.joins.map((_, n) => 300 * n), meshAfter: 1000 },
      { ...crowd, chunks: 40, meshAfter: 1500 },
    ]) {
      const { complete, originChunks } = simulateCrowd(options)
      expect(complete).toBe(true)
      expect(originChunks).toBeLessThanOrEqual(1.5 * options.chunks)
    }
  })

  test('where every chunk takes seconds costs it little more: nobody is given up for what all are', () => {
    const joins = crowd.joins.map((_, n) => 300 * n)
    for (const uplink of [500, 200]) {
      const { complete, originChunks } = simulateCrowd({ ...crowd, chunks: 40, joins, uplink })
      expect(complete).toBe(true)
      expect(originChunks).toBeLessThanOrEqual(1.25 * 40)
    }
  })

  test('of one, where four have all, takes from each of them alike, whatever they sent a moment ago', () => {
    const one = simulateCrowd({ ...crowd, joins: [0] })
    const four = simulateCrowd({ ...crowd, joins: [0], holders: 4, sentBefore: 2 * crowd.chunks })
    expect(four.complete).toBe(true)
    expect(four.took).toBeLessThan(one.took / 3)
    for (const sent of four.sent) expect(sent).toBeLessThanOrEqual(0.3 * crowd.chunks)
  })

  test('that never find each other is served as a star, in little more time', () => {
    const apart = simulateCrowd({ ...crowd, meshAfter: Infinity })
    const star = simulateCrowd({ ...crowd, meshAfter: Infinity, offers: false })
    expect(apart.complete).toBe(true)
    expect(apart.took).toBeLessThan(1.25 * star.took)
  })

  test('completes whoever comes and leaves', { timeout: 1_200_000 }, () => {
    const time = fc.integer({ min: 0, max: 10_000 })
    const property = fc.property(
      fc.integer({ min: 1, max: 80 }),
      fc.array(time, { minLength: 1, maxLength: 6 }),
      fc.dictionary(fc.constantFrom('0', '1', '2'), time, { maxKeys: 2 }),
      fc.constantFrom(0, 500, 3000, Infinity),
      (chunks, joins, leaves, meshAfter) => {
        const result = simulateCrowd({ ...crowd, chunks, joins, leaves, meshAfter })
        expect(result.complete).toBe(true)
        expect(result.originChunks).toBeLessThanOrEqual(joins.length * chunks)
      },
    )
    fc.assert(property, { numRuns: CASES })
  })
})
