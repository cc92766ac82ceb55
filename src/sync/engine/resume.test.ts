import { afterEach, describe, expect, test } from 'vitest'
import { MemoryBackend, openMemoryGitStore } from '../../git/testing.ts'
import { CHUNK_BYTES } from '../wire/index.ts'
import { bundleOf, git, inTemporaryFolder, makeSource, verdict, verdictOnStore } from './testing/git.ts'
import { overriding } from './testing/overriding.ts'
import { createParty, isReady, until, type Member } from './testing/world.ts'
import type { GitStore } from '../../git/index.ts'

const party = createParty()

afterEach(() => party.stop())

/** Counts the chunks that a store serves; beyond `limit` it is silent. */
class Meter {
  served = 0
  limit = Infinity
  readonly store: GitStore

  constructor(store: GitStore) {
    this.store = overriding(store, {
      chunk: async (...args) => {
        if (this.served >= this.limit) return new Promise<never>(() => undefined)
        this.served++
        return store.chunk(...args)
      },
    })
  }
}

async function metered(): Promise<{ member: Member; meter: Meter }> {
  const meter = new Meter(await openMemoryGitStore())
  return { member: await party.member({ store: meter.store }), meter }
}

/** Ana imports a repository whose pack has about 20 chunks, and whose only ref is `main`. */
async function imported(folder: string, ana: Member): Promise<{ token: string; path: string; chunks: number }> {
  const path = await makeSource(folder, { commits: 10, randomBytes: 500_000 })
  await git(path, 'branch', '-D', 'feature')
  await git(path, 'tag', '-d', 'v1', 'light')
  const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'source' })
  const [pack] = await ana.store.inventory(token)
  return { token, path, chunks: Math.ceil((pack?.size ?? 0) / CHUNK_BYTES) }
}

async function cloned(from: Member, to: Member, token: string): Promise<void> {
  await to.peer.dial(from.peer)
  await to.sync.open(from.sync.link(token))
  await until(to.sync, token, isReady)
}

/** A commit that stands in no base pack. */
async function later({ sync }: Member, token: string): Promise<void> {
  const parent = sync.repository(token)?.refs.find(({ name }) => name === 'refs/heads/main')?.oid ?? null
  await sync.commit(token, {
    ref: 'refs/heads/main',
    parent,
    changes: [{ path: 'later.txt', content: new TextEncoder().encode('Later\n') }],
    author: { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 60 },
    message: 'Later\n',
  })
}

/** Counts the bytes of tails that a store is given. */
function counting(store: GitStore): { counted: GitStore; written: () => number } {
  let bytes = 0
  const counted = overriding(store, {
    writePack: async (writer, part) => {
      bytes += part.byteLength
      await store.writePack(writer, part)
    },
  })
  return { counted, written: () => bytes }
}

describe('a fork', () => {
  test('shares the base pack that is here, gets only what came after it, and outlives the other', async () => {
    await inTemporaryFolder(async (folder) => {
      const ana = await metered()
      const { token, path, chunks } = await imported(folder, ana.member)
      const fork = await ana.member.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'fork' })
      await later(ana.member, fork.token)
      const backend = new MemoryBackend()
      const { counted, written } = counting(await openMemoryGitStore(backend))
      const bo = await party.member({ store: counted })
      await cloned(ana.member, bo, token)
      expect(ana.meter.served).toBe(chunks)
      await bo.sync.open(ana.member.sync.link(fork.token))
      await until(bo.sync, fork.token, isReady)
      expect(ana.meter.served).toBe(chunks)
      expect(written()).toBeLessThan(10_000)
      expect(await backend.packs()).toHaveLength(1)
      await bo.sync.remove(token)
      const expected = await verdictOnStore(ana.member.store, fork.token)
      expect(await verdictOnStore(bo.store, fork.token)).toEqual(expected)
      await bo.stop()
      expect(await verdictOnStore(await openMemoryGitStore(backend), fork.token)).toEqual(expected)
      await bo.store.removeRepository(fork.token)
      expect(await backend.packs()).toEqual([])
    })
  })
})

