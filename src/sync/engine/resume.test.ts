import { afterEach, describe, expect, test } from 'vitest'
import { MemoryBackend, openMemoryGitStore } from '../../git/testing.ts'
import { CHUNK_BYTES } from '../wire/index.ts'
import { bundleOf, inTemporaryFolder, makeSource, verdict, verdictOnStore } from './testing/git.ts'
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

/** Ana imports a repository whose pack has about 20 chunks. */
async function imported(folder: string, ana: Member): Promise<{ token: string; path: string; chunks: number }> {
  const path = await makeSource(folder, { commits: 10, randomBytes: 500_000 })
  const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'source' })
  const [pack] = await ana.store.inventory(token)
  return { token, path, chunks: Math.ceil((pack?.size ?? 0) / CHUNK_BYTES) }
}

async function cloned(from: Member, to: Member, token: string): Promise<void> {
  await to.peer.dial(from.peer)
  await to.sync.open(from.sync.link(token))
  await until(to.sync, token, isReady)
}

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
