import { generateKeyPair } from '@libp2p/crypto/keys'
import { afterEach, describe, expect, test } from 'vitest'
import { openMemoryGitStore } from '../../git/testing.ts'
import { digestOf, nextDocument, resolveChain, toBase64url } from '../document/index.ts'
import { openHeader, signRefs } from '../refs/index.ts'
import { Filter, knownTags, Status } from '../wire/index.ts'
import { fromHex } from './bytes.ts'
import { MAX_KEPT_WRITERS, MAX_WRITERS, takeRefs } from './repository/intake.ts'
import { loadRecord } from './repository/record.ts'
import { createAskers } from './testing/asker.ts'
import { overriding } from './testing/overriding.ts'
import { createPuppets, honest } from './testing/puppet.ts'
import { createParty, isReady, until, type Member } from './testing/world.ts'
import type { PrivateKey } from '@libp2p/interface'
import type { CommitRequest } from '../../git/index.ts'
import type { RefsAnswer } from './client/refs-answer.ts'
import type { ServedRefs } from './server/served.ts'

const party = createParty()
const puppets = createPuppets()
const askers = createAskers()

afterEach(async () => {
  await party.stop()
  await puppets.stop()
  await askers.stop()
})

const MAIN = 'refs/heads/main'
const PLANS = 'refs/heads/plans'

function edit(ref: string, parent: string | null, text: string): CommitRequest {
  return {
    ref,
    parent,
    changes: [{ path: 'plans.txt', content: new TextEncoder().encode(text) }],
    author: { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 60 },
    message: `Say ${text}\n`,
  }
}

function tip({ sync }: Member, token: string, ref: string): string | null {
  return sync.repository(token)?.refs.find(({ name }) => name === ref)?.oid ?? null
}

/** Another implementation signs a version of the document without `gone`. */
async function takeOut({ store, peer }: Member, token: string, gone: Member): Promise<void> {
  const documents = (await store.repository(token))?.documents ?? []
  const chain = await resolveChain(digestOf(token), documents)
  if (chain == null) throw new Error('No document')
  const { delegates, delegateNames } = chain.current.document
  const stays = (_: string, n: number): boolean => delegates[n] !== gone.peer.identity.id
  const changes = { delegates: delegates.filter(stays), delegateNames: delegateNames.filter(stays) }
  const next = await nextDocument(chain.current, changes, peer.identity.key)
  await store.transact({ repository: token, documents: [...documents, next.signed] })
}

/** What an asker who knows the id gets from `from`: who signed, and whether the object is given. */
async function asked(from: Member, token: string, oid: string): Promise<{ signers: string[]; status: Status }> {
  const asker = await askers.open(from, digestOf(token))
  expect(await asker.opened()).toBe(true)
  await asker.channel.write({ getRefs: { id: 1, known: await knownTags(asker.opening.session, []) } })
  const signers: string[] = []
  for (let last = false; !last;) {
    const refs = (await asker.read())?.refs
    if (refs == null) continue
    if (refs.header.byteLength > 0) signers.push((await openHeader(refs.header)).identity)
    last = refs.last
  }
  const transfer = await asker.openTransfer(1, from)
  const query = { wants: [fromHex(oid)], haves: [], filter: Filter.OBJECTS, thin: false }
  await asker.channel.write({ getObjects: { id: 2, transfer: 1, ...query } })
  for (;;) {
    const message = await transfer.read(AbortSignal.timeout(10_000))
    if (message == null) throw new Error('The transfer ended early')
    if (message.end != null) return { signers, status: message.end.status }
  }
}

