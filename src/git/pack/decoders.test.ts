import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { CASES_TIMEOUT, cases, casesOfGit } from '../../../playwright/fixtures/cases.ts'
import { crc32 as zlibCrc32 } from 'node:zlib'
import { concat, equalBytes, fromHex } from '../object/index.ts'
import { BaseCache } from './base-cache.ts'
import { INDEX_LIMITS } from './budget.ts'
import { crc32 } from './crc32.ts'
import { applyDelta } from './delta.ts'
import { entryHeader, OFS_DELTA, ofsDistance, parseEntryHeader } from './entry.ts'
import { DeltaError, IdxError, ObjectTooLargeError, PackEntryError, PackError } from './errors.ts'
import { decodeIdx, encodeIdx, findInIndex, findPrefix } from './idx.ts'
import { indexPackBytes } from './indexer.ts'
import { deflateBytes, INFLATE_SLACK, Inflater } from './inflate.ts'
import { MemoryPack } from './memory-pack.ts'
import { PackObjects } from './read-entry.ts'
import { copyOp, craftDelta, insertOp, sealPack } from './testing/craft.ts'
import { seedRepository, TestRepository } from './testing/git-oracle.ts'

vi.setConfig({ testTimeout: CASES_TIMEOUT })

const SEED = 20240610

let repository: TestRepository
let pack: Uint8Array
/** Of the first few commits: what is tried thousands of times. */
let small: Uint8Array
beforeAll(() => {
  repository = new TestRepository()
  seedRepository(repository, 5, 25)
  pack = repository.pack(['--delta-base-offset'])
  small = repository.pack(['--delta-base-offset'], repository.git(['rev-list', '--reverse', 'main']).split('\n')[3])
})
afterAll(() => repository[Symbol.dispose]())

/** Bytes with some replaced, and perhaps cut. */
const mutation = (length: number): fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> =>
  fc
    .record({
      edits: fc.array(fc.tuple(fc.nat(length - 1), fc.nat(255)), { maxLength: 4 }),
      cut: fc.option(fc.nat(length)),
    })
    .map(({ edits, cut }) => (bytes) => {
      const copy = bytes.slice(0, cut ?? bytes.length)
      for (const [at, value] of edits) if (at < copy.length) copy[at] = value
      return copy
    })

test('crc32 is zlib’s, in one piece and in many', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
      const at = Math.min(cut, bytes.length)
      expect(crc32(bytes)).toBe(zlibCrc32(bytes))
      expect(crc32(bytes, at, bytes.length, crc32(bytes, 0, at))).toBe(zlibCrc32(bytes))
    }),
    { seed: SEED },
  )
})

describe('inflate', () => {
  const inflater = new Inflater()

  test('streams one after the other: says where each ends', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 5 }), (contents) => {
        const streams = contents.map((content, i) =>
          i % 2 === 0 ? deflateBytes(content) : new Uint8Array(deflateSync(content)),
        )
        const input = concat(streams)
        let at = 0
        contents.forEach((content, i) => {
          expect(inflater.inflate(input, at, input.length, content.length)).toEqual(content)
          expect(inflater.consumed).toBe(streams[i]?.length)
          at += inflater.consumed
        })
      }),
      { seed: SEED },
    )
  })

  test('big ones, at the edges of its buffer', () => {
    for (const size of [65535, 65536, 65537, 1_000_000]) {
      const content = Uint8Array.from({ length: size }, (_, i) => (i * i) >> 3)
      const stream = new Uint8Array(deflateSync(content))
      // Not `toEqual`, which takes seconds for a million numbers.
      expect(equalBytes(inflater.inflate(stream, 0, stream.length, size) ?? new Uint8Array(0), content)).toBe(true)
      expect(() => inflater.inflate(stream, 0, stream.length, size - 1)).toThrow(PackEntryError)
      expect(() => inflater.inflate(stream, 0, stream.length, size + 1)).toThrow(PackEntryError)
      expect(inflater.inflate(stream, 0, stream.length - 1, size)).toBeNull()
      expect(inflater.head(stream, 0, stream.length, 10)).toEqual(content.slice(0, 10))
    }
  })

  test('a bomb stops at the declared size', () => {
    const stream = new Uint8Array(deflateSync(new Uint8Array(50_000_000)))
    expect(() => inflater.inflate(stream, 0, stream.length, 100)).toThrow(PackEntryError)
    expect(inflater.produced).toBeLessThanOrEqual(100 + INFLATE_SLACK)
  })

  test('whatever the bytes: nothing but a PackError, and the next stream is read well', () => {
    const content = Uint8Array.from({ length: 3000 }, (_, i) => (i * 37) >> 2)
    const good = deflateBytes(content)
    fc.assert(
      fc.property(mutation(good.length), (mutate) => {
        const bytes = mutate(good)
        try {
          inflater.inflate(bytes, 0, bytes.length, content.length)
        } catch (error) {
          expect(error).toBeInstanceOf(PackError)
        }
        expect(equalBytes(inflater.inflate(good, 0, good.length, content.length) ?? new Uint8Array(0), content)).toBe(
          true,
        )
      }),
      cases(SEED),
    )
  })
})

