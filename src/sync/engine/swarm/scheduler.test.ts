import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CHUNK_BYTES } from '../../wire/limits.ts'
import { Bitfield } from './bitfield.ts'
import { ChunkScheduler, MAX_BUSY_SOURCES, MAX_OUTSTANDING, SILENCE, WINDOW } from './scheduler.ts'
import { simulate, type SimulatedSource } from './simulation.ts'

/** The long run takes minutes. */
const CASES = process.env.GUTS_LONG === '1' ? 20_000 : 300

const all = (): boolean => true
const good: SimulatedSource = { rate: 1000, latency: 20, has: all }

describe('a simulated transfer', () => {
  test('from four is at least three times as fast as from one, whatever the rate', () => {
    for (const rate of [50, 1000, 5000]) {
      const one = simulate(400, [{ ...good, rate }])
      const four = simulate(
        400,
        Array.from({ length: 4 }, () => ({ ...good, rate })),
      )
      expect([one.complete, four.complete]).toEqual([true, true])
      expect(one.took / four.took).toBeGreaterThan(3)
      expect(four.doubled).toBeLessThanOrEqual(0.01 * 400 * CHUNK_BYTES)
      for (const bytes of four.received) expect(bytes).toBeGreaterThan(70 * CHUNK_BYTES)
    }
  })

  test('loses little time to one that is slow, and none of its bytes', () => {
    const fast = simulate(200, [good])
    const both = simulate(200, [good, { ...good, rate: 20 }])
    expect(both.took).toBeLessThan(1.1 * fast.took)
    expect(both.doubled).toBe(0)
  })

  test('ends though one sends a byte a second, and another stops at 99 %', () => {
    const alone = simulate(100, [good])
    const creeping = simulate(100, [good, { ...good, rate: 0.001 }])
    const stopping = simulate(100, [good, { ...good, silentFrom: 0.99 * (alone.took / 2) }])
    for (const { complete, took, violations } of [creeping, stopping]) {
      expect({ complete, violations }).toEqual({ complete: true, violations: [] })
      expect(took).toBeLessThan(alone.took + SILENCE + 2000)
    }
    expect(creeping.excluded).toEqual([false, true])
  })

  test('asks a liar once, and one that sends a damaged chunk never again', () => {
    const result = simulate(100, [good, { ...good, refuses: true }, { ...good, spoils: (chunk) => chunk % 10 === 3 }])
    expect(result).toMatchObject({ complete: true, violations: [], excluded: [false, true, true] })
  })

  test('takes from those that get it themselves meanwhile', () => {
    const partial: SimulatedSource = { ...good, rate: 4000, has: (chunk) => chunk < 10, grows: 60 }
    const origin: SimulatedSource = { ...good, rate: 500 }
    const result = simulate(200, [origin, partial, partial, partial])
    expect(result).toMatchObject({ complete: true, violations: [] })
    expect(result.took).toBeLessThan(simulate(200, [origin]).took / 3)
  })

  test('completes as long as one honest source stays, with at most 1 % twice', { timeout: 1_200_000 }, () => {
    const source = fc.record({
      rate: fc.constantFrom(0.001, 5, 50, 500, 5000),
      latency: fc.integer({ min: 0, max: 200 }),
      share: fc.constantFrom(1, 2, 3),
      phase: fc.nat({ max: 2 }),
      grows: fc.constantFrom(0, 0, 30, 100),
      leavesAt: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
      silentFrom: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
      spoils: fc.option(fc.nat({ max: 40 }), { nil: undefined }),
      refuses: fc.constantFrom(false, false, false, true),
    })
    const property = fc.property(
      fc.integer({ min: 1, max: 260 }),
      fc.constantFrom(100, 1000, 8000),
      fc.array(source, { maxLength: 7 }),
      (chunks, rate, others) => {
        const sources: SimulatedSource[] = others.map(({ share, phase, spoils, ...rest }) => ({
          ...rest,
          has: (chunk) => chunk % share === phase % share,
          spoils: spoils === undefined ? undefined : (chunk) => chunk === spoils,
        }))
        const result = simulate(chunks, [{ ...good, rate }, ...sources])
        expect(result.violations).toEqual([])
        expect(result.complete).toBe(true)
        expect(result.excluded[0]).toBe(false)
        expect(result.doubled).toBeLessThanOrEqual(0.01 * chunks * CHUNK_BYTES)
        // Each loss costs at most what had come of the chunk that was being sent.
        expect(result.abandoned).toBeLessThan((result.moves + sources.length + 1) * CHUNK_BYTES)
        // The honest one alone would take this long.
        const alone = (chunks * CHUNK_BYTES) / rate
        expect(result.took).toBeLessThan(alone + sources.length * (2 * SILENCE + 8000) + 3000)
      },
    )
    fc.assert(property, { numRuns: CASES })
  })
})

