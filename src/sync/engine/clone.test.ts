import { afterEach, describe, expect, test } from 'vitest'
import { bundleOf, inTemporaryFolder, makeSource, verdict, verdictOnStore } from './testing/git.ts'
import { createParty, isReady, until } from './testing/world.ts'

const party = createParty()
const { member } = party

afterEach(() => party.stop())

describe('a clone', () => {
  test('of a small repository is what stock git says of its source', async () => {
    await inTemporaryFolder(async (folder) => {
      const source = await makeSource(folder, { commits: 5 })
      const [ana, bo] = await Promise.all([member(), member()])
      const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(source), name: 'source' })
      await bo.peer.dial(ana.peer)
      await bo.sync.open(ana.sync.link(token))
      const state = await until(bo.sync, token, isReady)
      expect(state.head).toBe('refs/heads/main')
      expect(state.document?.name).toBe('source')
      expect(await verdictOnStore(bo.store, token)).toEqual(await verdict(source))
    })
  })

  test('of a repository with base packs is what stock git says of its source', async () => {
    await inTemporaryFolder(async (folder) => {
      const source = await makeSource(folder, { commits: 12, randomBytes: 300_000 })
      const [ana, bo] = await Promise.all([member({ latency: 10 }), member({ latency: 10 })])
      const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(source), name: 'source' })
      expect(await ana.store.inventory(token)).toHaveLength(1)
      await bo.peer.dial(ana.peer)
      const phases = new Set<string>()
      bo.sync.on(() => {
        const phase = bo.sync.repository(token)?.transfer?.phase
        if (phase != null) phases.add(phase)
      })
      await bo.sync.open(ana.sync.link(token))
      await until(bo.sync, token, isReady)
      expect(await verdictOnStore(bo.store, token)).toEqual(await verdict(source))
      expect(await bo.store.inventory(token)).toEqual(await ana.store.inventory(token))
      expect([...phases]).toContain('packs')
    })
  })

  test('of base packs and what came after them is the same everywhere', async () => {
    await inTemporaryFolder(async (folder) => {
      const source = await makeSource(folder, { commits: 8, randomBytes: 300_000 })
      const [ana, bo, cleo] = await Promise.all([member(), member(), member()])
      const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(source), name: 'source' })
      for (let n = 0; n < 3; n++) {
        const parent = ana.sync.repository(token)?.refs.find(({ name }) => name === 'refs/heads/main')?.oid ?? null
        await ana.sync.commit(token, {
          ref: 'refs/heads/main',
          parent,
          changes: [{ path: `later-${n}.txt`, content: new Uint8Array(100).fill(65 + n) }],
          author: { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000 + n, offset: 60 },
          message: `Later ${n}\n`,
        })
      }
      await bo.peer.dial(ana.peer)
      await bo.sync.open(ana.sync.link(token))
      await until(bo.sync, token, isReady)
      await ana.stop()
      await cleo.peer.dial(bo.peer)
      await cleo.sync.open({ token })
      await until(cleo.sync, token, isReady)
      const expected = await verdictOnStore(bo.store, token)
      expect(expected.objects.length).toBeGreaterThan((await verdict(source)).objects.length)
      expect(await verdictOnStore(cleo.store, token)).toEqual(expected)
    })
  })
})
