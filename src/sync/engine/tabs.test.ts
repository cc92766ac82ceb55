import { afterEach, describe, expect, test, vi } from 'vitest'
import { openMemoryGitStore } from '../../git/testing.ts'
import { LimitExceededError } from '../errors.ts'
import { bundleOf, git, inTemporaryFolder, makeSource, verdict, verdictOnStore } from './testing/git.ts'
import { overriding } from './testing/overriding.ts'
import { createPuppets, honest } from './testing/puppet.ts'
import { createParty, isReady, until, type Member } from './testing/world.ts'
import type { CommitRequest } from '../../git/index.ts'
import type { ImportState } from '../types.ts'

const party = createParty()
const puppets = createPuppets()

afterEach(async () => {
  await party.stop()
  await puppets.stop()
})

function edit(parent: string | null, text: string): CommitRequest {
  return {
    ref: 'refs/heads/main',
    parent,
    changes: [{ path: 'README.md', content: new TextEncoder().encode(text) }],
    author: { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 60 },
    message: `Say ${text}\n`,
  }
}

function tip({ sync }: Member, token: string): string | null {
  return sync.repository(token)?.refs[0]?.oid ?? null
}

describe('two tabs of one storage', () => {
  test('show the same, whichever of them imports, commits or removes', async () => {
    const store = await openMemoryGitStore()
    const writer = crypto.getRandomValues(new Uint8Array(16))
    const first = await party.member({ name: 'Ana', store, writer })
    const second = await party.member({ store, writer, identity: first.peer.identity })
    const { token } = await first.sync.create({ kind: 'new', name: 'notes', description: '' })
    await until(second.sync, token, isReady)
    const { commit } = await second.sync.commit(token, edit(tip(second, token), 'from the second'))
    await until(first.sync, token, () => tip(first, token) === commit)
    const again = await first.sync.commit(token, edit(commit, 'from the first'))
    await until(second.sync, token, () => tip(second, token) === again.commit)
    await second.sync.remove(token)
    await vi.waitFor(() => expect(first.sync.repositories()).toEqual([]))
    await party.stop()
    await store.close()
  })
})

describe('several at once', () => {
  test('eight clone from one holder at the same time', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await makeSource(folder, { commits: 6, randomBytes: 250_000 })
      const ana = await party.member()
      const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'source' })
      const expected = await verdict(path)
      const others = await Promise.all(Array.from({ length: 8 }, () => party.member()))
      await Promise.all(
        others.map(async (other) => {
          await other.peer.dial(ana.peer)
          await other.sync.open(ana.sync.link(token))
          await until(other.sync, token, isReady, 25_000)
        }),
      )
      for (const other of others) expect(await verdictOnStore(other.store, token)).toEqual(expected)
    })
  })

  test('news passes from copy to copy, where not everybody knows everybody', async () => {
    const [ana, bo, cleo] = await Promise.all([party.member(), party.member(), party.member()])
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    await bo.peer.dial(ana.peer)
    await bo.sync.open(ana.sync.link(token))
    await until(bo.sync, token, isReady)
    await cleo.peer.dial(bo.peer)
    await cleo.sync.open({ token })
    await until(cleo.sync, token, isReady)
    const { commit } = await ana.sync.commit(token, edit(tip(ana, token), 'far away'))
    await until(cleo.sync, token, () => tip(cleo, token) === commit, 2_000)
  })
})

