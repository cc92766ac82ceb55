import { expect, test } from 'vitest'
import { MAX_BATCH_BYTES, type Row } from '../backend/backend.ts'
import { MemoryBackend } from '../backend/memory.ts'
import { QuotaError } from '../errors.ts'
import { CHUNK_BYTES, encodeManifest, NO_ENTRY, packIdOf } from '../pack/index.ts'
import { ProcessLocks } from './locks.ts'
import { LocalGitStore } from './local-git-store.ts'

/** Each write waits until it is let go, or refused. */
class GatedBackend extends MemoryBackend {
  /** Numbers of the rows of each write. */
  readonly writes: number[][] = []
  readonly #waiting: Array<PromiseWithResolvers<void>> = []

  #open = false

  override async writeRows(key: string, rows: Row[]) {
    this.writes.push(rows.map(({ n }) => n))
    if (this.#open) return await super.writeRows(key, rows)
    const gate = Promise.withResolvers<void>()
    this.#waiting.push(gate)
    await gate.promise
    await super.writeRows(key, rows)
  }

  /** No write waits any longer. */
  open(): void {
    this.#open = true
    for (const gate of this.#waiting.splice(0)) gate.resolve()
  }

  /** Ends the write that is under way, with what comes of it. */
  async end(refused?: Error): Promise<void> {
    expect(this.#waiting).toHaveLength(1)
    const gate = this.#waiting.shift()
    if (refused === undefined) gate?.resolve()
    else gate?.reject(refused)
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}

/** A store that is to fetch something of `chunks` chunks; it is no pack, which shows only at its end. */
async function staging(chunks: number) {
  const parts = Array.from({ length: chunks }, (_, n) => new Uint8Array(CHUNK_BYTES).fill(n + 1))
  const hashes = await Promise.all(parts.map(async (part) => await crypto.subtle.digest('SHA-256', part)))
  const manifest = encodeManifest({
    size: chunks * CHUNK_BYTES,
    objects: 1,
    trailer: new Uint8Array(20),
    chunks,
    hashes: new Uint8Array(Buffer.concat(hashes.map((hash) => new Uint8Array(hash)))),
    firstEntries: new Uint32Array(chunks).fill(NO_ENTRY).fill(12, 0, 1),
  })
  const packId = await packIdOf(manifest)
  const backend = new GatedBackend()
  const store = await LocalGitStore.open({ backend, locks: new ProcessLocks() })
  await store.stageBasePack('one', packId, manifest)
  const put = async (n: number) => await store.putChunk(packId, n, parts[n] as Uint8Array)
  const flush = async () => await store.flushChunks(packId)
  return { backend, put, flush }
}

test('chunks are written together, soon after the first of them came, or when somebody waits for it', async () => {
  const { backend, put, flush } = await staging(5)
  for (const n of [4, 3, 1, 2]) await put(n)
  expect(backend.writes).toEqual([])
  await expect.poll(() => backend.writes, { timeout: 5_000 }).toEqual([[1, 2, 3, 4]])
  await backend.end()
  await put(0)
  const flushed = flush()
  await backend.end()
  await flushed
  expect(backend.writes).toEqual([[1, 2, 3, 4], [0]])
  const [row] = await backend.packs()
  expect(await backend.presentRows(row?.key ?? '')).toEqual([0, 1, 2, 3, 4])
})

test('what cannot be written stays, tells whoever waits for it, and is written once there is room', async () => {
  const { backend, put, flush } = await staging(2)
  await put(0)
  // Nobody waits for this one.
  await expect.poll(() => backend.writes.length, { timeout: 5_000 }).toBe(1)
  await backend.end(new QuotaError())
  await put(1)
  const refused = expect(flush()).rejects.toBeInstanceOf(QuotaError)
  await backend.end(new QuotaError())
  await refused
  const flushed = flush()
  await backend.end()
  await flushed
  expect(backend.writes).toEqual([[0], [0, 1], [0, 1]])
})

test('a transaction takes no more than it may, and whoever brings more waits for one', async () => {
  const most = MAX_BATCH_BYTES / CHUNK_BYTES
  const { backend, put, flush } = await staging(most + 4)
  for (let n = 0; n < most - 1; n++) await put(n)
  let taken = 0
  const more = Array.from({ length: 5 }, async (_, n) => {
    await put(most - 1 + n)
    taken++
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(taken).toBe(0)
  backend.open()
  await Promise.all(more)
  await flush()
  expect(backend.writes.flat()).toHaveLength(most + 4)
  expect(backend.writes[0]).toHaveLength(most)
})
