import { afterEach, describe, expect, test } from 'vitest'
import { digestOf } from '../document/index.ts'
import { applyChanges, changesOf } from '../refs/index.ts'
import { knownTags, type Announce, type SyncMessage } from '../wire/index.ts'
import { createAskers, type Asker } from './testing/asker.ts'
import { honest } from './testing/puppet.ts'
import { createParty, isReady, until, type Member } from './testing/world.ts'
import type { CommitRequest } from '../../git/index.ts'

const party = createParty()
const askers = createAskers()

afterEach(async () => {
  await party.stop()
  await askers.stop()
})

const MAIN = 'refs/heads/main'

function edit(parent: string | null, text: string | Uint8Array, ref = MAIN): CommitRequest {
  const content = typeof text === 'string' ? new TextEncoder().encode(text) : text
  return {
    ref,
    parent,
    changes: [{ path: 'README.md', content }],
    author: { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 60 },
    message: 'Change\n',
  }
}

function tip({ sync }: Member, token: string, ref = MAIN): string | null {
  return sync.repository(token)?.refs.find(({ name }) => name === ref)?.oid ?? null
}

/** Ana has a repository, and somebody follows it by hand, who has its first commit. */
async function followed(): Promise<{ ana: Member; token: string; asker: Asker; list: Uint8Array; hash: Uint8Array }> {
  const ana = await party.member({ name: 'Ana' })
  const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
  const asker = await askers.open(ana, digestOf(token))
  expect(await asker.opened()).toBe(true)
  // Whoever asks for refs is told what is new.
  await refsFor(asker, [])
  const [header] = (await honest(ana, token)).headers
  return { ana, token, asker, list: header?.list ?? new Uint8Array(0), hash: header?.hash ?? new Uint8Array(0) }
}

async function announced(asker: Asker): Promise<Announce> {
  const { announce } = await asker.until((message) => message.announce != null)
  if (announce == null) throw new Error('Nothing was announced')
  return announce
}

async function refsFor(asker: Asker, hashes: Uint8Array[], changes?: boolean): Promise<SyncMessage['refs']> {
  const known = await knownTags(asker.opening.session, hashes)
  const request = { id: 100 + asker.told.length, known, ...(changes == null ? {} : { changes }) }
  await asker.channel.write({ getRefs: request })
  // Documents come before it.
  return (await asker.until(({ refs }) => (refs?.header.byteLength ?? 0) > 0)).refs
}

describe('an announcement', () => {
  test('brings what changed and the new objects, which is all that another needs', async () => {
    const { ana, token, asker, list } = await followed()
    const { commit } = await ana.sync.commit(token, edit(tip(ana, token), 'news\n'))
    const { changes, pack } = await announced(asker)
    const [now] = (await honest(ana, token)).headers
    expect(applyChanges(list, changes ?? new Uint8Array(0))).toEqual(now?.list)
    const bo = await party.member({ name: 'Bo' })
    await bo.store.transact({ repository: token, create: true, documents: [] })
    const claimed = [{ name: MAIN, oid: commit }]
    const writer = await bo.store.openPackWriter(token, { claimed })
    await bo.store.writePack(writer, (pack ?? new Uint8Array(0)).slice())
    // Three objects on top of what was there before, and nothing of that.
    await expect(bo.store.finishPack(writer)).rejects.toMatchObject({ name: 'MissingObjectError' })
  })

  test('brings no objects where there are too many bytes of them, nor where there are none', async () => {
    const { ana, token, asker } = await followed()
    const big = crypto.getRandomValues(new Uint8Array(40_000))
    await ana.sync.commit(token, edit(tip(ana, token), big))
    const large = await announced(asker)
    expect([large.changes != null, large.pack]).toEqual([true, undefined])
    await ana.sync.rename('Anna')
    const renamed = await announced(asker)
    expect([renamed.changes?.byteLength, renamed.pack]).toEqual([0, undefined])
  })

  test('brings no list where much of it changed', async () => {
    const { ana, token, asker } = await followed()
    const oid = tip(ana, token)
    const refs = Array.from({ length: 400 }, (_, n) => ({ name: `refs/tags/v${n}`, oid }))
    await ana.sync.publish(token, { refs, admit: [] })
    const { changes, pack } = await announced(asker)
    expect([changes, pack]).toEqual([undefined, undefined])
  })
})

describe('an answer', () => {
  test('has what changed since the list that the asker has, where it takes that', async () => {
    const { ana, token, asker, list, hash } = await followed()
    for (const text of ['one\n', 'two\n']) await ana.sync.commit(token, edit(tip(ana, token), text))
    const [now] = (await honest(ana, token)).headers
    const oid = tip(ana, token)
    const refs = Array.from({ length: 100 }, (_, n) => ({ name: `refs/tags/v${n}`, oid }))
    await ana.sync.publish(token, { refs, admit: [] })
    const [tagged] = (await honest(ana, token)).headers
    await ana.sync.commit(token, edit(oid, 'three\n'))
    const [last] = (await honest(ana, token)).headers

    const short = await refsFor(asker, [tagged?.hash ?? hash], true)
    expect([short?.base, short?.list.byteLength]).toEqual([tagged?.hash, 0])
    expect(short?.changes).toEqual(changesOf(tagged?.list ?? list, last?.list ?? list))
    expect(applyChanges(tagged?.list ?? list, short?.changes ?? list)).toEqual(last?.list)
    // Who has an older one is told of more; where that is no shorter, and to who does not ask for it, the list comes whole.
    const older = await refsFor(asker, [now?.hash ?? hash], true)
    expect([older?.base, older?.list]).toEqual([undefined, last?.list])
    const plain = await refsFor(asker, [tagged?.hash ?? hash])
    expect([plain?.base, plain?.list]).toEqual([undefined, last?.list])
    const stranger = await refsFor(asker, [], true)
    expect([stranger?.base, stranger?.list]).toEqual([undefined, last?.list])
  })
})

