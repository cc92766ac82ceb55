import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { MemoryBackend } from '../backend/memory.ts'
import { ChunkMissingError, PackHeaderError } from '../errors.ts'
import { decodeManifest, MemoryPack, type Manifest } from '../pack/index.ts'
import { BaseStream, MAX_AHEAD } from './base-stream.ts'
import { ProcessLocks } from './locks.ts'
import { LocalGitStore } from './local-git-store.ts'
import { id, StoreRig } from './suite/rig.ts'

class CountingBackend extends MemoryBackend {
  reads = 0
  override async readRow(key: string, n: number) {
    this.reads++
    return await super.readRow(key, n)
  }
}

const rig = new StoreRig(async () => {
  const backend = new MemoryBackend()
  return { backend: async () => backend, damage: async () => undefined, destroy: async () => undefined }
})

beforeAll(() => rig.makeSource())
afterAll(() => rig.removeSource())
beforeEach(() => rig.start())
afterEach(() => rig.stop())

/** A pack of a few chunks. */
async function basePack() {
  await rig.imported()
  const [pack] = await rig.store.inventory(id)
  const packId = pack?.packId ?? ''
  const manifest = await rig.store.manifest(id, packId)
  const { chunks } = decodeManifest(manifest)
  const bytes = await Promise.all(Array.from({ length: chunks }, (_, n) => rig.store.chunk(id, packId, n)))
  return { packId, manifest, chunks: bytes }
}

/** Lets what runs in the background run until it waits. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 0))
}

test('a pack is indexed out of memory while its chunks come, whatever their order', async () => {
  const { packId, manifest, chunks } = await basePack()
  const backend = new CountingBackend()
  const store = await LocalGitStore.open({ backend, locks: new ProcessLocks() })
  await store.stageBasePack(id, packId, manifest)
  for (const n of [...chunks.keys()].reverse()) await store.putChunk(packId, n, chunks[n] as Uint8Array)
  await store.flushChunks(packId)
  await settled()
  expect(backend.reads).toBe(0)
  const staged = await store.finishBasePack(id, packId)
  expect(staged.objects).toBe((await rig.store.inventory(id))[0]?.objects)
})

test('after a reload what is stored is read again, and what comes then is not', async () => {
  const { packId, manifest, chunks } = await basePack()
  const backend = new CountingBackend()
  const before = await LocalGitStore.open({ backend, locks: new ProcessLocks() })
  await before.stageBasePack(id, packId, manifest)
  const half = Math.floor(chunks.length / 2)
  for (let n = 0; n < half; n++) await before.putChunk(packId, n, chunks[n] as Uint8Array)
  await before.flushChunks(packId)
  const store = await LocalGitStore.open({ backend, locks: new ProcessLocks() })
  await store.stageBasePack(id, packId, manifest)
  await settled()
  expect(backend.reads).toBe(0)
  for (let n = half; n < chunks.length; n++) await store.putChunk(packId, n, chunks[n] as Uint8Array)
  await settled()
  expect(backend.reads).toBe(half)
  await store.finishBasePack(id, packId)
})

/** The same pack in a hundred pieces, which a stream does not tell from chunks. */
async function pieces() {
  const { chunks } = await basePack()
  const whole = new Uint8Array(Buffer.concat(chunks))
  const length = Math.ceil(whole.length / 100)
  const parts = Array.from({ length: 100 }, (_, n) => whole.slice(n * length, (n + 1) * length))
  const manifest = { chunks: parts.length, size: whole.length } as Manifest
  return { parts, manifest, pack: new MemoryPack(whole) }
}

test('no more is kept in memory than the window of a transfer; the rest is read again', async () => {
  const { parts, manifest, pack } = await pieces()
  const read: number[] = []
  const stream = new BaseStream({
    packId: 'a',
    manifest,
    read: async (n) => {
      read.push(n)
      return n === 0 ? undefined : parts[n]
    },
  })
  for (let n = 1; n < parts.length; n++) await stream.take(n, parts[n] as Uint8Array)
  await settled()
  expect(new Set(read)).toEqual(new Set([0]))
  read.length = 0
  await stream.take(0, parts[0] as Uint8Array)
  const { index } = await stream.finish(pack, {})
  expect(index.count).toBe((await rig.store.inventory(id))[0]?.objects)
  expect(read).toEqual(Array.from({ length: parts.length - 1 - MAX_AHEAD }, (_, n) => n + 1 + MAX_AHEAD))
})

test('whoever brings more waits while the pass is behind with what is in memory', async () => {
  const { parts, manifest, pack } = await pieces()
  const read: number[] = []
  const stream = new BaseStream({ packId: 'a', manifest, read: async (n) => void read.push(n) })
  await Promise.all(parts.map((part, n) => stream.take(n, part)))
  await stream.finish(pack, {})
  expect(read.filter((n) => n < parts.length)).toEqual([])
})

test('a chunk that cannot be read is said to be missing, and a pack that is wrong is found out', async () => {
  const { parts, manifest, pack } = await pieces()
  const absent = new BaseStream({ packId: 'a', manifest, read: async (n) => (n === 7 ? undefined : parts[n]) })
  await expect(absent.finish(pack, {})).rejects.toMatchObject({ name: ChunkMissingError.name, index: 7 })
  const wrong = new BaseStream({ packId: 'a', manifest, read: async () => undefined })
  for (const n of [1, 0]) await wrong.take(n, new Uint8Array(100))
  // Nobody is told before the end, where it is known whom to blame.
  await wrong.take(2, new Uint8Array(100))
  await expect(wrong.finish(pack, {})).rejects.toBeInstanceOf(PackHeaderError)
})

test('a pass that is given up keeps nobody waiting', async () => {
  const { parts, manifest } = await pieces()
  const stream = new BaseStream({ packId: 'a', manifest, read: async () => undefined })
  const all = Promise.all(parts.map((part, n) => stream.take(n, part)))
  stream.stop()
  await all
  await stream.take(0, parts[0] as Uint8Array)
})

test('a chunk that comes while it is looked for among those that are stored is indexed at once', async () => {
  const { packId, manifest, chunks } = await basePack()
  const looking = Promise.withResolvers<undefined>()
  const asked: number[] = []
  const stream = new BaseStream({
    packId,
    manifest: decodeManifest(manifest),
    read: async (n) => {
      asked.push(n)
      return await looking.promise
    },
  })
  stream.wake()
  await stream.take(0, chunks[0] as Uint8Array)
  looking.resolve(undefined)
  await settled()
  // Nobody brings another, and nobody wakes it.
  expect(asked).toEqual([0, 1])
  stream.stop()
})
