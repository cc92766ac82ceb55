import { describe, expect, test } from 'vitest'
import { fromHex, hashObject, toHex, utf8 } from '../object/index.ts'
import type { GitObject, Oid } from '../types.ts'
import { INDEX_LIMITS } from './budget.ts'
import { OFS_DELTA, REF_DELTA } from './entry.ts'
import { DeltaChainError, ObjectTooLargeError, PackRowError } from './errors.ts'
import { indexPackBytes } from './indexer.ts'
import { MemoryPack } from './memory-pack.ts'
import { PackObjects, type PackObjectsOptions } from './read-entry.ts'
import { craftDelta, craftPack, insertOp } from './testing/craft.ts'
import { completeThinPack } from './thin.ts'
import type { ObjectSource } from './types.ts'

/** A chain of three deltas on a blob, read under other limits than it was indexed under. */
async function open(options: Partial<PackObjectsOptions>): Promise<{ objects: PackObjects; tip: Oid }> {
  const pack = await craftPack([
    { type: 3, data: utf8('0123456789') },
    { type: OFS_DELTA, base: 0, data: craftDelta(10, 3, insertOp(utf8('one'))) },
    { type: OFS_DELTA, base: 1, data: craftDelta(3, 3, insertOp(utf8('two'))) },
    { type: OFS_DELTA, base: 2, data: craftDelta(3, 5, insertOp(utf8('three'))) },
  ])
  const bytes = new MemoryPack(pack)
  const { index } = await indexPackBytes(bytes, { limits: INDEX_LIMITS, closure: false })
  return {
    objects: new PackObjects({ key: 'k', bytes, index, ...options }),
    tip: await hashObject('blob', utf8('three')),
  }
}

describe('reading what is stored', () => {
  test('a chain one longer than allowed', async () => {
    const fits = await open({ maxDeltaChain: 3 })
    expect((await fits.objects.read(fits.tip))?.bytes).toEqual(utf8('three'))
    const { objects, tip } = await open({ maxDeltaChain: 2 })
    await expect(objects.read(tip)).rejects.toThrow(DeltaChainError)
    await expect(objects.info(tip)).rejects.toThrow(DeltaChainError)
  })

  test('an object one byte bigger than allowed is named', async () => {
    const fits = await open({ maxObjectBytes: 10 })
    expect((await fits.objects.read(fits.tip))?.bytes).toEqual(utf8('three'))
    const { objects } = await open({ maxObjectBytes: 9 })
    const oid = await hashObject('blob', utf8('0123456789'))
    await expect(objects.read(oid)).rejects.toMatchObject({ name: ObjectTooLargeError.name, oid, size: 10 })
  })

  test('a row that is gone', async () => {
    const { objects, tip } = await open({})
    const bytes = new MemoryPack((objects.bytes as MemoryPack).bytes.subarray(0, 30))
    const cut = new PackObjects({ key: 'c', bytes, index: objects.index })
    await expect(cut.read(tip)).rejects.toThrow(PackRowError)
  })
})

describe('thin packs whose bases meet', () => {
  const outside = new Map<Oid, GitObject>()
  const external: ObjectSource = {
    read: async (oid) => outside.get(oid) ?? null,
    has: async (oid) => outside.has(oid),
    info: async (oid) => {
      const object = outside.get(oid)
      return object === undefined ? null : { type: object.type, size: object.bytes.length }
    },
  }

  /** One delta on x, and one on y that makes x; y is outside. */
  async function meet(xIsOutside: boolean): Promise<void> {
    outside.clear()
    const [x, y] = [utf8('object x'), utf8('object y')]
    const [xOid, yOid] = [await hashObject('blob', x), await hashObject('blob', y)]
    outside.set(yOid, { type: 'blob', bytes: y })
    if (xIsOutside) outside.set(xOid, { type: 'blob', bytes: x })
    const pack = new MemoryPack(
      await craftPack([
        { type: REF_DELTA, base: fromHex(xOid), data: craftDelta(8, 3, insertOp(utf8('tip'))) },
        { type: REF_DELTA, base: fromHex(yOid), data: craftDelta(8, 8, insertOp(x)) },
      ]),
    )
    const indexed = await indexPackBytes(pack, { limits: INDEX_LIMITS, closure: true, external })
    expect(indexed.externalBases).toEqual([yOid])
    const appended: number[] = []
    const done = await completeThinPack({ pack, indexed, external, append: (bytes) => void appended.push(...bytes) })
    const whole = new MemoryPack(Uint8Array.from([...done.header, ...pack.bytes.subarray(12, -20), ...appended]))
    const again = await indexPackBytes(whole, { limits: INDEX_LIMITS, closure: true })
    expect(again.index).toEqual(done.index)
    expect(Array.from({ length: 3 }, (_, i) => toHex(again.index.oids, 20 * i))).toContain(xOid)
  }

  test('a base that another delta makes is found, though it is not outside', () => meet(false))
  test('and is not appended a second time, though it is outside too', () => meet(true))

  test('bases from outside count as inflated', async () => {
    outside.clear()
    const big = new Uint8Array(100_000)
    const oid = await hashObject('blob', big)
    outside.set(oid, { type: 'blob', bytes: big })
    const pack = new MemoryPack(
      await craftPack([{ type: REF_DELTA, base: fromHex(oid), data: craftDelta(100_000, 1, insertOp([1])) }]),
    )
    const limits = { ...INDEX_LIMITS, inflationFactor: 0 }
    const options = { closure: true, external }
    await indexPackBytes(pack, { ...options, limits: { ...limits, maxInflatedBytes: 100_010 } })
    const indexing = indexPackBytes(pack, { ...options, limits: { ...limits, maxInflatedBytes: 100_000 } })
    await expect(indexing).rejects.toThrow('inflates to more')
  })
})
