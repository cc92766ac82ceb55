import type { Connection } from '@libp2p/interface'
import { afterEach, describe, expect, test } from 'vitest'
import { openMemoryGitStore } from '../../git/testing.ts'
import { RELAYED_TAIL_BYTES } from './relayed.ts'
import { bundleOf, inTemporaryFolder, makeSource, verdict, verdictOnStore } from './testing/git.ts'
import { overriding } from './testing/overriding.ts'
import { createParty, isReady, until, type Member } from './testing/world.ts'

const party = createParty()

afterEach(() => party.stop())

/** Connects two peers by what libp2p takes for a relayed link: a connection with limits. */
async function connectRelayed(a: Member, b: Member): Promise<void> {
  const limit = ({ detail }: CustomEvent<Connection>): void => {
    detail.limits = { bytes: 4n * 1024n * 1024n }
  }
  for (const { peer } of [a, b]) peer.components.events.addEventListener('connection:open', limit)
  await a.peer.dial(b.peer)
  for (const { peer } of [a, b]) peer.components.events.removeEventListener('connection:open', limit)
}

describe('over a relayed link', () => {
  test('a small repository is cloned, and the holder is shown as relayed', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await makeSource(folder, { commits: 5 })
      const [ana, bo] = await Promise.all([party.member(), party.member()])
      const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'source' })
      await connectRelayed(bo, ana)
      await bo.sync.open(ana.sync.link(token))
      const state = await until(bo.sync, token, isReady)
      expect(state.holders.map(({ link }) => link)).toEqual(['relayed'])
      expect(await verdictOnStore(bo.store, token)).toEqual(await verdict(path))
    })
  })

  test('code is shown while a direct link is still being made, and nothing else passes until that is decided', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await makeSource(folder, { commits: 5 })
      const [ana, bo] = await Promise.all([party.member(), party.member()])
      const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'source' })
      await connectRelayed(bo, ana)
      const dial = Promise.withResolvers<void>()
      const connect = bo.peer.connect.bind(bo.peer)
      bo.peer.connect = async (...args) => {
        await dial.promise
        return connect(...args)
      }
      await bo.sync.open(ana.sync.link(token))
      const state = await until(bo.sync, token, ({ preview }) => preview != null)
      expect(state.holders).toEqual([])
      expect(state.status).toEqual({ kind: 'connecting', peer: ana.peer.peerId.toString() })
      const { oid } = (await bo.store.tree(token, state.preview?.commit ?? '', '', { partial: true })).entries[0] ?? {}
      await bo.sync.want(token, [oid ?? ''])
      expect(bo.sync.repository(token)?.transfer).toBeNull()
      // None could be had: small things pass, and it is said how.
      dial.resolve()
      expect((await until(bo.sync, token, isReady)).holders.map(({ link }) => link)).toEqual(['relayed'])
      expect(await verdictOnStore(bo.store, token)).toEqual(await verdict(path))
    })
  })

  test('a base pack waits for a direct link, and comes as soon as there is one', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await makeSource(folder, { commits: 6, randomBytes: 500_000 })
      const [ana, bo] = await Promise.all([party.member(), party.member()])
      const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'source' })
      await connectRelayed(bo, ana)
      await bo.sync.open(ana.sync.link(token))
      const state = await until(bo.sync, token, ({ document, status }) => document != null && status.kind === 'looking')
      expect(state.holders.map(({ link }) => link)).toEqual(['relayed'])
      expect((await bo.store.usage())[0]?.bytes).toBe(0)
      await bo.peer.hangUp(ana.peer)
      await bo.peer.dial(ana.peer)
      bo.sync.retry(token)
      await until(bo.sync, token, isReady)
      expect(await verdictOnStore(bo.store, token)).toEqual(await verdict(path))
    })
  })

  test('a direct link is looked for though there are direct ones to others who wait for it', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await makeSource(folder, { commits: 6, randomBytes: 500_000 })
      const [ana, bo, cleo] = await Promise.all([party.member(), party.member(), party.member()])
      const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'source' })
      await connectRelayed(bo, ana)
      const connect = bo.peer.connect.bind(bo.peer)
      let dials = 0
      bo.peer.connect = async (...args) => {
        if (++dials === 1) throw new Error('Nobody heard.')
        await bo.peer.hangUp(ana.peer)
        await bo.peer.dial(ana.peer)
        return await connect(...args)
      }
      await bo.peer.dial(cleo.peer)
      await Promise.all([cleo.sync.open({ token }), bo.sync.open({ token })])
      await until(bo.sync, token, ({ holders }) => holders.some(({ link }) => link === 'direct'))
      await bo.sync.open(ana.sync.link(token))
      await until(bo.sync, token, isReady)
      expect(dials).toBe(2)
      expect(await verdictOnStore(bo.store, token)).toEqual(await verdict(path))
    })
  })

  test('a tail is cut off where it is longer than may pass, and nobody is blamed', async () => {
    await inTemporaryFolder(async (folder) => {
      const path = await makeSource(folder, { commits: 8, randomBytes: 400_000 })
      const store = await openMemoryGitStore()
      let sent = 0
      // No base packs, and the length of the tail is not said.
      const silent = overriding(store, {
        inventory: async () => [],
        openObjects: async (...args) => ({ ...(await store.openObjects(...args)), bytes: null }),
        readPack: async (...args) => {
          const bytes = await store.readPack(...args)
          sent += bytes?.byteLength ?? 0
          return bytes
        },
      })
      const [ana, bo] = await Promise.all([party.member({ store: silent }), party.member()])
      const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(path), name: 'source' })
      await connectRelayed(bo, ana)
      let received = 0
      bo.sync.on(() => {
        received = Math.max(received, bo.sync.repository(token)?.transfer?.bytes ?? 0)
      })
      await bo.sync.open(ana.sync.link(token))
      await until(bo.sync, token, ({ status }) => status.kind === 'cloning')
      await until(bo.sync, token, ({ status }) => status.kind === 'looking')
      expect(received).toBeLessThanOrEqual(RELAYED_TAIL_BYTES)
      expect(sent).toBeLessThan(RELAYED_TAIL_BYTES + 512 * 1024)
      expect(bo.peer.peers.denied()).toEqual([])
    })
  })
})
