import { afterEach, describe, expect, test } from 'vitest'
import { openMemoryGitStore } from '../../git/testing.ts'
import { createIdentity } from '../../peer/index.ts'
import { openHeader } from '../refs/index.ts'
import { loadRecord } from './repository/record.ts'
import { newestNames } from './repository/names.ts'
import { createParty, isReady, until, type Member } from './testing/world.ts'
import { digestOf } from '../document/index.ts'
import type { CommitRequest } from '../../git/index.ts'
import type { Identity } from '../../peer/index.ts'

const party = createParty()

afterEach(() => party.stop())

const MAIN = 'refs/heads/main'

function edit({ sync }: Member, token: string, text: string): CommitRequest {
  return {
    ref: MAIN,
    parent: sync.repository(token)?.refs.find(({ name }) => name === MAIN)?.oid ?? null,
    changes: [{ path: 'README.md', content: new TextEncoder().encode(text) }],
    author: { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 60 },
    message: `Say ${text}\n`,
  }
}

async function headerOf({ store }: Member, token: string, identity: string) {
  const row = (await store.signedRefs(token)).find((one) => one.identity === identity)
  const { name, sequence, list, head } = await openHeader(row?.envelope ?? new Uint8Array(0))
  return { name, sequence, list, head }
}

function only({ sync }: Member, token: string): string[] {
  const may = sync.mayMove(token, MAIN)
  return may.allowed ? [] : may.only
}

/** Ana has a new repository, Bo a copy of it. */
async function pair(): Promise<{ ana: Member; bo: Member; token: string; id: string }> {
  const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
  const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
  await bo.peer.dial(ana.peer)
  await bo.sync.open(ana.sync.link(token))
  await until(bo.sync, token, isReady)
  return { ana, bo, token, id: ana.peer.identity.id }
}