describe('deltas', () => {
  const base = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 31) >> 4)

  test('copies and inserts at random make what they say', () => {
    const op = fc.oneof(
      fc.record({ from: fc.nat(base.length - 1), length: fc.nat(66_000) }),
      fc.uint8Array({ minLength: 1, maxLength: 127 }),
    )
    fc.assert(
      fc.property(fc.array(op, { maxLength: 10 }), (ops) => {
        const parts = ops.map((each) => {
          if (each instanceof Uint8Array) return { bytes: each, op: insertOp(each) }
          const length = Math.max(1, Math.min(each.length, base.length - each.from))
          return { bytes: base.subarray(each.from, each.from + length), op: copyOp(each.from, length) }
        })
        const made = concat(parts.map((part) => part.bytes))
        const delta = craftDelta(base.length, made.length, ...parts.map((part) => part.op))
        expect(equalBytes(applyDelta(base, delta, 1e9), made)).toBe(true)
      }),
      { seed: SEED },
    )
  })

  test('a length of 0 is 64 KiB', () => {
    expect(applyDelta(base, craftDelta(base.length, 65536, [0x80]), 1e9)).toEqual(base.slice(0, 65536))
  })

  test('copy bombs are refused by what they declare, before they are made', () => {
    const copies = Array.from({ length: 5000 }, () => copyOp(0, base.length))
    expect(() => applyDelta(base, craftDelta(base.length, 5000 * base.length, ...copies), 1e8)).toThrow(
      ObjectTooLargeError,
    )
    expect(() => applyDelta(base, craftDelta(base.length, 10, ...copies), 1e8)).toThrow(DeltaError)
    expect(() => applyDelta(base, craftDelta(base.length, 2 ** 31, [1, 1]), 2 ** 40)).toThrow(DeltaError)
  })

  test('whatever the bytes: nothing but a PackError', () => {
    const good = craftDelta(
      base.length,
      300 + 127 + 66_000,
      copyOp(5, 300),
      insertOp(base.subarray(0, 127)),
      copyOp(0, 66_000),
    )
    fc.assert(
      fc.property(mutation(good.length), (mutate) => {
        try {
          applyDelta(base, mutate(good), 1e6)
        } catch (error) {
          expect(error).toBeInstanceOf(PackError)
        }
      }),
      cases(SEED),
    )
  })
})

describe('entry headers', () => {
  test('come back as they were written, to 2^40 and beyond', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
        const [size, distance] = [Math.abs(a) % 2 ** 48, Math.abs(b) % 2 ** 48]
        const bytes = Uint8Array.from([...entryHeader(OFS_DELTA, size), ...ofsDistance(distance)])
        const header = parseEntryHeader(bytes, 0)
        expect(header).toEqual({ type: 6, size, length: bytes.length, baseDistance: distance, baseOidAt: -1 })
        for (let cut = 0; cut < bytes.length; cut++) expect(parseEntryHeader(bytes, 0, cut)).toBeNull()
      }),
      cases(SEED),
    )
  })

  test('whatever the bytes: a header, too little for one, or nothing but a PackError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          const header = parseEntryHeader(bytes, 0)
          expect(header === null || header.length <= bytes.length).toBe(true)
          expect(header === null || (Number.isSafeInteger(header.size) && header.size >= 0)).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(PackError)
        }
      }),
      cases(SEED),
    )
  })

  test('reserved types and endless numbers', () => {
    for (const type of [0, 5]) expect(() => parseEntryHeader(Uint8Array.of(type << 4), 0)).toThrow(PackEntryError)
    expect(() => parseEntryHeader(new Uint8Array(28).fill(0xbf), 0)).toThrow(PackEntryError)
    expect(() => parseEntryHeader(Uint8Array.of(0x60, ...new Uint8Array(27).fill(0xff)), 0)).toThrow(PackEntryError)
  })
})

