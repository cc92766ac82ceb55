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
    const [record] = bo.sync.transfers(token)
    expect(record).toMatchObject({ direction: 'received', outcome: { kind: 'done' }, name: 'Ana' })
    expect(record?.bytes).toBeLessThan(1_000)
    const sent = expect.objectContaining({ direction: 'sent', bytes: record?.bytes }) as unknown
    expect(ana.sync.transfers(token)).toContainEqual(sent)
    // What another session compares then is the same.
    expect((await bo.store.signedRefs(token))[0]?.list).toEqual((await ana.store.signedRefs(token))[0]?.list)
  })
})
