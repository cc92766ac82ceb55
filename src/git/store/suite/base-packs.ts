import { expect, it } from 'vitest'
import { gitBytes } from '../../../../playwright/fixtures/git.ts'
import { judgeBundle, noDifference } from '../../../../playwright/fixtures/oracle.ts'
import {
  ChunkMismatchError,
  ChunkMissingError,
  ManifestError,
  MissingObjectError,
  NotServedError,
  PackError,
  RepositoryNotFoundError,
  StagingNotFoundError,
} from '../../errors.ts'
import { buildManifest, encodeManifest, indexPackBytes, INDEX_LIMITS, MemoryPack, packIdOf } from '../../pack/index.ts'
import { LocalGitStore } from '../local-git-store.ts'
import { ProcessLocks } from '../locks.ts'
import { fetchPack, id, other, readAll, type StoreRig } from './rig.ts'

/** Of the store's suite: base packs. */
export function runBasePackTests(rig: StoreRig): void {
  it('writes a chunk soon, though no others come', async () => {
    await rig.imported()
    const [pack] = await rig.store.inventory(id)
    const packId = pack?.packId ?? ''
    const manifest = await rig.store.manifest(id, packId)
    const clone = await rig.open(await rig.newPlace(), new ProcessLocks())
    await clone.store.stageBasePack(id, packId, manifest)
    await clone.store.putChunk(packId, 0, await rig.store.chunk(id, packId, 0))
    const [row] = await clone.backend.packsById(packId)
    await expect.poll(async () => await clone.backend.presentRows(row?.key ?? '')).toEqual([0])
  })

  it('goes on with a base pack where it stopped, and checks every chunk', async () => {
    await rig.imported()
    const [pack] = await rig.store.inventory(id)
    const packId = pack?.packId ?? ''
    const manifest = await rig.store.manifest(id, packId)
    const target = await rig.newPlace()
    let clone = await rig.open(target, new ProcessLocks())
    await expect(clone.store.putChunk(packId, 0, new Uint8Array(3))).rejects.toBeInstanceOf(StagingNotFoundError)
    await expect(clone.store.stageBasePack(id, 'a'.repeat(64), manifest)).rejects.toBeInstanceOf(ManifestError)
    await expect(clone.store.stageBasePack(id, packId, manifest.slice(1))).rejects.toBeInstanceOf(ManifestError)
    await expect(clone.store.stageBasePack(id, packId, new Uint8Array(1024 * 1024 + 1))).rejects.toBeInstanceOf(
      ManifestError,
    )
    const state = await clone.store.stageBasePack(id, packId, manifest)
    expect(state).toMatchObject({ size: pack?.size, objects: pack?.objects, verified: false })
    const chunk = await rig.store.chunk(id, packId, 0)
    const wrong = chunk.slice()
    wrong[5] = (wrong[5] as number) ^ 1
    await expect(clone.store.putChunk(packId, 0, wrong)).rejects.toBeInstanceOf(ChunkMismatchError)
    await expect(clone.store.putChunk(packId, 1, chunk)).rejects.toBeInstanceOf(ChunkMismatchError)
    await expect(clone.store.putChunk(packId, state.chunks, chunk)).rejects.toBeInstanceOf(ChunkMismatchError)
    await clone.store.putChunk(packId, 0, chunk)
    await clone.store.flushChunks(packId)
    await expect(clone.store.finishBasePack(id, packId)).rejects.toBeInstanceOf(PackError)
    await rig.close(clone.store)
    clone = await rig.open(target, new ProcessLocks())
    const again = await clone.store.stageBasePack(id, packId, manifest)
    expect([...again.present].map((byte) => byte.toString(2)).join('')).toMatch(/^10*$/)
    await fetchPack(rig.store, clone.store, packId)
    const staged = await clone.store.finishBasePack(id, packId)
    await rig.admit(clone.store, id, { ...staged, head: null }, rig.refs)
    expect(await clone.store.stageBasePack(id, packId, manifest)).toMatchObject({ verified: true })
    expect(judgeBundle(await rig.bundleFrom(clone.store, id), rig.source)).toEqual(noDifference)
  })

  it('drops chunks when it is told to, but not those that another tab fetches or a repository holds', async () => {
    await rig.imported()
    const [pack] = await rig.store.inventory(id)
    const packId = pack?.packId ?? ''
    const manifest = await rig.store.manifest(id, packId)
    await rig.store.dropBasePack(packId)
    expect(await rig.store.inventory(id)).toHaveLength(1)
    const shared = new ProcessLocks()
    const clone = await rig.open(await rig.newPlace(), shared)
    const tab = await LocalGitStore.open({ backend: clone.backend, locks: shared })
    for (const one of [clone.store, tab]) await one.stageBasePack(id, packId, manifest)
    await clone.store.putChunk(packId, 0, await rig.store.chunk(id, packId, 0))
    await clone.store.flushChunks(packId)
    await clone.store.dropBasePack(packId)
    expect((await tab.stageBasePack(id, packId, manifest)).present[0]).toBe(0x80)
    await tab.dropBasePack(packId)
    expect(await clone.backend.packs()).toEqual([])
  })

  it('gives chunks of a pack that it fetches to others who do, under the same repository, until its refs move', async () => {
    await rig.imported()
    const [pack] = await rig.store.inventory(id)
    const packId = pack?.packId ?? ''
    const manifest = await rig.store.manifest(id, packId)
    const chunks = await Promise.all([0, 1, 2].map((n) => rig.store.chunk(id, packId, n)))
    const target = await rig.newPlace()
    const { store } = await rig.open(target, new ProcessLocks())
    expect(await store.stagedManifest(id, packId)).toBeUndefined()
    expect((await store.stageBasePack(id, packId, manifest)).carried).toBe(true)
    same(await store.stagedManifest(id, packId), manifest)
    const refused = async (repository: string, index: number) =>
      await expect(store.stagedChunk(repository, packId, index)).rejects.toBeInstanceOf(NotServedError)
    await refused(id, 0)
    await store.putChunk(packId, 0, (chunks[0] as Uint8Array).slice())
    same(await store.stagedChunk(id, packId, 0), chunks[0])
    await store.flushChunks(packId)
    same(await store.stagedChunk(id, packId, 0), chunks[0])
    for (const [repository, index] of [
      [other, 0],
      [id, 1],
      [id, -1],
      [id, 1_000_000],
    ] as const) {
      await refused(repository, index)
    }
    await fetchPack(rig.store, store, packId)
    const staged = await store.finishBasePack(id, packId)
    await store.transact({ repository: id, create: true, admit: [staged.staging] })
    // No ref reaches it yet, so it is in no inventory: those who fetch it go on.
    expect(await store.inventory(id)).toEqual([])
    same(await store.stagedChunk(id, packId, 1), chunks[1])
    await store.transact({ repository: id, refs: rig.refs })
    await refused(id, 1)
    same(await store.chunk(id, packId, 1), chunks[1])
  })

  it('gives nothing of a pack that another repository wants too, or that was verified before', async () => {
    await rig.imported()
    const [pack] = await rig.store.inventory(id)
    const packId = pack?.packId ?? ''
    const manifest = await rig.store.manifest(id, packId)
    const chunk = await rig.store.chunk(id, packId, 0)
    const { store } = await rig.open(await rig.newPlace(), new ProcessLocks())
    await store.stageBasePack(other, packId, manifest)
    await store.putChunk(packId, 0, chunk.slice())
    expect((await store.stageBasePack(id, packId, manifest)).carried).toBe(false)
    await expect(store.stagedChunk(id, packId, 0)).rejects.toBeInstanceOf(NotServedError)
    // A pack may have been withdrawn before it was found to be damaged.
    const [row] = await rig.backend.packs()
    await rig.place.damage(row?.key ?? '', 1, 1000)
    await rig.reopen()
    await expect(rig.store.chunk(id, packId, 1)).rejects.toBeInstanceOf(NotServedError)
    expect((await rig.store.stageBasePack(id, packId, manifest)).present[0]).toBeGreaterThanOrEqual(0x80)
    await expect(rig.store.stagedChunk(id, packId, 0)).rejects.toBeInstanceOf(NotServedError)
  })

  it('refuses a pack whose chunks all match and that is wrong in itself', async () => {
    const broken = new Uint8Array(
      gitBytes(rig.source, ['pack-objects', '--stdout', '--revs', '-q'], { input: 'main\n' }),
    )
    const { index } = await indexPackBytes(new MemoryPack(broken), { limits: INDEX_LIMITS, closure: false })
    const at = Math.floor(broken.length / 2)
    broken[at] = (broken[at] as number) ^ 1
    const manifest = encodeManifest(await buildManifest(new MemoryPack(broken), index))
    const packId = await packIdOf(manifest)
    const { chunks } = await rig.store.stageBasePack(id, packId, manifest)
    for (let n = 0; n < chunks; n++) await rig.store.putChunk(packId, n, broken.slice(n * 262144, (n + 1) * 262144))
    await expect(rig.store.finishBasePack(id, packId)).rejects.toBeInstanceOf(PackError)
    expect(await rig.backend.packs()).toEqual([])
  })

  it('fetches a staged chunk again that was damaged meanwhile, and blames nobody', async () => {
    await rig.imported()
    const [pack] = await rig.store.inventory(id)
    const packId = pack?.packId ?? ''
    const manifest = await rig.store.manifest(id, packId)
    const target = await rig.newPlace()
    let clone = await rig.open(target, new ProcessLocks())
    await fetchPack(rig.store, clone.store, packId)
    await rig.close(clone.store)
    await target.damage(packId, 2, 99)
    clone = await rig.open(target, new ProcessLocks())
    await clone.store.stageBasePack(id, packId, manifest)
    await expect(clone.store.finishBasePack(id, packId)).rejects.toBeInstanceOf(ChunkMissingError)
    const state = await clone.store.stageBasePack(id, packId, manifest)
    expect(state.present[0]).toBe(0xff & ~0x20)
    await clone.store.putChunk(packId, 2, await rig.store.chunk(id, packId, 2))
    await rig.admit(clone.store, id, await clone.store.finishBasePack(id, packId), rig.refs)
    expect(judgeBundle(await rig.bundleFrom(clone.store, id), rig.source)).toEqual(noDifference)
  })

  it('takes chunks in any order, from two tabs at once of which one gives up', async () => {
    await rig.imported()
    const [pack] = await rig.store.inventory(id)
    const packId = pack?.packId ?? ''
    const manifest = await rig.store.manifest(id, packId)
    const locks = new ProcessLocks()
    const clone = await rig.open(await rig.newPlace(), locks)
    const tab = await LocalGitStore.open({ backend: clone.backend, locks })
    const { chunks } = await clone.store.stageBasePack(id, packId, manifest)
    await tab.stageBasePack(id, packId, manifest)
    const order = Array.from({ length: chunks }, (_, n) => n).sort((a, b) => ((a * 7) % 5) - ((b * 7) % 5))
    for (const n of order) {
      await clone.store.putChunk(packId, n, await rig.store.chunk(id, packId, n))
      if (n % 3 === 0) await tab.putChunk(packId, n, await rig.store.chunk(id, packId, n))
    }
    await tab.dropBasePack(packId)
    await expect(tab.putChunk(packId, 0, await rig.store.chunk(id, packId, 0))).rejects.toBeInstanceOf(
      StagingNotFoundError,
    )
    await rig.admit(clone.store, id, await clone.store.finishBasePack(id, packId), rig.refs)
    expect(judgeBundle(await rig.bundleFrom(clone.store, id), rig.source)).toEqual(noDifference)
  })

  it('shares a base pack between repositories, and checks closure for each', async () => {
    await rig.imported()
    const [pack] = await rig.store.inventory(id)
    const packId = pack?.packId ?? ''
    const manifest = await rig.store.manifest(id, packId)
    const state = await rig.store.stageBasePack(other, packId, manifest)
    expect(state.verified).toBe(false)
    expect([...state.present].every((byte) => byte !== 0)).toBe(true)
    const staged = await rig.store.finishBasePack(other, packId)
    expect(staged.tips?.length).toBeGreaterThan(0)
    await rig.admit(rig.store, other, staged, rig.refs)
    // Met again, as after a clone that was stopped behind it, it says what it brought too.
    const met = await rig.store.stageBasePack(other, packId, manifest)
    expect(met).toMatchObject({ verified: true, tips: staged.tips })
    const again = await rig.store.importBundle('repository-3', rig.bundle)
    await rig.admit(rig.store, 'repository-3', again)
    expect(await rig.backend.packs()).toHaveLength(1)
    for (const gone of [id, 'repository-3']) await rig.store.removeRepository(gone)
    await rig.reopen()
    expect(judgeBundle(await rig.bundleFrom(rig.store, other), rig.source)).toEqual(noDifference)
    await rig.store.removeRepository(other)
    expect(await rig.backend.packs()).toEqual([])
    await expect(rig.store.openBundle(other)).rejects.toBeInstanceOf(RepositoryNotFoundError)
  })

  it('begins a pack anew whose only holder is removed before another repository has it', async () => {
    await rig.imported()
    const [pack] = await rig.store.inventory(id)
    const packId = pack?.packId ?? ''
    const manifest = await rig.store.manifest(id, packId)
    const state = await rig.store.stageBasePack(other, packId, manifest)
    const chunks: Uint8Array[] = []
    for (let n = 0; n < state.chunks; n++) chunks.push(await rig.store.chunk(id, packId, n))
    await rig.store.removeRepository(id)
    // Not an error for which whoever sent the chunks is blamed.
    await expect(rig.store.finishBasePack(other, packId)).rejects.toBeInstanceOf(ChunkMissingError)
    const anew = await rig.store.stageBasePack(other, packId, manifest)
    expect([...anew.present].every((byte) => byte === 0)).toBe(true)
    for (const [n, chunk] of chunks.entries()) await rig.store.putChunk(packId, n, chunk)
    await rig.admit(rig.store, other, await rig.store.finishBasePack(other, packId), rig.refs)
    expect(judgeBundle(await rig.bundleFrom(rig.store, other), rig.source)).toEqual(noDifference)
  })

  it('keeps the chunks that another repository fetches too, when the first one gives up', async () => {
    await rig.imported()
    const [pack] = await rig.store.inventory(id)
    const packId = pack?.packId ?? ''
    const manifest = await rig.store.manifest(id, packId)
    const clone = await rig.open(await rig.newPlace(), new ProcessLocks())
    for (const one of [id, other]) await clone.store.stageBasePack(one, packId, manifest)
    await clone.store.putChunk(packId, 0, await rig.store.chunk(id, packId, 0))
    await clone.store.dropBasePack(packId)
    await clone.store.removeRepository(id)
    await clone.store.putChunk(packId, 1, await rig.store.chunk(id, packId, 1))
    await clone.store.flushChunks(packId)
    expect((await clone.store.stageBasePack(other, packId, manifest)).present[0]).toBe(0xc0)
    await clone.store.dropBasePack(packId)
    expect(await clone.backend.packs()).toEqual([])
  })

  it('gives a pack with a bad row back to staging, from where it is fetched again', async () => {
    await rig.imported()
    const [pack] = await rig.store.inventory(id)
    const packId = pack?.packId ?? ''
    const manifest = await rig.store.manifest(id, packId)
    const good = await rig.store.chunk(id, packId, 1)
    const [row] = await rig.backend.packs()
    await rig.place.damage(row?.key ?? '', 1, 1000)
    await rig.reopen()
    await expect(rig.store.chunk(id, packId, 1)).rejects.toBeInstanceOf(NotServedError)
    expect(await rig.backend.packs()).toMatchObject([{ state: 'staging', holders: [], wanted: [id] }])
    expect(await rig.store.has(id, [rig.refs[0]?.oid ?? ''])).toEqual([false])
    await rig.reopen()
    expect((await rig.store.repository(id))?.damaged).toBe(true)
    const mended = { repository: id, mended: true as const }
    await expect(rig.store.transact(mended)).rejects.toBeInstanceOf(MissingObjectError)
    const state = await rig.store.stageBasePack(id, packId, manifest)
    expect((state.present[0] as number) & 0x40).toBe(0)
    await rig.store.putChunk(packId, 1, good)
    const staged = await rig.store.finishBasePack(id, packId)
    await rig.store.transact({ repository: id, admit: [staged.staging] })
    await rig.store.transact(mended)
    expect((await rig.store.repository(id))?.damaged).toBeUndefined()
    expect(judgeBundle(await rig.bundleFrom(rig.store, id), rig.source)).toEqual(noDifference)
  })

  it('finds a bad row while it copies, and while it reads', async () => {
    await rig.imported()
    const [row] = await rig.backend.packs()
    await rig.place.damage(row?.key ?? '', 2, 7)
    await rig.reopen()
    const output = await rig.store.openBundle(id)
    await expect(readAll(rig.store, output)).rejects.toBeInstanceOf(PackError)
    expect(await rig.backend.packs()).toMatchObject([{ state: 'staging' }])
  })
}

/** In one call: a matcher walks a chunk one number at a time. */
function same(a: Uint8Array | undefined, b: Uint8Array | undefined): void {
  expect(a !== undefined && b !== undefined && Buffer.compare(a, b) === 0).toBe(true)
}