describe('.idx files', () => {
  test('offsets beyond 2 GiB', async () => {
    const oids = concat(['01', '02', '03'].map((first) => fromHex(first.padEnd(40, '0'))))
    const offsets = Float64Array.of(12, 2 ** 31, 2 ** 40 + 5)
    const index = {
      count: 3,
      oids,
      offsets,
      crcs: Uint32Array.of(1, 2, 0xffffffff),
      trailer: new Uint8Array(20).fill(7),
    }
    expect(await decodeIdx(await encodeIdx(index))).toEqual(index)
  })

  test('lookups find what is there, and only that', async () => {
    const { index } = await indexPackBytes(new MemoryPack(pack), { limits: INDEX_LIMITS, closure: false })
    const oids = repository.oids()
    for (const oid of oids) {
      const position = findInIndex(index, fromHex(oid))
      expect(equalBytes(index.oids.subarray(position * 20, position * 20 + 20), fromHex(oid))).toBe(true)
      const absent = fromHex(oid)
      absent[19] = (absent[19] as number) ^ 1
      expect(findInIndex(index, absent)).toBe(-1)
    }
    for (const prefix of ['0', 'f', oids[0]?.slice(0, 3) ?? '', oids[0] ?? '', 'ffffffff', '0'.repeat(40)]) {
      const { from, to } = findPrefix(index, prefix)
      expect(to - from).toBe(oids.filter((oid) => oid.startsWith(prefix)).length)
    }
    for (const bad of ['', 'g', 'AB', '0'.repeat(41)]) expect(findPrefix(index, bad)).toEqual({ from: 0, to: 0 })
  })

  test('whatever the bytes: nothing but an IdxError', async () => {
    const { index } = await indexPackBytes(new MemoryPack(pack), { limits: INDEX_LIMITS, closure: false })
    const good = await encodeIdx(index)
    await fc.assert(
      fc.asyncProperty(mutation(good.length), fc.boolean(), async (mutate, seal) => {
        const wrong = mutate(good)
        try {
          // With a fitting checksum, so that what is behind it is tried too.
          await decodeIdx(seal && wrong.length > 20 ? await sealPack(wrong.subarray(0, -20)) : wrong)
        } catch (error) {
          expect(error).toBeInstanceOf(IdxError)
        }
      }),
      cases(SEED),
    )
  })
})

test('packs with changed bytes, under a trailer that fits: nothing but a PackError', async () => {
  const inPack = small.length - 20
  await fc.assert(
    fc.asyncProperty(mutation(inPack), async (mutate) => {
      const wrong = await sealPack(mutate(small.subarray(0, inPack)))
      try {
        await indexPackBytes(new MemoryPack(wrong), {
          limits: { ...INDEX_LIMITS, maxInflatedBytes: 1e8, inflationFactor: 0 },
          closure: true,
        })
      } catch (error) {
        expect(error).toBeInstanceOf(PackError)
      }
    }),
    cases(SEED),
  )
})

test('packs with changed bytes: taken where stock git takes them, whose ids are the same', async () => {
  const inPack = small.length - 20
  await fc.assert(
    fc.asyncProperty(mutation(inPack), async (mutate) => {
      const wrong = await sealPack(mutate(small.subarray(0, inPack)))
      const limits = { ...INDEX_LIMITS, maxInflatedBytes: 1e8, inflationFactor: 0 }
      const ours = await indexPackBytes(new MemoryPack(wrong), { limits, closure: false }).then(
        ({ index }) => [...index.oids],
        (error: unknown) => error,
      )
      const theirs = repository.idsOf(wrong)
      if (Array.isArray(ours)) expect(theirs).toEqual(ours)
      else expect([theirs, ours]).toEqual([null, expect.any(PackError)])
    }),
    casesOfGit(SEED),
  )
})

test('the cache of bases keeps to its bytes, and keeps what is used', async () => {
  const cache = new BaseCache(10_000)
  for (let i = 0; i < 100; i++) {
    cache.set('p', i, { type: 3, bytes: new Uint8Array(800) })
    expect(cache.bytes).toBeLessThanOrEqual(10_000)
    expect(cache.get('p', 0)).toBeDefined()
  }
  expect(cache.get('p', 1)).toBeUndefined()
  cache.set('p', 1000, { type: 3, bytes: new Uint8Array(2501) })
  expect(cache.get('p', 1000)).toBeUndefined()
  const { index } = await indexPackBytes(new MemoryPack(pack), { limits: INDEX_LIMITS, closure: false })
  const objects = new PackObjects({ key: 'x', bytes: new MemoryPack(pack), index, cache })
  // What is given out is the reader's own, even where it came from the cache.
  for (const oid of repository.oids()) {
    const first = await objects.read(oid)
    const copy = first?.bytes.slice()
    first?.bytes.fill(0)
    const again = (await objects.read(oid))?.bytes
    expect(again !== undefined && copy !== undefined && equalBytes(again, copy)).toBe(true)
  }
})