describe('a maintainer who is taken out', () => {
  test('takes the votes along: nobody serves their refs or what only they reach, and nothing of it is lost', async () => {
    const [ana, bo, cleo] = await Promise.all(['Ana', 'Bo', 'Cleo'].map((name) => party.member({ name })))
    if (ana == null || bo == null || cleo == null) throw new Error('Nobody there')
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    const first = tip(ana, token, MAIN)
    for (const other of [bo, cleo]) {
      await other.peer.dial(ana.peer)
      await other.sync.open(ana.sync.link(token))
      await until(other.sync, token, isReady)
    }
    await ana.sync.addDelegate(token, bo.peer.identity)
    await until(bo.sync, token, ({ maintainer }) => maintainer)
    const { commit: plan } = await bo.sync.commit(token, edit(PLANS, first, 'a plan'))
    for (const { sync } of [ana, cleo]) await until(sync, token, ({ refs }) => refs.some(({ oid }) => oid === plan))
    expect((await asked(cleo, token, plan)).status).toBe(Status.OK)

    await takeOut(ana, token, bo)
    await until(ana.sync, token, ({ refs }) => refs.every(({ name }) => name !== PLANS))
    const { commit } = await ana.sync.commit(token, edit(MAIN, first, 'on without Bo'))
    for (const member of [bo, cleo]) await until(member.sync, token, () => tip(member, token, MAIN) === commit)
    expect(bo.sync.repository(token)?.maintainer).toBe(false)
    const only = { signers: [ana.peer.identity.id], status: Status.NOT_SERVED }
    for (const member of [ana, bo, cleo]) {
      expect(tip(member, token, PLANS)).toBeNull()
      expect(await asked(member, token, plan)).toEqual(only)
      expect(await member.store.has(token, [plan])).toEqual([true])
    }

    // Taken in again, nothing has to be fetched: what was kept counts again.
    await ana.sync.addDelegate(token, bo.peer.identity)
    for (const member of [ana, bo, cleo]) {
      await until(member.sync, token, () => tip(member, token, PLANS) === plan)
      expect((await asked(member, token, plan)).status).toBe(Status.OK)
    }
  })

  test('hears that a commit came too late, instead of signing what counts for nothing', async () => {
    const [ana, store] = [await party.member({ name: 'Ana' }), await openMemoryGitStore()]
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    let before = async (): Promise<void> => undefined
    const late = overriding(store, {
      stageCommit: async (...args) => {
        await before()
        return store.stageCommit(...args)
      },
    })
    const bo = await party.member({ name: 'Bo', store: late })
    await bo.peer.dial(ana.peer)
    await bo.sync.open(ana.sync.link(token))
    await until(bo.sync, token, isReady)
    await ana.sync.addDelegate(token, bo.peer.identity)
    await until(bo.sync, token, ({ maintainer }) => maintainer)
    before = async () => {
      await takeOut(ana, token, bo)
      await store.transact({ repository: token, documents: (await ana.store.repository(token))?.documents })
    }
    const commit = bo.sync.commit(token, edit(MAIN, tip(bo, token, MAIN), 'too late'))
    await expect(commit).rejects.toThrow('Only Ana can change the branches')
    expect((await store.signedRefs(token)).map(({ identity }) => identity)).toEqual([ana.peer.identity.id])
    await store.close()
  })

  test('is not fetched from any more, though it was about to be', async () => {
    const [ana, bo, cleo] = await Promise.all(['Ana', 'Bo', 'Cleo'].map((name) => party.member({ name })))
    if (ana == null || bo == null || cleo == null) throw new Error('Nobody there')
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    await bo.peer.dial(ana.peer)
    await bo.sync.open(ana.sync.link(token))
    await until(bo.sync, token, isReady)
    await ana.sync.addDelegate(token, bo.peer.identity)
    await until(bo.sync, token, ({ maintainer }) => maintainer)
    const { commit: plan } = await bo.sync.commit(token, edit(PLANS, tip(bo, token, MAIN), 'a plan'))
    const refs = await honest(bo, token)
    // Whoever has Bo's refs keeps the objects back until Bo is out.
    const out = Promise.withResolvers<void>()
    const holding = overriding(bo.store, {
      openObjects: async (...args) => {
        await out.promise
        return bo.store.openObjects(...args)
      },
    })
    const holder = await puppets.holder(token, holding, () => refs)
    await cleo.peer.dial(holder)
    await cleo.sync.open({ token })
    await until(cleo.sync, token, ({ transfer }) => transfer?.phase === 'tail')
    await takeOut(ana, token, bo)
    const documents = (await ana.store.repository(token))?.documents
    await cleo.store.transact({ repository: token, documents })
    out.resolve()
    await until(cleo.sync, token, isReady)
    expect(cleo.sync.repository(token)?.refs.map(({ name }) => name)).toEqual([MAIN])
    const rows = await cleo.store.signedRefs(token)
    expect(rows.filter(({ identity, refs }) => identity === bo.peer.identity.id && refs.length > 0)).toEqual([])
    expect((await asked(cleo, token, plan)).status).toBe(Status.NOT_SERVED)
  })
})

test('who signed two states as one and is taken out holds no branch in its place any more', async () => {
  const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
  const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
  const first = tip(ana, token, MAIN)
  await bo.peer.dial(ana.peer)
  await bo.sync.open(ana.sync.link(token))
  await until(bo.sync, token, isReady)
  await ana.sync.addDelegate(token, bo.peer.identity)
  await until(bo.sync, token, ({ maintainer }) => maintainer)
  const { commit } = await bo.sync.commit(token, edit(MAIN, first, 'by Bo'))
  await until(ana.sync, token, () => tip(ana, token, MAIN) === commit)
  const refs = await honest(ana, token)
  const opened = await Promise.all(refs.headers.map(async ({ envelope }) => openHeader(envelope)))
  const own = opened.find(({ identity }) => identity === bo.peer.identity.id)
  if (own == null) throw new Error('Bo signed nothing')
  const writer = Uint8Array.from(Buffer.from(own.writer, 'base64url'))
  const twin = await signRefs({ ...own, writer, refs: [] }, bo.peer.identity.key)
  const headers = [{ envelope: twin.header.envelope, hash: twin.header.hash, list: twin.list }]
  await ana.peer.dial(await puppets.holder(token, ana.store, () => ({ ...refs, headers })))
  await until(ana.sync, token, ({ equivocations }) => equivocations.length > 0)
  const next = edit(MAIN, commit, 'on')
  const ignored = await ana.sync.commit(token, next)
  expect(tip(ana, token, MAIN)).toBe(commit)
  await takeOut(ana, token, bo)
  await until(ana.sync, token, () => tip(ana, token, MAIN) === ignored.commit)
})

