import { generateKeyPair } from '@libp2p/crypto/keys'
import { afterEach, expect, test } from 'vitest'
import { openMemoryGitStore } from '../../git/testing.ts'
import { createDocument, toBase64url, tokenOf } from '../document/index.ts'
import { MAX_REFS, signRefs } from '../refs/index.ts'
import { Ledger, MAX_LISTS_BYTES } from './repository/ledger.ts'
import { createParty, isReady, until, type Member } from './testing/world.ts'
import type { RefsAnswer } from './client/refs-answer.ts'

const party = createParty()

afterEach(() => party.stop())

const MAIN = 'refs/heads/main'
const MANY = 6_000

function tip({ sync }: Member, token: string): string {
  return sync.repository(token)?.refs.find(({ name }) => name === MAIN)?.oid ?? ''
}

async function tag({ sync }: Member, token: string, prefix: string, oid: string | null): Promise<void> {
  const refs = Array.from({ length: MANY }, (_, n) => ({ name: `refs/tags/${prefix}${n}`, oid }))
  await sync.publish(token, { refs, admit: [] })
}

test('what two maintainers have together beyond the limit is left out and named, and the rest goes on', async () => {
  const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
  const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
  await bo.peer.dial(ana.peer)
  await bo.sync.open(ana.sync.link(token))
  await until(bo.sync, token, isReady)
  await ana.sync.addDelegate(token, bo.peer.identity)
  await until(bo.sync, token, ({ maintainer }) => maintainer)
  await tag(ana, token, 'a', tip(ana, token))
  await until(bo.sync, token, ({ refs }) => refs.length === MANY + 1)
  await tag(bo, token, 'b', tip(bo, token))
  const beyond = 2 * MANY + 1 - MAX_REFS
  // Whoever has none of it yet gets both at once.
  const cleo = await party.member({ name: 'Cleo' })
  await cleo.peer.dial(bo.peer)
  await cleo.sync.open(bo.sync.link(token))
  for (const { sync } of [ana, bo, cleo]) {
    const { refs, head, leftOut } = await until(
      sync,
      token,
      (state) => state.leftOut.count > 0 && isReady(state),
      20_000,
    )
    expect(refs).toHaveLength(MAX_REFS)
    expect(head).toBe(MAIN)
    expect(leftOut.count).toBe(beyond)
    expect(leftOut.refs).toHaveLength(100)
    expect(leftOut.refs.every((name) => !refs.some((ref) => ref.name === name))).toBe(true)
  }
  const { commit } = await bo.sync.commit(token, {
    ref: MAIN,
    parent: tip(bo, token),
    changes: [{ path: 'README.md', content: new TextEncoder().encode('on\n') }],
    author: { name: 'Bo', email: 'bo@example.com', time: 1_700_000_000, offset: 0 },
    message: 'On\n',
  })
  for (const member of [ana, cleo]) await until(member.sync, token, () => tip(member, token) === commit)
  await tag(ana, token, 'a', null)
  const after = await until(cleo.sync, token, ({ leftOut }) => leftOut.count === 0)
  expect(after.refs).toHaveLength(MANY + 1)
}, 60_000)

test('a device whose list would be one byte too much beside the others is not followed, and its owner named', async () => {
  const [ana, bo] = await Promise.all([generateKeyPair('Ed25519'), generateKeyPair('Ed25519')])
  const delegates = [ana, bo].map(({ publicKey }) => toBase64url(publicKey.raw))
  const document = await createDocument({
    name: 'notes',
    description: '',
    defaultBranch: 'main',
    delegates,
    delegateNames: ['Ana', 'Bo'],
  })
  const token = tokenOf(document.hash)
  const store = await openMemoryGitStore()
  await store.transact({ repository: token, create: true, documents: [document.signed] })
  const ledger = new Ledger({
    store,
    token,
    digest: document.hash,
    clock: Date.now,
    onChange: () => undefined,
    onAccepted: () => undefined,
  })
  const oid = '1234'.repeat(10)
  /** A list of that many bytes: names are as long as they may be, the last two as they must. */
  const listOf = (bytes: number) => {
    const refs = []
    for (let left = bytes, n = 0; left > 0; n++) {
      const entry = left >= 2 * 297 ? 297 : left > 297 ? Math.floor(left / 2) : left
      refs.push({ name: `refs/tags/${String(n).padStart(5, '0')}-`.padEnd(entry - 42, 'x'), oid, replaces: [] })
      left -= entry
    }
    return refs
  }
  const take = async (key: typeof ana, bytes: number): Promise<void> => {
    const writer = crypto.getRandomValues(new Uint8Array(16))
    const base = { repository: document.hash, document: document.hash, writer, previous: new Uint8Array(0) }
    const signed = { ...base, sequence: Date.now(), name: '', refs: listOf(bytes), head: null }
    const { header, list } = await signRefs(signed, key)
    expect(list.byteLength).toBe(bytes)
    const answer: RefsAnswer = {
      documents: [],
      holders: [],
      headers: [{ envelope: header.envelope, list }],
      more: false,
    }
    await ledger.take(answer, 'somebody')
  }
  const most = 1_000_000
  const full = Math.floor(MAX_LISTS_BYTES / most)
  for (let n = 0; n < full; n++) await take(ana, most)
  const rest = MAX_LISTS_BYTES - full * most
  await take(bo, rest + 1)
  expect([ledger.candidates.size, ledger.leftOut.signers]).toEqual([full, [delegates[1]]])
  await take(ana, rest)
  expect(ledger.candidates.size).toBe(full + 1)
  await store.close()
})
