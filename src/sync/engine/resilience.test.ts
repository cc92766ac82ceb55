import { afterEach, describe, expect, test } from 'vitest'
import { openMemoryGitStore } from '../../git/testing.ts'
import { NotServedError } from '../../git/index.ts'
import { createMemoryPeer } from '../../peer/testing.ts'
import { digestOf, discoveryKey } from '../document/index.ts'
import { ClientConnections } from './client/connection.ts'
import { ClientSession } from './client/session.ts'
import { SyncServer } from './server/server.ts'
import { SYNC_PROTOCOL } from '../wire/index.ts'
import { overriding } from './testing/overriding.ts'
import { createPuppets, honest } from './testing/puppet.ts'
import { createParty, isReady, until, type Member } from './testing/world.ts'
import type { CommitRequest } from '../../git/index.ts'

const party = createParty()
const puppets = createPuppets()

afterEach(async () => {
  await party.stop()
  await puppets.stop()
})

const MAIN = 'refs/heads/main'

function tip({ sync }: Member, token: string): string | null {
  return sync.repository(token)?.refs.find(({ name }) => name === MAIN)?.oid ?? null
}

function edit(parent: string | null, text: string): CommitRequest {
  return {
    ref: MAIN,
    parent,
    changes: [{ path: 'README.md', content: new TextEncoder().encode(text) }],
    author: { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 60 },
    message: `Say ${text}\n`,
  }
}

async function newRepository(): Promise<{ ana: Member; token: string }> {
  const ana = await party.member({ name: 'Ana' })
  const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
  return { ana, token }
}

test('transfers leave no stream behind, of which a holder would soon take no more', async () => {
  const { ana, token } = await newRepository()
  const bo = await party.member({ name: 'Bo' })
  await bo.peer.dial(ana.peer)
  await bo.sync.open(ana.sync.link(token))
  await until(bo.sync, token, isReady)
  for (let n = 0; n < 5; n++) {
    const { commit } = await ana.sync.commit(token, edit(tip(ana, token), `version ${n}`))
    await until(bo.sync, token, () => tip(bo, token) === commit, 3_000)
  }
  // A control stream of each, asking and answering.
  const streams = () =>
    bo.peer.components.connectionManager.getConnections().flatMap((connection) => connection.streams)
  await expect.poll(() => streams().filter(({ protocol }) => protocol === SYNC_PROTOCOL).length).toBe(2)
})

describe('a comparison', () => {
  test('that a busy holder put off is made all the same', async () => {
    const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
    await bo.peer.dial(ana.peer)
    // As many that asking for all of them is more than one peer may ask at once.
    const tokens: string[] = []
    for (let n = 0; n < 10; n++) {
      const { token } = await ana.sync.create({ kind: 'new', name: `notes ${n}`, description: '' })
      await bo.sync.open(ana.sync.link(token))
      tokens.push(token)
    }
    for (const token of tokens) await until(bo.sync, token, isReady, 30_000)
    const commits = await Promise.all(
      tokens.map(async (token) => (await ana.sync.commit(token, edit(tip(ana, token), 'news'))).commit),
    )
    for (const [n, token] of tokens.entries()) await until(bo.sync, token, () => tip(bo, token) === commits[n], 30_000)
  }, 90_000)

  test('that failed here when a holder was met is made again, though nobody says that there is news', async () => {
    const { ana, token } = await newRepository()
    const store = await openMemoryGitStore()
    let failures = 0
    const failing = overriding(store, {
      transact: async (transaction) => {
        if (transaction.documents != null && transaction.create !== true && failures++ === 0)
          throw new Error('Just now not')
        return store.transact(transaction)
      },
    })
    const bo = await party.member({ name: 'Bo', store: failing })
    await bo.peer.dial(ana.peer)
    await bo.sync.open(ana.sync.link(token))
    await until(bo.sync, token, isReady)
    expect(failures).toBeGreaterThan(1)
    await party.stop()
    await store.close()
  })
})

test('of more announcements than are looked at the last is heard', async () => {
  const { ana, token } = await newRepository()
  const digest = digestOf(token)
  const key = await discoveryKey(digest)
  const holder = await createMemoryPeer({ name: 'Holder' })
  const asker = await createMemoryPeer({ name: 'Asker' })
  const served = {
    token,
    digest,
    discoveryKey: key,
    answer: () => ({ documents: [], headers: [] }),
    holders: () => [],
    announced: () => undefined,
    carried: () => [],
    havingAll: () => [],
    sent: () => undefined,
  }
  const server = new SyncServer(holder, ana.store, { find: () => served })
  await server.start()
  await asker.dial(holder)
  const heard: number[] = []
  const { session } = await ClientSession.open({
    peer: asker,
    connections: new ClientConnections(),
    remote: holder.peerId.toString(),
    digest,
    known: [],
    signal: AbortSignal.timeout(20_000),
    listOf: () => undefined,
    onAnnounce: ({ header }) => heard.push(header[0] ?? 0),
    onHave: () => undefined,
    onHolders: () => undefined,
  })
  for (let n = 0; n < 200; n++) server.announce(served, { header: Uint8Array.of(n) })
  await expect.poll(() => heard.at(-1), { timeout: 5_000 }).toBe(199)
  expect(heard.length).toBeLessThan(100)
  await session.close()
  await Promise.all([holder.stop(), asker.stop()])
})

test('a holder that serves nothing and answers more than may be costs nobody the others', async () => {
  const { ana, token } = await newRepository()
  const refs = await honest(ana, token)
  let asked = 0
  const nothing = overriding(ana.store, {
    openObjects: async () => {
      asked++
      throw new NotServedError()
    },
  })
  // From the moment on that it has refused: one document more than an answer may have.
  const documents = Array.from({ length: 129 }, (_, n) => Uint8Array.of(n))
  const mallory = await puppets.holder(token, nothing, () => (asked > 0 ? { ...refs, documents } : refs))
  const bo = await party.member({ name: 'Bo' })
  await bo.peer.dial(mallory)
  await bo.sync.open({ token })
  await expect.poll(() => asked).toBeGreaterThan(0)
  await new Promise((resolve) => setTimeout(resolve, 300))
  await bo.peer.dial(ana.peer)
  await until(bo.sync, token, isReady)
})

test('a repository that could not be read when it was started is read when somebody asks again', async () => {
  const store = await openMemoryGitStore()
  const first = await party.member({ store })
  const { token } = await first.sync.create({ kind: 'new', name: 'notes', description: '' })
  await first.stop()
  let broken = true
  const failing = overriding(store, {
    signedRefs: async (id) => {
      if (broken) throw new Error('Just now not')
      return store.signedRefs(id)
    },
  })
  const again = await party.member({ store: failing })
  expect(again.sync.repository(token)?.status).toMatchObject({ kind: 'failed' })
  broken = false
  again.sync.retry(token)
  await until(again.sync, token, isReady)
  const bo = await party.member({ name: 'Bo' })
  await bo.peer.dial(again.peer)
  await bo.sync.open(again.sync.link(token))
  await until(bo.sync, token, isReady)
  await party.stop()
  await store.close()
})
