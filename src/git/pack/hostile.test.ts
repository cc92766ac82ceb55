import { describe, expect, test } from 'vitest'
import { fromHex, hashObject, serializeTree, utf8 } from '../object/index.ts'
import type { Oid } from '../types.ts'
import { INDEX_LIMITS } from './budget.ts'
import { OFS_DELTA, packHeader, REF_DELTA } from './entry.ts'
import * as errors from './errors.ts'
import { MAX_HOSTILE_TREES, MAX_MISSING } from './graph.ts'
import { indexPackBytes, type PackIndexerOptions } from './indexer.ts'
import { MemoryPack } from './memory-pack.ts'
import { copyOp, craftDelta, craftPack, insertOp, sealPack, type CraftedEntry } from './testing/craft.ts'
import type { IndexedPack, IndexLimits } from './types.ts'

function index(
  pack: Uint8Array,
  limits: Partial<IndexLimits> = {},
  more: Partial<PackIndexerOptions> = {},
): Promise<IndexedPack> {
  return indexPackBytes(new MemoryPack(pack), { limits: { ...INDEX_LIMITS, ...limits }, closure: true, ...more })
}

const blob = (text: string): CraftedEntry => ({ type: 3, data: utf8(text) })

/** A blob, and `length` deltas each on the one before. */
function chain(length: number): CraftedEntry[] {
  const entries = [blob('base')]
  for (let i = 1; i <= length; i++) {
    const word = utf8(`${i}`.padStart(8, '0'))
    entries.push({ type: OFS_DELTA, base: i - 1, data: craftDelta(i === 1 ? 4 : 8, 8, insertOp(word)) })
  }
  return entries
}

/** The same with ref-deltas, the furthest first, so that nothing is known before the second pass. */
async function refChain(length: number): Promise<CraftedEntry[]> {
  const entries = [blob('base')]
  let base = utf8('base')
  for (let i = 1; i <= length; i++) {
    const word = utf8(`${i}`.padStart(8, '0'))
    const oid = fromHex(await hashObject('blob', base))
    entries.unshift({ type: REF_DELTA, base: oid, data: craftDelta(base.length, 8, insertOp(word)) })
    base = word
  }
  return entries
}

describe('header and trailer', () => {
  test('what is no pack', async () => {
    await expect(index(utf8('not a pack at all, but long enough'))).rejects.toThrow(errors.PackHeaderError)
    const version4 = packHeader(0)
    version4[7] = 4
    await expect(index(await sealPack(version4))).rejects.toThrow(errors.PackHeaderError)
  })

  test('four billion objects that do not come cost nothing', async () => {
    const began = performance.now()
    const before = process.memoryUsage().arrayBuffers
    await expect(index(await craftPack([blob('a')], 0xffffffff))).rejects.toThrow(errors.PackError)
    await expect(index((await craftPack([blob('a')], 0xffffffff)).subarray(0, 30))).rejects.toThrow(
      errors.PackTruncatedError,
    )
    expect(performance.now() - began).toBeLessThan(1000)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024)
  })

  test('a pack that ends early, anywhere', async () => {
    const pack = await craftPack([blob('a'), blob('b'.repeat(1000))])
    for (let length = 0; length < pack.length; length++) {
      await expect(index(pack.subarray(0, length))).rejects.toThrow(errors.PackTruncatedError)
    }
  })

  test('a trailer that is wrong, and something after it', async () => {
    const pack = await craftPack([blob('a')])
    await expect(index(Uint8Array.from([...pack, 0]))).rejects.toThrow(errors.PackTrailerError)
    pack[pack.length - 1] = (pack[pack.length - 1] as number) ^ 1
    await expect(index(pack)).rejects.toThrow(errors.PackTrailerError)
  })
})

