import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from 'vitest'
import { git } from '../../../playwright/fixtures/git.ts'
import { MemoryBackend } from '../backend/memory.ts'
import { Repositories, type OpenRepository } from './repositories.ts'
import { RowCache } from './row-cache.ts'
import { Serving } from './serving.ts'
import { id, other, StoreRig } from './suite/rig.ts'
import type { StoredPack } from './stored-pack.ts'

const rig = new StoreRig(async () => {
  const backend = new MemoryBackend()
  return { backend: async () => backend, damage: async () => undefined, destroy: async () => undefined }
})

beforeAll(() => rig.makeSource())
afterAll(() => rig.removeSource())
beforeEach(() => rig.start())
afterEach(() => rig.stop())

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Whether something is let go of, once whoever answered has had time to. */
async function isCollected(ref: WeakRef<object>): Promise<boolean> {
  for (let tried = 0; tried < 20; tried++) {
    await new Promise((resolve) => setTimeout(resolve, 0))
    collect()
    if (ref.deref() === undefined) return true
  }
  return false
}

/** A store's inside over the rig's data, which has answered what is served of `repository`: closure, indexes and all. */
async function served(repository: string): Promise<{
  repositories: Repositories
  serving: Serving
  rows: RowCache
  open: WeakRef<OpenRepository>
  pack: WeakRef<StoredPack>
}> {
  const rows = new RowCache(rig.backend)
  const repositories = new Repositories(rig.backend, rows)
  const serving = new Serving(repositories, rig.locks, async () => undefined)
  const open = await repositories.open(repository)
  // Its root tree: whether that may leave takes the whole closure.
  const tree = git(rig.source, ['rev-parse', 'main^{tree}'])
  await serving.inventory(repository)
  await serving.objects(repository, { wants: [tree], haves: [], filter: 'objects', thin: false })
  return {
    repositories,
    serving,
    rows,
    open: new WeakRef(open),
    pack: new WeakRef(open.objects.packs[0] as StoredPack),
  }
}

test('what is known of a repository is kept while it is here, and not when it was removed', async () => {
  await rig.imported()
  const { repositories, serving, rows, open, pack } = await served(id)
  expect(await isCollected(open)).toBe(false)
  expect(rows.bytes).toBeGreaterThan(0)
  await rig.store.removeRepository(id)
  expect(await repositories.find(id)).toBeUndefined()
  expect(await isCollected(open)).toBe(true)
  expect(await isCollected(pack)).toBe(true)
  expect(rows.bytes).toBe(0)
  await expect(serving.inventory(id)).rejects.toThrow()
})

test('the store that removes a repository lets go of it by itself', async () => {
  await rig.imported()
  const [row] = await rig.backend.packs()
  // The backend in memory gives out the very index that it keeps.
  const index = new WeakRef((await rig.backend.readIndex(row?.key ?? '')) ?? {})
  const [wants, haves] = [[git(rig.source, ['rev-parse', 'main^{tree}'])], []]
  await rig.store.closeReader(
    (await rig.store.openObjects(id, { wants, haves, filter: 'objects', thin: false })).reader,
  )
  expect(await isCollected(index)).toBe(false)
  await rig.store.removeRepository(id)
  expect(await isCollected(index)).toBe(true)
})

test('a pack that another repository holds stays, and so does what is served of that', async () => {
  await rig.imported()
  await rig.admit(rig.store, other, await rig.store.importBundle(other, rig.bundle))
  const { repositories, serving, open, pack } = await served(other)
  await rig.store.removeRepository(id)
  expect(await repositories.find(id)).toBeUndefined()
  expect(await isCollected(open)).toBe(false)
  expect(pack.deref()).toBeDefined()
  expect(await serving.inventory(other)).toHaveLength(1)
})

test('a closure of a generation that is over is not kept', async () => {
  await rig.imported()
  const { repositories, serving, open } = await served(id)
  await rig.store.transact({ repository: id, settings: new Uint8Array([1]) })
  await repositories.open(id)
  expect(await isCollected(open)).toBe(true)
  expect(await serving.inventory(id)).toHaveLength(1)
})