describe('what is asked', () => {
  const scheduler = (chunks: number, here = new Bitfield(chunks)): ChunkScheduler =>
    new ChunkScheduler({ chunks, here, now: 0 })

  /** Lets a source bring `rate` chunks a second for a while, so that much is asked of it. */
  function askAll(part: ChunkScheduler, peer: string, now: number): number[] {
    const asked: number[] = []
    for (let request = part.next(peer, now); request !== undefined; request = part.next(peer, now)) {
      asked.push(...request.chunks)
    }
    return asked
  }

  test('is the rarest first, and in order where all are alike', () => {
    const part = scheduler(100)
    const few = new Bitfield(100)
    for (const chunk of [0, 1, 2, 3, 10, 11]) few.set(chunk)
    part.update('origin', Bitfield.full(100), null)
    part.update('partial', few, null)
    expect(askAll(part, 'origin', 0)).toEqual([4, 5, 6, 7])
    expect(askAll(part, 'partial', 0)).toEqual([0, 1, 2, 3])
  })

  test('is within the window, and beyond it only of whom nothing else can be asked', () => {
    const part = scheduler(200)
    const far = new Bitfield(200)
    for (const chunk of [WINDOW, 100, 101, 102, 103, 104]) far.set(chunk)
    const both = new Bitfield(200)
    for (const chunk of [WINDOW - 1, 100]) both.set(chunk)
    part.update('both', both, null)
    part.update('far', far, null)
    expect(askAll(part, 'both', 0)).toEqual([WINDOW - 1, 100])
    expect(askAll(part, 'far', 0)).toEqual([WINDOW, 101, 102, 103])
  })

  test('is never more than 8 MiB of all together, nor of more than so many sources', () => {
    const part = scheduler(1000)
    const peers = Array.from({ length: 40 }, (_, n) => `peer ${n}`)
    for (const peer of peers) part.update(peer, Bitfield.full(1000), null)
    const asked = peers.map((peer) => askAll(part, peer, 0).length)
    expect(part.outstanding).toBe(MAX_OUTSTANDING)
    expect(asked.filter((count) => count > 0).length).toBeLessThanOrEqual(MAX_BUSY_SOURCES)
  })

  test('is near the end no more of one than its share of what is left', () => {
    const part = scheduler(100, Bitfield.from(100, new Uint8Array(10).fill(0xff)))
    for (const peer of ['a', 'b', 'c', 'd']) part.update(peer, Bitfield.full(100), null)
    const [first] = ['a', 'b', 'c', 'd'].map((peer) => part.next(peer, 0))
    if (first === undefined) throw new Error('Nothing is asked')
    // As soon as it is known to be fast, it could have had 16 of the 19 that are left.
    part.bytes('a', CHUNK_BYTES, 10)
    part.came(first, first.chunks[0] ?? 0, 10)
    part.stored(first.chunks[0] ?? 0, 10)
    expect(askAll(part, 'a', 10)).toHaveLength(5)
  })

  test('counts what is not stored yet: a slow store stops the asking', () => {
    const part = scheduler(1000)
    part.update('a', Bitfield.full(1000), null)
    let now = 0
    let came = 0
    for (;;) {
      const request = part.next('a', now)
      if (request === undefined) break
      for (const chunk of request.chunks) {
        now += 10
        part.bytes('a', CHUNK_BYTES, now)
        part.came(request, chunk, now)
        came++
      }
    }
    expect(came).toBe(MAX_OUTSTANDING)
    part.stored(0, now)
    expect(part.next('a', now)?.chunks).toEqual([MAX_OUTSTANDING])
    expect(part.next('a', now)).toBeUndefined()
  })

  test('of a holder that offers some is that, unless nothing comes from anybody', () => {
    const part = scheduler(100)
    const offered = new Bitfield(100)
    for (const chunk of [40, 41]) offered.set(chunk)
    part.update('origin', Bitfield.full(100), offered)
    part.update('other', new Bitfield(100), null)
    const first = part.next('origin', 0)
    if (first === undefined) throw new Error('Nothing is asked')
    expect([first.chunks, askAll(part, 'origin', 0)]).toEqual([[40], [41]])
    part.bytes('origin', CHUNK_BYTES, 100)
    part.came(first, 40, 100)
    expect(askAll(part, 'origin', 99 + part.patience)).toEqual([])
    expect(askAll(part, 'origin', 100 + part.patience)[0]).toBe(0)
  })

  test('that is not what it should be is asked of somebody else', () => {
    const part = scheduler(10)
    part.update('bad', Bitfield.full(10), null)
    const request = part.next('bad', 0)
    if (request === undefined) throw new Error('Nothing is asked')
    const [chunk = -1] = request.chunks
    part.came(request, chunk, 10)
    part.rejected(chunk)
    part.exclude('bad', 10)
    part.update('bad', Bitfield.full(10), null)
    expect(part.next('bad', 10)).toBeUndefined()
    part.update('good', Bitfield.full(10), null)
    expect(askAll(part, 'good', 10)).toContain(chunk)
  })

  test('nobody is silent while the machine sleeps', () => {
    const part = scheduler(100)
    for (const peer of ['a', 'b']) part.update(peer, Bitfield.full(100), null)
    askAll(part, 'a', 0)
    askAll(part, 'b', 0)
    part.woke(10 * SILENCE)
    expect(part.overdue(10 * SILENCE + 1)).toEqual([])
    expect(part.overdue(11 * SILENCE + 1).length).toBeGreaterThan(0)
  })
})

describe('a bitfield', () => {
  test('is what it was made of, cut to the pack', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99 }), fc.uint8Array({ maxLength: 20 }), (length, bytes) => {
        const field = Bitfield.from(length, bytes)
        const again = Bitfield.from(length, field.bytes())
        let count = 0
        for (let n = 0; n < length; n++) {
          expect(again.has(n)).toBe(((bytes[n >> 3] ?? 0) & (0x80 >> (n & 7))) !== 0)
          if (again.has(n)) count++
        }
        expect([field.count, field.has(length), field.has(-1)]).toEqual([count, false, false])
        expect(field.complete).toBe(count === length)
      }),
    )
  })
})