describe('what is brought', () => {
  test('is taken in one transaction, and nothing is asked for', async () => {
    const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    await bo.peer.dial(ana.peer)
    await bo.sync.open(ana.sync.link(token))
    await until(bo.sync, token, isReady)
    // What follows the first copy, as who was seen to hold it, is noted too.
    await expect.poll(() => bo.sync.transfers(token).length).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 200))
    const before = (await bo.store.repository(token))?.generation ?? 0
    const { commit } = await ana.sync.commit(token, edit(tip(ana, token), 'news\n'))
    await until(bo.sync, token, () => tip(bo, token) === commit)
    expect((await bo.store.repository(token))?.generation).toBe(before + 1)
    await expect.poll(() => bo.sync.transfers(token).length).toBe(2)
    const [record] = bo.sync.transfers(token)
    expect(record).toMatchObject({ direction: 'received', outcome: { kind: 'done' }, name: 'Ana' })
    expect(record?.bytes).toBeLessThan(1_000)
    const sent = expect.objectContaining({ direction: 'sent', bytes: record?.bytes }) as unknown
    expect(ana.sync.transfers(token)).toContainEqual(sent)
    // What another session compares then is the same.
    expect((await bo.store.signedRefs(token))[0]?.list).toEqual((await ana.store.signedRefs(token))[0]?.list)
  })
})

/** Bo has what Ana had before her last commit, which somebody who proved the id, and has no name, may tell Bo of. */
async function missed(): Promise<{
  ana: Member
  bo: Member
  token: string
  commit: string
  news: Required<Announce>
  asker: Asker
}> {
  const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
  const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
  await bo.peer.dial(ana.peer)
  await bo.sync.open(ana.sync.link(token))
  await until(bo.sync, token, isReady)
  await bo.peer.hangUp(ana.peer)
  const follower = await askers.open(ana, digestOf(token))
  expect(await follower.opened()).toBe(true)
  await refsFor(follower, [])
  const { commit } = await ana.sync.commit(token, edit(tip(ana, token), 'news\n'))
  const { header, changes = new Uint8Array(0), pack = new Uint8Array(0) } = await announced(follower)
  const asker = await askers.open(bo, digestOf(token))
  expect(await asker.opened()).toBe(true)
  return { ana, bo, token, commit, news: { header, changes, pack }, asker }
}

const isBlocked = (bo: Member, token: string): boolean =>
  bo.sync.transfers(token).some(({ outcome }) => outcome.kind === 'blocked')

describe('whoever brings', () => {
  test('what its author signed is believed, whoever that is', async () => {
    const { bo, token, commit, news, asker } = await missed()
    await asker.channel.write({ announce: news })
    await until(bo.sync, token, () => tip(bo, token) === commit)
    expect((await bo.store.commit(token, commit)).subject).toBe('Change')
    expect(isBlocked(bo, token)).toBe(false)
  })

  test.each<[string, (news: Required<Announce>) => Announce]>([
    ['changes that make another list', (news) => ({ ...news, changes: new Uint8Array(0) })],
    ['changes that are none', (news) => ({ ...news, changes: Uint8Array.of(...news.changes, 1) })],
    [
      'a pack with a flipped bit',
      (news) => ({ ...news, pack: news.pack.map((byte, n) => (n === 40 ? byte ^ 1 : byte)) }),
    ],
    ['a pack that is cut off', (news) => ({ ...news, pack: news.pack.slice(0, 60) })],
    [
      'a state with a flipped bit',
      (news) => ({ ...news, header: news.header.map((byte, n) => (n === 200 ? byte ^ 1 : byte)) }),
    ],
  ])('%s is blocked, and the same comes from another', async (_what, spoilt) => {
    const { ana, bo, token, commit, news, asker } = await missed()
    const before = tip(bo, token)
    await asker.channel.write({ announce: spoilt(news) })
    await expect.poll(() => isBlocked(bo, token), { timeout: 5_000 }).toBe(true)
    expect(tip(bo, token)).toBe(before)
    await bo.peer.dial(ana.peer)
    await until(bo.sync, token, () => tip(bo, token) === commit)
  })

  test('a pack without all that is new is not blamed for it, and the rest is fetched', async () => {
    const { ana, bo, token, commit, news, asker } = await missed()
    const { reader } = await ana.store.openObjects(token, { wants: [commit], haves: [], filter: 'objects', thin: true })
    const pack = Uint8Array.from((await ana.store.readPack(reader, 10_000)) ?? [])
    await ana.store.closeReader(reader)
    const before = tip(bo, token)
    await asker.channel.write({ announce: { ...news, pack } })
    await expect.poll(async () => (await bo.store.signedRefs(token))[0]?.highestSeen).toBeGreaterThan(0)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect([tip(bo, token), isBlocked(bo, token)]).toEqual([before, false])
    expect(await bo.store.has(token, [commit])).toEqual([false])
    await bo.peer.dial(ana.peer)
    await until(bo.sync, token, () => tip(bo, token) === commit)
  })

  test('a change of the maintainers leads to an answer, which has their document', async () => {
    const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    await bo.peer.dial(ana.peer)
    await bo.sync.open(ana.sync.link(token))
    await until(bo.sync, token, isReady)
    await ana.sync.addDelegate(token, bo.peer.identity)
    await until(bo.sync, token, ({ maintainer }) => maintainer, 2_000)
  })
})
