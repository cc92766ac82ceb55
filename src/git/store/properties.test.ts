import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rowBits, rowsOf } from '../backend/disk/layout.ts'
import { indexPages, joinPages, OBJECTS_PER_PAGE } from '../backend/indexeddb/index-pages.ts'
import { sampleIndex } from '../backend/samples.ts'
import { MAX_INDEX_PAGE_BYTES } from '../backend/backend.ts'
import { decodeLoose, encodeLoose, looseInfo } from './loose-object.ts'
import { PackError } from '../errors.ts'
import { hashObject } from '../object/index.ts'
import { compareNames, nameConflict } from './ref-names.ts'

/** fast-check prints the seed and the path of a failure; `GUTS_SEED` tries it again. */
const options = process.env.GUTS_SEED === undefined ? {} : { seed: Number(process.env.GUTS_SEED) }

describe('whatever is stored', () => {
  it('orders names as their bytes', () => {
    const name = fc.string({ unit: 'binary', maxLength: 6 })
    const property = fc.property(name, name, (a, b) => {
      expect(Math.sign(compareNames(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    })
    fc.assert(property, options)
  })

  it('finds a name that would be file and folder at once, and only then', () => {
    const part = fc.constantFrom('a', 'b', 'a-b', 'ab')
    const names = fc.array(
      fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `refs/heads/${parts.join('/')}`),
    )
    const property = fc.property(names, (all) => {
      const clash = all.some((name) => all.some((other) => name.startsWith(`${other}/`)))
      expect(nameConflict(all) !== undefined).toBe(clash)
    })
    fc.assert(property, options)
  })

  it('has its rows counted by bits', () => {
    const property = fc.property(fc.uniqueArray(fc.nat({ max: 300 })), (rows) => {
      expect([...rowsOf(rowBits(new Set(rows)))]).toEqual([...rows].sort((a, b) => a - b))
    })
    fc.assert(property, options)
  })

  it.each([0, 1, OBJECTS_PER_PAGE, OBJECTS_PER_PAGE + 1])(
    'cuts an index of %i objects into pages and joins them',
    async (count) => {
      const { index } = await sampleIndex(count)
      const pages = indexPages(index)
      for (const { oids, offsets, crcs } of pages) {
        expect(oids.byteLength + offsets.byteLength + crcs.byteLength).toBeLessThanOrEqual(MAX_INDEX_PAGE_BYTES)
      }
      expect(pages).toHaveLength(Math.max(1, Math.ceil(count / OBJECTS_PER_PAGE)))
      const joined = joinPages(pages)
      expect(joined?.count).toBe(count)
      expect(Buffer.compare(joined?.oids ?? new Uint8Array(), index.oids)).toBe(0)
      expect(joinPages(pages.slice(1))).toBeUndefined()
    },
  )

  it('keeps loose objects as they are, and never reads something else', async () => {
    const type = fc.constantFrom('commit' as const, 'tree' as const, 'blob' as const, 'tag' as const)
    const property = fc.asyncProperty(type, fc.uint8Array({ maxLength: 500 }), fc.nat(), async (kind, bytes, at) => {
      const oid = await hashObject(kind, bytes)
      const stored = encodeLoose({ type: kind, bytes })
      const read = await decodeLoose(oid, stored)
      expect([read.type, [...read.bytes]]).toEqual([kind, [...bytes]])
      expect(looseInfo(oid, stored)).toEqual({ type: kind, size: bytes.length })
      const damaged = stored.slice()
      const place = at % damaged.length
      damaged[place] = (damaged[place] as number) ^ 0x10
      // Some bits of a zlib stream mean nothing; but what is read is never something else.
      const again = await decodeLoose(oid, damaged).catch((error: unknown) => error)
      if (!(again instanceof PackError)) expect(again).toEqual(read)
    })
    await fc.assert(property, { ...options, numRuns: 60 })
  })
})