describe('an import', () => {
  test('tells how far it is, and is what stock git says of its source', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await makeSource(folder, { commits: 5 })
      const ana = await party.member()
      const states: ImportState[] = []
      const onProgress = (state: ImportState): void => void states.push(state)
      const file = await bundleOf(path)
      const { token } = await ana.sync.create({ kind: 'bundle', file, name: 'source.bundle' }, { onProgress })
      expect(states.at(-1)?.phase).toBe('sign')
      expect(await verdictOnStore(ana.store, token)).toEqual(await verdict(path))
      expect(ana.sync.repository(token)).toMatchObject({ maintainer: true, head: 'refs/heads/main', stale: false })
    })
  })

  test('of a repository whose HEAD is another branch says so in its document', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await makeSource(folder, { commits: 3 })
      await git(path, 'checkout', '-q', '-b', 'trunk')
      await git(path, 'commit', '-q', '--allow-empty', '-m', 'On the trunk')
      const ana = await party.member()
      const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'source' })
      expect(ana.sync.repository(token)).toMatchObject({
        head: 'refs/heads/trunk',
        document: { defaultBranch: 'trunk' },
      })
    })
  })

  test('that is cancelled leaves nothing', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await makeSource(folder, { commits: 4, randomBytes: 500_000 })
      const ana = await party.member()
      const stop = new AbortController()
      const onProgress = (): void => stop.abort(new Error('enough'))
      const file = await bundleOf(path)
      const created = ana.sync.create({ kind: 'bundle', file, name: 'source' }, { signal: stop.signal, onProgress })
      await expect(created).rejects.toThrow('enough')
      expect(ana.sync.repositories()).toEqual([])
      expect(await ana.store.repositories()).toEqual([])
      expect(await ana.store.usage()).toEqual([])
    })
  })

  test('of what is no bundle is refused, and leaves nothing', async () => {
    const ana = await party.member()
    const file = new Blob(['This is no bundle'])
    await expect(ana.sync.create({ kind: 'bundle', file, name: 'source' })).rejects.toThrow()
    expect(await ana.store.repositories()).toEqual([])
  })
})

describe('limits', () => {
  test('one byte more than is fetched unasked waits for its user', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await makeSource(folder, { commits: 4, randomBytes: 400_000 })
      const ana = await party.member()
      const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'source' })
      const size = (await ana.store.inventory(token))[0]?.size ?? 0
      const careful = await party.member({ sync: { fetchPolicy: { withoutAsking: () => size - 1 } } })
      await careful.peer.dial(ana.peer)
      await careful.sync.open(ana.sync.link(token))
      const state = await until(careful.sync, token, ({ status }) => status.kind === 'paused')
      expect(state.transfer).toMatchObject({ bytes: 0, totalBytes: size })
      expect(state.document?.name).toBe('source')
      await careful.sync.resume(token)
      await until(careful.sync, token, isReady)
      const exact = await party.member({ sync: { fetchPolicy: { withoutAsking: () => size } } })
      await exact.peer.dial(ana.peer)
      await exact.sync.open(ana.sync.link(token))
      await until(exact.sync, token, isReady)
    })
  })

  test('one byte more than is fetched unasked waits for its user, though it comes in no base pack', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await makeSource(folder, { commits: 4, randomBytes: 100_000 })
      const ana = await party.member()
      const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'source' })
      expect(await ana.store.inventory(token)).toEqual([])
      let opened = 0
      const counting = overriding(ana.store, {
        openObjects: async (id, request, options) => {
          if (request.filter === 'closure') opened++
          return ana.store.openObjects(id, request, options)
        },
      })
      const refs = await honest(ana, token)
      const holder = await puppets.holder(token, counting, () => refs)
      const limit = { withoutAsking: () => 300_000 }
      const careful = await party.member({ sync: { fetchPolicy: limit } })
      await careful.peer.dial(holder)
      await careful.sync.open({ token })
      const state = await until(careful.sync, token, ({ status }) => status.kind === 'paused')
      expect(state.transfer?.totalBytes).toBeGreaterThan(limit.withoutAsking())
      expect(state.refs).toEqual([])
      // What woke it would otherwise make it fetch, and throw away, the same again.
      careful.sync.retry(token)
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(opened).toBe(1)
      await careful.sync.resume(token)
      await until(careful.sync, token, isReady)
      expect(await verdictOnStore(careful.store, token)).toEqual(await verdict(path))
    })
  })

  test('one ref more than may be signed is refused, and leaves nothing', async () => {
    const store = await openMemoryGitStore()
    const refs = (oid: string) => Array.from({ length: 10_001 }, (_, n) => ({ name: `refs/tags/t${n}`, oid }))
    const many = overriding(store, {
      importFiles: async (...args) => {
        const staged = await store.importFiles(...args)
        return { ...staged, refs: refs(staged.refs[0]?.oid ?? '') }
      },
    })
    const ana = await party.member({ store: many })
    await expect(ana.sync.create({ kind: 'new', name: 'many', description: '' })).rejects.toThrow(LimitExceededError)
    expect(await store.repositories()).toEqual([])
    await store.close()
  })
})
