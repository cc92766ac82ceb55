import { afterEach, describe, expect, test } from 'vitest'
import { openMemoryGitStore } from '../../git/testing.ts'
import { createIdentity } from '../../peer/index.ts'
import { digestOf, MAX_DOCUMENT_VERSIONS, MAX_DOCUMENTS, nextDocument, resolveChain } from '../document/index.ts'
import { overriding } from './testing/overriding.ts'
import { createParty, isReady, until } from './testing/world.ts'
import type { DecodedDocument, DocumentChain } from '../document/index.ts'
import type { GitStore } from '../../git/index.ts'

const party = createParty()

afterEach(() => party.stop())

async function chainOf(store: GitStore, token: string): Promise<DocumentChain> {
  const chain = await resolveChain(digestOf(token), (await store.repository(token))?.documents ?? [])
  if (chain == null) throw new Error('No document')
  return chain
}

describe('versions of a document', () => {
  test('that two tabs add at the same moment are both kept, one after the other', async () => {
    const [store, ana] = [await openMemoryGitStore(), await createIdentity('Ana')]
    const [bo, cleo] = await Promise.all([createIdentity('Bo'), createIdentity('Cleo')])
    let between: (() => Promise<void>) | undefined
    const slow = overriding(store, {
      transact: async (transaction) => {
        const other = transaction.documents == null ? undefined : between
        between = other == null ? between : undefined
        await other?.()
        return store.transact(transaction)
      },
    })
    const { sync } = await party.member({ store: slow, identity: ana })
    const { token } = await sync.create({ kind: 'new', name: 'notes', description: '' })
    // Another device of hers added Cleo, which another tab hears of now.
    between = async () => {
      const { versions, current } = await chainOf(store, token)
      const { delegates, delegateNames } = current.document
      const changes = { delegates: [...delegates, cleo.id], delegateNames: [...delegateNames, 'Cleo'] }
      const next = await nextDocument(current, changes, ana.key)
      await store.transact({ repository: token, documents: [...versions, next].map(({ signed }) => signed) })
    }
    await sync.addDelegate(token, bo)
    const { current, fork } = await chainOf(store, token)
    expect(current.document.delegates).toEqual([ana.id, cleo.id, bo.id])
    expect(fork).toEqual([])
    await party.stop()
    await store.close()
  })

  test('are all told, as many as there may be and with a fork at their end', async () => {
    const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    const { key } = ana.peer.identity
    let last = (await chainOf(ana.store, token)).current
    const all: DecodedDocument[] = [last]
    while (all.length < MAX_DOCUMENT_VERSIONS - 1) {
      last = await nextDocument(last, { description: `Version ${all.length}` }, key)
      all.push(last)
    }
    while (all.length < MAX_DOCUMENTS) all.push(await nextDocument(last, { description: `Fork ${all.length}` }, key))
    await ana.store.transact({ repository: token, documents: all.map(({ signed }) => signed) })
    const newest = `Version ${MAX_DOCUMENT_VERSIONS - 2}`
    await until(ana.sync, token, ({ document }) => document?.description === newest)
    await bo.peer.dial(ana.peer)
    await bo.sync.open(ana.sync.link(token))
    const { document } = await until(bo.sync, token, isReady)
    expect(document?.description).toBe(newest)
    expect((await chainOf(bo.store, token)).fork).toHaveLength(MAX_DOCUMENTS - MAX_DOCUMENT_VERSIONS + 1)
  })
})

test('what cannot be read after it changed is a failure of that repository, and over when it can be', async () => {
  const store = await openMemoryGitStore()
  let broken = false
  const failing = overriding(store, {
    signedRefs: async (id) => {
      if (broken) throw new Error('A row is lost')
      return store.signedRefs(id)
    },
  })
  const ana = await party.member({ store: failing })
  const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
  await until(ana.sync, token, isReady)
  broken = true
  // As after a part of it turned out to be damaged, here or in another tab.
  await store.transact({ repository: token })
  const { status } = await until(ana.sync, token, ({ status: { kind } }) => kind === 'failed')
  expect(status).toMatchObject({ error: { message: 'A row is lost' } })
  broken = false
  await store.transact({ repository: token })
  await until(ana.sync, token, isReady)
  await party.stop()
  await store.close()
})
