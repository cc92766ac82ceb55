import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { CASES_TIMEOUT, cases } from '../../../playwright/fixtures/cases.ts'
import { bytesToHex, hashObject } from '../object/index.ts'
import { INDEX_LIMITS } from './budget.ts'
import { ManifestError } from './errors.ts'
import { indexPackBytes } from './indexer.ts'
import {
  buildManifest,
  checkChunk,
  CHUNK_BYTES,
  chunkLength,
  decodeManifest,
  encodeManifest,
  MAX_CHUNKS,
  MAX_MANIFEST_BYTES,
  NO_ENTRY,
  packIdOf,
  type Manifest,
} from './manifest.ts'
import { MemoryPack } from './memory-pack.ts'
import { craftPack } from './testing/craft.ts'
import { seeded } from './testing/git-oracle.ts'

vi.setConfig({ testTimeout: CASES_TIMEOUT })

const random = seeded(9)
const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => random(256))

/** A pack over three chunks, no entry of which begins in the second. */
const pack = await craftPack([
  { type: 3, data: noise(1000) },
  { type: 3, data: noise(2 * CHUNK_BYTES) },
  { type: 3, data: noise(10) },
])
const { index } = await indexPackBytes(new MemoryPack(pack), { limits: INDEX_LIMITS, closure: false })
const manifest = await buildManifest(new MemoryPack(pack), index)
const bytes = encodeManifest(manifest)

describe('a manifest', () => {
  test('says what is where, byte for byte as documented', async () => {
    const view = new DataView(bytes.buffer)
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('GPM1')
    expect(view.getBigUint64(4)).toBe(BigInt(pack.length))
    expect(view.getUint32(12)).toBe(3)
    expect(view.getUint32(16)).toBe(262144)
    expect(bytes.slice(20, 40)).toEqual(pack.slice(-20))
    expect(view.getUint32(40)).toBe(3)
    expect(bytes.length).toBe(44 + 3 * 36)
    const second = new Uint8Array(await crypto.subtle.digest('SHA-256', pack.slice(CHUNK_BYTES, 2 * CHUNK_BYTES)))
    expect(bytes.slice(80, 112)).toEqual(second)
    expect([view.getUint32(76), view.getUint32(112)]).toEqual([12, NO_ENTRY])
    const last = Math.max(...index.offsets)
    expect(2 * CHUNK_BYTES + view.getUint32(148)).toBe(last)
    expect(decodeManifest(bytes)).toEqual(manifest)
    const id = bytesToHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
    expect(await packIdOf(bytes)).toBe(id)
    expect(await hashObject('blob', bytes)).toHaveLength(40)
  })

  test('tells its chunks from others', async () => {
    for (let i = 0; i < 3; i++) {
      const chunk = pack.slice(i * CHUNK_BYTES, i * CHUNK_BYTES + chunkLength(manifest, i))
      expect(await checkChunk(manifest, i, chunk)).toBe(true)
      expect(await checkChunk(manifest, (i + 1) % 3, chunk)).toBe(false)
      expect(await checkChunk(manifest, i, chunk.subarray(1))).toBe(false)
      chunk[7] = (chunk[7] as number) ^ 1
      expect(await checkChunk(manifest, i, chunk)).toBe(false)
    }
    expect(await checkChunk(manifest, 3, new Uint8Array(0))).toBe(false)
    expect(await checkChunk(manifest, -1, new Uint8Array(CHUNK_BYTES))).toBe(false)
  })

  test('of a pack that fills its last chunk exactly', () => {
    const exact: Manifest = { ...manifest, size: 3 * CHUNK_BYTES }
    expect(chunkLength(decodeManifest(encodeManifest(exact)), 2)).toBe(CHUNK_BYTES)
  })
})

describe('refused', () => {
  const changed = (at: number, ...values: number[]): Uint8Array => {
    const copy = bytes.slice()
    copy.set(values, at)
    return copy
  }
  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['another magic', changed(3, 0x32)],
    ['a size beyond 53 bits', changed(4, 0xff)],
    ['a size of other chunks', changed(8, 1)],
    ['no objects', changed(12, 0, 0, 0, 0)],
    ['more objects than fit', changed(12, 0xff)],
    ['another chunk size', changed(16, 0, 8)],
    ['another number of chunks', changed(43, 4)],
    ['a byte too few', bytes.slice(0, -1)],
    ['a byte too many', Uint8Array.from([...bytes, 0])],
    ['a first entry not at 12', changed(79, 13)],
    ['an entry beyond its chunk', changed(112, 0, 4, 0, 0)],
    ['an entry in the trailer', changed(148, 0, 0, 0x04, 0xff)],
  ])('%s', (_, wrong) => {
    expect(() => decodeManifest(wrong)).toThrow(ManifestError)
  })

  test('one byte above 1 MiB, and a pack of one chunk too many', async () => {
    expect(() => decodeManifest(new Uint8Array(MAX_MANIFEST_BYTES + 1))).toThrow(/1 MiB/)
    const large: Manifest = {
      ...manifest,
      size: MAX_CHUNKS * CHUNK_BYTES,
      chunks: MAX_CHUNKS,
      hashes: new Uint8Array(MAX_CHUNKS * 32),
      firstEntries: new Uint32Array(MAX_CHUNKS).fill(NO_ENTRY).fill(12, 0, 1),
    }
    const encoded = encodeManifest(large)
    expect(encoded.length).toBeLessThanOrEqual(MAX_MANIFEST_BYTES)
    expect(decodeManifest(encoded).chunks).toBe(MAX_CHUNKS)
    const tooLarge = { size: MAX_CHUNKS * CHUNK_BYTES + 1, read: () => Promise.reject(new Error('never read')) }
    await expect(buildManifest(tooLarge, index)).rejects.toThrow(ManifestError)
  })

  test('whatever the bytes: it throws nothing but a ManifestError', () => {
    const edit = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 6 }), fc.nat(bytes.length), fc.boolean(), (edits, length, cut) => {
        const wrong = cut ? bytes.slice(0, length) : bytes.slice()
        for (const [at, value] of edits) if (at < wrong.length) wrong[at] = value
        try {
          const decoded = decodeManifest(wrong)
          expect(encodeManifest(decoded)).toEqual(wrong)
        } catch (error) {
          expect(error).toBeInstanceOf(ManifestError)
        }
      }),
      cases(20240609),
    )
  })
})
