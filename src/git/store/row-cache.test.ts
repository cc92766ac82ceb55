import { describe, expect, it } from 'vitest'
import { MemoryBackend } from '../backend/memory.ts'
import { ROW_BYTES } from '../backend/backend.ts'
import { samplePack } from '../backend/samples.ts'
import { PackRowError } from '../errors.ts'
import { ROW_CACHE_BYTES, RowCache } from './row-cache.ts'
import { StoredBytes } from './stored-bytes.ts'

class CountingBackend extends MemoryBackend {
  reads = 0
  override async readRow(key: string, n: number) {
    this.reads++
    return await super.readRow(key, n)
  }
}

async function stored(rows: number) {
  const backend = new CountingBackend()
  const pack = await samplePack(rows, 'abcd')
  await backend.addPack({ ...pack.row, key: 'abcd' })
  await backend.writeRows('abcd', pack.rows)
  return { backend, pack }
}

describe('the row cache', () => {
  it('reads a row once, also for two at a time, and forgets the least recently used', async () => {
    const { backend } = await stored(4)
    const cache = new RowCache(backend, 2 * ROW_BYTES)
    await Promise.all([cache.read('abcd', 0), cache.read('abcd', 0)])
    await cache.read('abcd', 0)
    expect(backend.reads).toBe(1)
    await cache.read('abcd', 1)
    await cache.read('abcd', 0)
    await cache.read('abcd', 2)
    expect(cache.bytes).toBe(2 * ROW_BYTES)
    await cache.read('abcd', 0)
    expect(backend.reads).toBe(3)
    await cache.read('abcd', 1)
    expect(backend.reads).toBe(4)
    cache.forget('abcd')
    expect(cache.bytes).toBe(0)
    await cache.read('abcd', 0)
    expect(backend.reads).toBe(5)
  })

  it('keeps 32 MiB and not a row more', async () => {
    const count = ROW_CACHE_BYTES / ROW_BYTES + 2
    const { backend } = await stored(count)
    const cache = new RowCache(backend)
    for (let n = 0; n < count - 1; n++) await cache.read('abcd', n)
    expect(cache.bytes).toBe(32 * 1024 * 1024)
  })

  it('does not keep what was forgotten while it was read', async () => {
    const { backend } = await stored(2)
    const cache = new RowCache(backend)
    const reading = cache.read('abcd', 0)
    cache.forget('abcd')
    expect((await reading)?.length).toBe(ROW_BYTES)
    expect(cache.bytes).toBe(0)
  })
})

describe('the bytes of a stored pack', () => {
  it('are those of its rows, wherever a read begins and ends', async () => {
    const { backend, pack } = await stored(3)
    const whole = Buffer.concat(pack.rows.map(({ bytes }) => bytes))
    const bytes = new StoredBytes('abcd', whole.length, new RowCache(backend))
    const [a, b] = [ROW_BYTES, 2 * ROW_BYTES]
    const reads = [
      [0, 10],
      [a - 5, 5],
      [a - 5, 10],
      [a, b - a],
      [5, b],
      [b, 100],
      [0, whole.length],
      [whole.length, 0],
    ] as const
    for (const [offset, length] of reads) {
      expect(Buffer.compare(await bytes.read(offset, length), whole.subarray(offset, offset + length))).toBe(0)
    }
    await expect(bytes.read(whole.length - 5, 6)).rejects.toBeInstanceOf(RangeError)
    await expect(bytes.read(-1, 1)).rejects.toBeInstanceOf(RangeError)
  })

  it('reject where a row is missing, or of another length', async () => {
    const { backend, pack } = await stored(3)
    const size = pack.row.size
    await backend.writeRows('abcd', [{ n: 1, bytes: new Uint8Array(ROW_BYTES - 1) }])
    await expect(new StoredBytes('abcd', size, new RowCache(backend)).read(ROW_BYTES, 1)).rejects.toBeInstanceOf(
      PackRowError,
    )
    await expect(new StoredBytes('abcd', size + 1, new RowCache(backend)).read(size - 1, 1)).rejects.toBeInstanceOf(
      PackRowError,
    )
    await expect(new StoredBytes('none', size, new RowCache(backend)).read(0, 1)).rejects.toBeInstanceOf(PackRowError)
  })
})