/** Refs of `count` writers of one identity, as one answer. */
async function signedBy(key: PrivateKey, count: number, fields: { token: string; document: Uint8Array; oid: string }) {
  const { token, document, oid } = fields
  return Promise.all(
    Array.from({ length: count }, async () => {
      const writer = crypto.getRandomValues(new Uint8Array(16))
      const base = { repository: digestOf(token), document, writer, sequence: Date.now(), previous: new Uint8Array(0) }
      const refs = [{ name: `refs/heads/of-${toBase64url(writer)}`, oid, replaces: [] }]
      const { header, list } = await signRefs({ ...base, name: 'Writer', refs, head: null }, key)
      return { envelope: header.envelope, list, hash: header.hash }
    }),
  )
}

function answer(headers: ServedRefs['headers']): RefsAnswer {
  return { documents: [], holders: [], headers, more: false }
}

describe('who is no maintainer', () => {
  test('cannot make anybody keep a row, fetch an object or pass a state on, however much they sign', async () => {
    const [ana, mallory] = await Promise.all([party.member({ name: 'Ana' }), generateKeyPair('Ed25519')])
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    const refs = await honest(ana, token)
    const document = digestOf(token)
    const foreign = await signedBy(mallory, 50, { token, document, oid: '1234'.repeat(10) })
    let asks = 0
    const wanted = new Set<string>()
    const counting = overriding(ana.store, {
      openObjects: async (id, request, options) => {
        // What is shown before the rest is here is asked for besides.
        if (request.filter === 'closure') asks++
        for (const oid of request.wants) wanted.add(oid)
        return ana.store.openObjects(id, request, options)
      },
    })
    const headers = [...foreign, ...refs.headers]
    const holder = await puppets.holder(token, counting, () => ({ ...refs, headers }))
    const bo = await party.member({ name: 'Bo' })
    await bo.peer.dial(holder)
    await bo.sync.open({ token })
    await until(bo.sync, token, isReady)
    expect(asks).toBe(1)
    expect([...wanted]).toEqual([tip(ana, token, MAIN)])
    const stored = await bo.store.repository(token)
    expect((await bo.store.signedRefs(token)).map(({ identity }) => identity)).toEqual([ana.peer.identity.id])
    // Nor told over a stream, nor by gossip.
    const before = stored?.generation
    const asker = await askers.open(bo, digestOf(token))
    expect(await asker.opened()).toBe(true)
    for (const { envelope } of foreign) await asker.channel.write({ announce: { header: new Uint8Array(envelope) } })
    expect((await asked(bo, token, stored?.refs[0]?.oid ?? '')).signers).toEqual([ana.peer.identity.id])
    expect((await bo.store.repository(token))?.generation).toBe(before)
    expect(asks).toBe(1)
  })

  test('takes no place of a writer who counts, and only so many are kept of those who counted once', async () => {
    const ana = await party.member({ name: 'Ana' })
    const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
    const { store } = ana
    const document = digestOf(token)
    const oid = tip(ana, token, MAIN) ?? ''
    const gone = Array.from({ length: MAX_KEPT_WRITERS - 1 - 2 }, (_, n) => ({
      identity: 'gone',
      writer: `writer-${n}`,
      highestSeen: 1,
      envelope: new Uint8Array(0),
      list: new Uint8Array(0),
      refs: [],
    }))
    const take = async (headers: ServedRefs['headers']): Promise<number> => {
      const record = await loadRecord(store, token, document)
      if (record == null) throw new Error('Not there')
      const context = { store, token, digest: document, now: Date.now() }
      return (await takeRefs(context, record, answer(headers), 'somebody')).candidates.length
    }
    const headers = await signedBy(ana.peer.identity.key, MAX_WRITERS + 1, { token, document, oid })
    await store.transact({ repository: token, signedRefs: gone })
    // Two places are left in all.
    expect(await take(headers)).toBe(2)
    expect(await store.signedRefs(token)).toHaveLength(MAX_KEPT_WRITERS)
    await ana.stop()
    // One writer counts already: all but one more are followed, in one answer too.
    const bo = await party.member({ name: 'Bo' })
    const other = await bo.sync.create({ kind: 'new', name: 'notes', description: '' })
    const digest = digestOf(other.token)
    const fields = { token: other.token, document: digest, oid: tip(bo, other.token, MAIN) ?? '' }
    const many = await signedBy(bo.peer.identity.key, MAX_WRITERS, fields)
    const record = await loadRecord(bo.store, other.token, digest)
    if (record == null) throw new Error('Not there')
    const context = { store: bo.store, token: other.token, digest, now: Date.now() }
    const taken = await takeRefs(context, record, answer(many), 'somebody')
    expect(taken.candidates).toHaveLength(MAX_WRITERS - 1)
  })
})