describe('a maintainer who takes another name', () => {
  test('is called so elsewhere at once, by refs signed anew and else as they were', async () => {
    const { ana, bo, token, id } = await pair()
    expect(only(bo, token)).toEqual(['Ana'])
    const before = await headerOf(ana, token, id)
    await ana.sync.rename('Anna')
    const after = await headerOf(ana, token, id)
    expect(after).toEqual({ ...before, name: 'Anna', sequence: after.sequence })
    expect(after.sequence).toBeGreaterThan(before.sequence)
    const state = await until(bo.sync, token, ({ names }) => names[id] === 'Anna')
    expect(only(bo, token)).toEqual(['Anna'])
    await expect(bo.sync.commit(token, edit(bo, token, 'mine'))).rejects.toThrow('Only Anna can change main')
    expect(state.holders.map(({ name }) => name)).toEqual(['Anna'])
    // The document says what it said; who never saw Ana hears it from Bo.
    expect(state.document?.delegateNames).toEqual(['Ana'])
    await until(bo.sync, token, ({ signedAt }) => signedAt >= state.signedAt)
    await expect.poll(async () => (await headerOf(bo, token, id)).name).toBe('Anna')
    await ana.stop()
    const cleo = await party.member({ name: 'Cleo' })
    await cleo.peer.dial(bo.peer)
    await cleo.sync.open({ token })
    expect((await until(cleo.sync, token, isReady)).names).toMatchObject({ [id]: 'Anna' })
    expect(only(cleo, token)).toEqual(['Anna'])
  })

  test('signs once for one name, and not where others maintain', async () => {
    const { ana, bo, token, id } = await pair()
    await ana.sync.rename('Anna')
    const { sequence } = await headerOf(ana, token, id)
    await ana.sync.rename('Anna')
    await bo.sync.rename('Bob')
    expect((await headerOf(ana, token, id)).sequence).toBe(sequence)
    expect((await bo.store.signedRefs(token)).map(({ identity }) => identity)).toEqual([id])
  })

  test('who has signed nothing yet signs the name alone, and moves nothing', async () => {
    const { ana, bo, token } = await pair()
    const bob = bo.peer.identity.id
    await ana.sync.addDelegate(token, bo.peer.identity)
    await until(bo.sync, token, ({ maintainer }) => maintainer)
    const { refs, head } = await until(bo.sync, token, isReady)
    await bo.sync.rename('Bob')
    expect((await headerOf(bo, token, bob)).name).toBe('Bob')
    const state = await until(ana.sync, token, ({ names }) => names[bob] === 'Bob')
    expect([state.refs, state.head, state.divergences]).toEqual([refs, head, []])
    await expect.poll(async () => (await ana.store.signedRefs(token)).length).toBe(2)
    expect((await ana.store.signedRefs(token)).find(({ identity }) => identity === bob)?.refs).toEqual([])
  })

  test('and was not heard then is called so after the next start', async () => {
    const [store, writer] = [await openMemoryGitStore(), crypto.getRandomValues(new Uint8Array(16))]
    const identity = await createIdentity('Ana')
    const before = await party.member({ store, writer, identity })
    const { token } = await before.sync.create({ kind: 'new', name: 'notes', description: '' })
    await before.stop()
    const after = await party.member({ store, writer, identity: { ...identity, name: 'Anna' } })
    await expect.poll(async () => (await headerOf(after, token, identity.id)).name).toBe('Anna')
    const { sequence } = await headerOf(after, token, identity.id)
    await after.stop()
    const again = await party.member({ store, writer, identity: { ...identity, name: 'Anna' } })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect((await headerOf(again, token, identity.id)).sequence).toBe(sequence)
    await party.stop()
    await store.close()
  })

  test('is called so by the next commit of another tab too', async () => {
    const [store, writer] = [await openMemoryGitStore(), crypto.getRandomValues(new Uint8Array(16))]
    const identity = await createIdentity('Ana')
    let tell: (renamed: Identity) => void = () => undefined
    const first = await party.member({
      store,
      writer,
      identity,
      saveIdentity: async (renamed) => tell(renamed),
    })
    const second = await party.member({
      store,
      writer,
      identity,
      onIdentity: (listener) => {
        tell = listener
        return () => undefined
      },
    })
    const { token } = await first.sync.create({ kind: 'new', name: 'notes', description: '' })
    await until(second.sync, token, isReady)
    await first.sync.rename('Anna')
    await second.sync.commit(token, edit(second, token, 'from the second'))
    expect((await headerOf(first, token, identity.id)).name).toBe('Anna')
    await party.stop()
    await store.close()
  })
})

test('of several names the newest that is verified counts, and one that hides nothing', async () => {
  const { ana, token, id } = await pair()
  const record = await loadRecord(ana.store, token, digestOf(token))
  const { sequence } = await headerOf(ana, token, id)
  const names = (...attested: Array<{ name: string; signedAt: number }>) =>
    newestNames({ record, candidates: [], attested: attested.map((one) => ({ id, ...one })) }).get(id)
  expect(names()).toBe('Ana')
  expect(names({ name: 'Older', signedAt: sequence - 1 })).toBe('Ana')
  expect(names({ name: 'Newer', signedAt: sequence + 1 })).toBe('Newer')
  expect(names({ name: 'Newer', signedAt: sequence + 1 }, { name: 'Newest', signedAt: sequence + 2 })).toBe('Newest')
  expect(names({ name: '', signedAt: sequence + 1 })).toBe('Ana')
  expect(names({ name: '\u202e\u200b', signedAt: sequence + 1 })).toBe('Ana')
  expect(names({ name: 'ü'.repeat(33), signedAt: sequence + 1 })).toBe('ü'.repeat(32))
  // Nothing signed, nothing attested: the document; nobody known at all: nothing.
  const unsigned = record == null ? undefined : { ...record, held: new Map() }
  expect(newestNames({ record: unsigned, candidates: [], attested: [] }).get(id)).toBe('Ana')
  expect(newestNames({ record: undefined, candidates: [], attested: [] }).size).toBe(0)
})