describe('a clone that is interrupted', () => {
  test('by its holder goes on from the next one, with the chunks that are here', async () => {
    await inTemporaryFolder(async (folder) => {
      const [ana, cleo, bo] = await Promise.all([metered(), metered(), party.member()])
      const { token, path, chunks } = await imported(folder, ana.member)
      await cloned(ana.member, cleo.member, token)
      expect(ana.meter.served).toBe(chunks)
      ana.meter.limit = chunks + 9
      await bo.peer.dial(ana.member.peer)
      await bo.sync.open(ana.member.sync.link(token))
      await until(bo.sync, token, ({ transfer }) => (transfer?.bytes ?? 0) >= 9 * CHUNK_BYTES)
      await bo.peer.dial(cleo.member.peer)
      await ana.member.stop()
      await until(bo.sync, token, isReady)
      expect(await verdictOnStore(bo.store, token)).toEqual(await verdict(path))
      expect(cleo.meter.served).toBe(chunks - 9)
    })
  })

  test('by a reload goes on from the chunks that are here', async () => {
    await inTemporaryFolder(async (folder) => {
      const ana = await metered()
      const { token, path, chunks } = await imported(folder, ana.member)
      ana.meter.limit = 8
      const backend = new MemoryBackend()
      const first = await party.member({ store: await openMemoryGitStore(backend) })
      await first.peer.dial(ana.member.peer)
      await first.sync.open(ana.member.sync.link(token))
      await until(first.sync, token, ({ transfer }) => (transfer?.bytes ?? 0) >= 8 * CHUNK_BYTES)
      await first.stop()
      ana.meter.limit = Infinity
      // The link is not opened again: it is known from before.
      const second = await party.member({ store: await openMemoryGitStore(backend) })
      expect(second.sync.repository(token)?.status.kind).not.toBe('ready')
      await second.peer.dial(ana.member.peer)
      await until(second.sync, token, isReady)
      expect(await verdictOnStore(second.store, token)).toEqual(await verdict(path))
      expect(ana.meter.served).toBe(chunks)
    })
  })

  test('by its user keeps its chunks, and goes on when asked to', async () => {
    await inTemporaryFolder(async (folder) => {
      const [ana, bo] = await Promise.all([metered(), party.member()])
      const { token, path, chunks } = await imported(folder, ana.member)
      ana.meter.limit = 8
      await bo.peer.dial(ana.member.peer)
      await bo.sync.open(ana.member.sync.link(token))
      await until(bo.sync, token, ({ transfer }) => (transfer?.bytes ?? 0) >= 8 * CHUNK_BYTES)
      await bo.sync.cancel(token)
      expect(bo.sync.repository(token)?.status).toEqual({ kind: 'paused' })
      ana.meter.limit = Infinity
      await bo.sync.resume(token)
      await until(bo.sync, token, isReady, 20_000)
      expect(await verdictOnStore(bo.store, token)).toEqual(await verdict(path))
      expect(ana.meter.served).toBeLessThanOrEqual(chunks + 1)
    })
  })

  test('behind its base pack gets only what came after it', async () => {
    await inTemporaryFolder(async (folder) => {
      const ana = await metered()
      const { token, chunks } = await imported(folder, ana.member)
      await later(ana.member, token)
      const backend = new MemoryBackend()
      const store = await openMemoryGitStore(backend)
      const reached = Promise.withResolvers<void>()
      const ending = overriding(store, {
        openPackWriter: async () => {
          reached.resolve()
          throw new Error('The tab ends here')
        },
      })
      const first = await party.member({ store: ending })
      await first.peer.dial(ana.member.peer)
      await first.sync.open(ana.member.sync.link(token))
      await reached.promise
      await first.stop()
      const { counted, written } = counting(await openMemoryGitStore(backend))
      const second = await party.member({ store: counted })
      await second.peer.dial(ana.member.peer)
      await until(second.sync, token, isReady)
      expect(await verdictOnStore(second.store, token)).toEqual(await verdictOnStore(ana.member.store, token))
      expect(ana.meter.served).toBe(chunks)
      expect(written()).toBeLessThan(10_000)
    })
  })

  test('before anybody is there says so, and goes on by itself when somebody comes', async () => {
    const [ana, bo] = await Promise.all([party.member(), party.member()])
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    const opened = performance.now()
    await bo.sync.open(ana.sync.link(token))
    expect(performance.now() - opened).toBeLessThan(500)
    await until(bo.sync, token, ({ status }) => status.kind === 'looking' && status.nobody, 8_000)
    await bo.peer.dial(ana.peer)
    await until(bo.sync, token, isReady)
  })

  test('and given up leaves nothing behind', async () => {
    await inTemporaryFolder(async (folder) => {
      const [ana, bo] = await Promise.all([metered(), party.member()])
      const { token } = await imported(folder, ana.member)
      ana.meter.limit = 8
      await bo.peer.dial(ana.member.peer)
      await bo.sync.open(ana.member.sync.link(token))
      await until(bo.sync, token, ({ transfer }) => (transfer?.bytes ?? 0) >= 8 * CHUNK_BYTES)
      await bo.sync.remove(token)
      expect(bo.sync.repositories()).toEqual([])
      expect(await bo.store.repositories()).toEqual([])
      expect(await bo.store.usage()).toEqual([])
    })
  })
})
