import { afterEach, describe, expect, test } from 'vitest'
import { MemoryBackend, openMemoryGitStore } from '../../git/testing.ts'
import { bundleOf, inTemporaryFolder, makeSource, verdict, verdictOnStore } from './testing/git.ts'
import { overriding } from './testing/overriding.ts'
import { createParty, isReady, until, type Member } from './testing/world.ts'
import type { GitStore } from '../../git/index.ts'

const party = createParty()

afterEach(() => party.stop())

/** A disk that gives back less than was written, until it is written again. */
class Rotting extends MemoryBackend {
  readonly rotten = new Set<string>()

  override async readRow(key: string, n: number) {
    const row = await super.readRow(key, n)
    return this.rotten.has(`${key} ${n}`) ? row?.subarray(0, 1000) : row
  }

  override async writeRows(key: string, rows: Array<{ n: number; bytes: Uint8Array }>) {
    for (const { n } of rows) this.rotten.delete(`${key} ${n}`)
    await super.writeRows(key, rows)
  }
}

/** Ana has what `options` describe, Bo a copy of it on a disk that rots; then he starts again, with nothing in memory. */
async function copied(folder: string, options: Parameters<typeof makeSource>[1]) {
  const path = await makeSource(folder, options)
  const served = { chunks: 0, packs: 0 }
  const anas = await openMemoryGitStore()
  const counting = overriding(anas, {
    chunk: async (...args) => {
      served.chunks++
      return anas.chunk(...args)
    },
    openObjects: async (...args) => {
      if (args[1].filter === 'closure') served.packs++
      return anas.openObjects(...args)
    },
  })
  const ana = await party.member({ name: 'Ana', store: counting })
  const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'source' })
  const disk = new Rotting()
  const first = await party.member({ name: 'Bo', store: await openMemoryGitStore(disk) })
  await first.peer.dial(ana.peer)
  await first.sync.open(ana.sync.link(token))
  await until(first.sync, token, isReady)
  await first.stop()
  const store = await openMemoryGitStore(disk)
  const bo = await party.member({ name: 'Bo', store })
  await until(bo.sync, token, isReady)
  const before = { ...served }
  const since = () => ({ chunks: served.chunks - before.chunks, packs: served.packs - before.packs })
  return { path, token, ana, bo, disk, store, since }
}

/** Reads all of it, which fails where something is damaged. */
async function read(store: GitStore, token: string): Promise<unknown> {
  try {
    const { reader } = await store.openBundle(token)
    while ((await store.readPack(reader, 1 << 20)) !== null);
    return null
  } catch (error) {
    return error
  }
}

async function rotAndMend(kind: 'base' | 'tail', { token, ana, bo, disk, store }: Awaited<ReturnType<typeof copied>>) {
  const [pack] = (await disk.packs()).filter((row) => row.kind === kind && row.state === 'verified')
  disk.rotten.add(`${pack?.key} 0`)
  expect(await read(store, token)).toBeInstanceOf(Error)
  expect((await store.repository(token))?.damaged).toBe(true)
  await bo.peer.dial(ana.peer)
  await expect.poll(async () => (await store.repository(token))?.damaged, { timeout: 10_000 }).toBeUndefined()
  await until(bo.sync, token, isReady)
  expect(await read(store, token)).toBeNull()
  expect((await disk.packs()).filter(({ state }) => state !== 'verified')).toEqual([])
}

async function news({ sync }: Member, token: string): Promise<string> {
  const parent = sync.repository(token)?.refs.find(({ name }) => name === 'refs/heads/main')?.oid ?? null
  const author = { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 0 }
  const changes = [{ path: 'news.txt', content: new Uint8Array(1) }]
  return (await sync.commit(token, { ref: 'refs/heads/main', parent, changes, author, message: 'News\n' })).commit
}

describe('a row that is cut short under what was verified', () => {
  test('of a base pack is noticed and fetched again, and nothing else is; nobody is blamed', async () => {
    await inTemporaryFolder(async (folder) => {
      const all = await copied(folder, { commits: 10, randomBytes: 500_000 })
      await rotAndMend('base', all)
      expect(all.since()).toEqual({ chunks: 1, packs: 0 })
      expect(await verdictOnStore(all.store, all.token)).toEqual(await verdict(all.path))
      // Ana is as good as before.
      const commit = await news(all.ana, all.token)
      await until(all.bo.sync, all.token, ({ refs }) => refs.some(({ oid }) => oid === commit))
    })
  })

  test('of the tail comes again with all of it, where no base pack has it', async () => {
    await inTemporaryFolder(async (folder) => {
      const all = await copied(folder, { commits: 60 })
      await rotAndMend('tail', all)
      expect(all.since()).toEqual({ chunks: 0, packs: 1 })
      expect(await verdictOnStore(all.store, all.token)).toEqual(await verdict(all.path))
    })
  })

  test('waits for somebody who has it, and gives out meanwhile that nothing is here', async () => {
    await inTemporaryFolder(async (folder) => {
      const { token, ana, bo, disk, store } = await copied(folder, { commits: 60 })
      disk.rotten.add(`${(await disk.packs())[0]?.key} 0`)
      expect(await read(store, token)).toBeInstanceOf(Error)
      const cleo = await party.member({ name: 'Cleo' })
      await cleo.peer.dial(bo.peer)
      await cleo.sync.open(ana.sync.link(token))
      const known = await until(cleo.sync, token, ({ holders, comparedAt }) => holders.length === 1 && comparedAt > 0)
      expect(known.holders).toMatchObject([{ complete: false }])
      await cleo.peer.dial(ana.peer)
      await until(cleo.sync, token, isReady)
      await expect.poll(async () => (await store.repository(token))?.damaged, { timeout: 10_000 }).toBeUndefined()
    })
  })
})
