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
})