describe('sizes', () => {
  test('an entry that is not as big as it says', async () => {
    const data = new Uint8Array(5000)
    for (const size of [0, 4999, 5001, 400_000]) {
      await expect(index(await craftPack([{ type: 3, data, size }]))).rejects.toThrow(errors.PackEntryError)
      await expect(index(await craftPack([{ type: 2, data, size }]))).rejects.toThrow(errors.PackEntryError)
    }
  })

  test('an object one byte above the limit; its name where it was asked for', async () => {
    const limits = { maxObjectBytes: 300_000 }
    const fits = new Uint8Array(300_000)
    expect((await index(await craftPack([{ type: 3, data: fits }]), limits)).index.count).toBe(1)
    const data = new Uint8Array(300_001)
    const pack = await craftPack([{ type: 3, data }])
    await expect(index(pack, limits)).rejects.toMatchObject({
      name: 'ObjectTooLargeError',
      size: 300_001,
      offset: 12,
      oid: undefined,
    })
    const oid: Oid = await hashObject('blob', data)
    await expect(index(pack, limits, { nameOversized: true })).rejects.toMatchObject({
      name: 'ObjectTooLargeError',
      oid,
    })
    const delta: CraftedEntry = {
      type: OFS_DELTA,
      base: 0,
      data: craftDelta(300_000, 300_001, copyOp(0, 300_000), insertOp([1])),
    }
    await expect(index(await craftPack([{ type: 3, data: fits }, delta]), limits)).rejects.toThrow(
      errors.ObjectTooLargeError,
    )
  })

  test('the design’s 100 MiB, and one byte more, is refused before it is inflated', async () => {
    const began = performance.now()
    const pack = await craftPack([{ type: 3, data: new Uint8Array(1), size: 100 * 1024 * 1024 + 1 }])
    await expect(index(pack)).rejects.toThrow(errors.ObjectTooLargeError)
    expect(performance.now() - began).toBeLessThan(1000)
  })

  test('all objects together above the limit', async () => {
    const entries = Array.from({ length: 10 }, (_, i): CraftedEntry => ({
      type: 3,
      data: new Uint8Array(1000).fill(i),
    }))
    const pack = await craftPack(entries)
    expect((await index(pack, { maxInflatedBytes: 10_000, inflationFactor: 0 })).index.count).toBe(10)
    await expect(index(pack, { maxInflatedBytes: 9_999, inflationFactor: 0 })).rejects.toThrow(errors.PackTooLargeError)
    expect((await index(pack, { maxInflatedBytes: 0, inflationFactor: 100 })).index.count).toBe(10)
    await expect(index(pack, { maxInflatedBytes: 0, inflationFactor: 10 })).rejects.toThrow(errors.PackTooLargeError)
  })

  test('what is very dense is first counted, and comes to the same where it is within the limit', async () => {
    const zeros = (n: number): CraftedEntry => ({ type: 3, data: new Uint8Array(200_000).fill(n, 0, 8) })
    const link = await hashObject('blob', zeros(3).data)
    const tree = serializeTree([{ mode: 0o100644, name: utf8('a'), oid: link }])
    const delta = (base: number | Uint8Array, n: number): CraftedEntry => ({
      type: typeof base === 'number' ? OFS_DELTA : REF_DELTA,
      base,
      data: craftDelta(200_000, 190_001, copyOp(1000, 190_000), insertOp([n])),
    })
    const entries = [zeros(1), zeros(2), delta(1, 1), zeros(3), delta(3, 2), { type: 2 as const, data: tree }]
    const ref = delta(fromHex(link), 3)
    const pack = await craftPack([
      ref,
      ...entries.map((one) => ({ ...one, base: one.base === undefined ? undefined : (one.base as number) + 1 })),
      delta(4, 4),
    ])
    const usual = await index(pack)
    expect(usual.index.count).toBe(8)
    const counted = await index(pack, { steepBytes: 1000 })
    expect(counted.index).toEqual(usual.index)
    expect(counted.roots).toHaveLength(usual.roots.length)
    const wrong = { type: 3 as const, data: new Uint8Array(300_000), size: 299_999 }
    await expect(index(await craftPack([...entries, wrong]), { steepBytes: 1000 })).rejects.toThrow(
      errors.PackEntryError,
    )
    const twice = await craftPack([zeros(1), zeros(2), zeros(3), zeros(2)])
    await expect(index(twice, { steepBytes: 1000 })).rejects.toThrow(errors.DuplicateObjectError)
  })

  test('bombs within what came are refused by what they say, before most of it is made', async () => {
    const limits = { maxInflatedBytes: 50_000_000, inflationFactor: 0, steepBytes: 5_000_000 }
    const zeros = Array.from({ length: 11 }, (_, n): CraftedEntry => ({ type: 3, data: new Uint8Array(5_000_000 + n) }))
    // Each base is at hand when what builds on it comes.
    const small = Array.from({ length: 40 }, (_, n): CraftedEntry[] => {
      const base = { type: 3 as const, data: new Uint8Array(4096).fill(n) }
      const copies = Array.from({ length: 4 }, () => copyOp(0, 4000))
      const made = Array.from({ length: 80 }, (_, i): CraftedEntry => ({
        type: OFS_DELTA,
        base: n * 81,
        data: craftDelta(4096, 16_002, ...copies, insertOp([i, n])),
      }))
      return [base, ...made]
    })
    const before = process.memoryUsage().arrayBuffers
    for (const bomb of [await craftPack(zeros), await craftPack(small.flat())]) {
      await expect(index(bomb, limits)).rejects.toThrow(errors.PackTooLargeError)
      expect((await index(bomb, { ...limits, maxInflatedBytes: 100_000_000 })).index.count).toBeGreaterThan(10)
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(128 * 1024 * 1024)
  })

  test('many big results of small deltas count too', async () => {
    const bomb = Array.from({ length: 64 }, (_, i): CraftedEntry => {
      const copies = Array.from({ length: 1000 }, () => copyOp(0, 10_000))
      return { type: OFS_DELTA, base: 0, data: craftDelta(10_000, 10_000_001, ...copies, insertOp([i])) }
    })
    const pack = await craftPack([{ type: 3, data: new Uint8Array(10_000) }, ...bomb])
    const began = performance.now()
    await expect(index(pack, { maxInflatedBytes: 100_000_000, inflationFactor: 100 })).rejects.toThrow(
      errors.PackTooLargeError,
    )
    expect(performance.now() - began).toBeLessThan(1000)
  })
})

describe('deltas', () => {
  test.each([
    ['ofs', async (length: number) => chain(length)],
    ['ref', refChain],
  ])('a chain of %s-deltas one longer than 4,096', async (_, make) => {
    expect((await index(await craftPack(await make(4096)))).index.count).toBe(4097)
    await expect(index(await craftPack(await make(4097)))).rejects.toThrow(errors.DeltaChainError)
  })

  test('bases that are not there', async () => {
    const delta = craftDelta(4, 1, insertOp([1]))
    const nowhere: CraftedEntry = { type: REF_DELTA, base: new Uint8Array(20), data: delta }
    await expect(index(await craftPack([blob('base'), nowhere]))).rejects.toMatchObject({
      name: 'MissingBaseError',
      oid: '0'.repeat(40),
    })
    const between = await craftPack([blob('base'), { type: OFS_DELTA, base: 0, data: delta }])
    // The distance's last byte: one more than it is.
    const at = between.lastIndexOf(13)
    const broken = between.slice(0, -20)
    broken[at] = 14
    await expect(index(await sealPack(broken))).rejects.toThrow(errors.PackError)
  })

  test('a base of another size, and results that are not what is declared', async () => {
    const on = (data: Uint8Array): Promise<Uint8Array> => craftPack([blob('base'), { type: OFS_DELTA, base: 0, data }])
    await expect(index(await on(craftDelta(5, 1, insertOp([1]))))).rejects.toThrow(errors.DeltaError)
    await expect(index(await on(craftDelta(4, 2, insertOp([1]))))).rejects.toThrow(errors.DeltaError)
    await expect(index(await on(craftDelta(4, 1, insertOp([1, 2]))))).rejects.toThrow(errors.DeltaError)
    await expect(index(await on(craftDelta(4, 4, copyOp(1, 4))))).rejects.toThrow(errors.DeltaError)
    await expect(index(await on(craftDelta(4, 1, [0])))).rejects.toThrow(errors.DeltaError)
    await expect(index(await on(Uint8Array.of(0x80)))).rejects.toThrow(errors.DeltaError)
  })
})

describe('objects', () => {
  test('the same one twice', async () => {
    await expect(index(await craftPack([blob('a'), blob('a')]))).rejects.toThrow(errors.DuplicateObjectError)
    const same: CraftedEntry = { type: OFS_DELTA, base: 0, data: craftDelta(1, 1, copyOp(0, 1)) }
    await expect(index(await craftPack([blob('a'), same]))).rejects.toThrow(errors.DuplicateObjectError)
  })

  test('of another type than its links say, whichever comes first', async () => {
    const oid = await hashObject('blob', utf8('a'))
    const tree: CraftedEntry = { type: 2, data: serializeTree([{ mode: 0o040000, name: utf8('d'), oid }]) }
    await expect(index(await craftPack([blob('a'), tree]))).rejects.toThrow(errors.ObjectTypeError)
    await expect(index(await craftPack([tree, blob('a')]))).rejects.toThrow(errors.ObjectTypeError)
    const asFile: CraftedEntry = { type: 2, data: serializeTree([{ mode: 0o100644, name: utf8('f'), oid }]) }
    await expect(index(await craftPack([tree, asFile]))).rejects.toThrow(errors.ObjectTypeError)
  })

  test.each<[string, CraftedEntry]>([
    ['a commit without tree', { type: 1, data: utf8('author A <a> 1 +0000\n\nx') }],
    ['a commit with half a parent', { type: 1, data: utf8(`tree ${'a'.repeat(40)}\nparent 123\n\nx`) }],
    ['a tree that ends in an entry', { type: 2, data: utf8('100644 a\0short') }],
    ['a tree without a mode', { type: 2, data: utf8('a b c d e f') }],
    ['a tag without type', { type: 4, data: utf8(`object ${'a'.repeat(40)}\n\n`) }],
  ])('%s', async (_, entry) => {
    await expect(index(await craftPack([entry]))).rejects.toThrow(errors.ObjectFormatError)
    expect((await index(await craftPack([entry]), {}, { closure: false })).index.count).toBe(1)
  })

  test('one link more out of the pack than is kept track of', async () => {
    // A tree of 2^20 + 1 files of one name each: git would not write it, but nothing else is wrong with it.
    const entry = utf8('100644 a\0')
    const tree = (count: number): Uint8Array => {
      const bytes = new Uint8Array(count * (entry.length + 20))
      const view = new DataView(bytes.buffer)
      for (let i = 0; i < count; i++) {
        bytes.set(entry, i * (entry.length + 20))
        view.setUint32(i * (entry.length + 20) + entry.length, i)
      }
      return bytes
    }
    expect((await index(await craftPack([{ type: 2, data: tree(MAX_MISSING) }]))).missingTypes).toHaveLength(
      MAX_MISSING,
    )
    await expect(index(await craftPack([{ type: 2, data: tree(MAX_MISSING + 1) }]))).rejects.toThrow(
      errors.TooManyLinksError,
    )
  })

  test('very many hostile names: the first thousand are named', async () => {
    const evil = Array.from({ length: MAX_HOSTILE_TREES + 1 }, (_, i): CraftedEntry => {
      const oid = i.toString(16).padStart(40, '0')
      return { type: 2, data: serializeTree([{ mode: 0o100644, name: utf8('.git'), oid }]) }
    })
    const { hostileTrees } = await index(await craftPack(evil))
    expect(hostileTrees).toHaveLength(MAX_HOSTILE_TREES)
  })
})
