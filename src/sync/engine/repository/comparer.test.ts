import { afterEach, describe, expect, test } from 'vitest'
import { digestOf } from '../../document/index.ts'
import { honest } from '../testing/puppet.ts'
import { createParty, isReady, until, type Member } from '../testing/world.ts'
import { Comparer } from './comparer.ts'
import { Ledger } from './ledger.ts'
import type { ClientSession } from '../client/session.ts'
import type { ServedRefs } from '../server/served.ts'
import type { Announce } from '../../wire/index.ts'

const party = createParty()

afterEach(() => party.stop())

/** A session that answers refs as somebody would who has `served`. */
function sessionOf(peer: string, served: () => ServedRefs) {
  const asked: number[] = []
  const session = {
    peer,
    open: true,
    refs: async (known: Uint8Array[]) => {
      asked.push(known.length)
      const { documents, headers } = served()
      const news = headers.filter(({ hash }) => !known.some((one) => Buffer.compare(one, hash) === 0))
      return await Promise.resolve({ documents, holders: [], headers: news, more: false })
    },
    abort: () => undefined,
  }
  return { session: session as unknown as ClientSession, asked }
}

/** Ana has a repository, Bo a copy of it; neither is connected any more. What Bo would make of others' answers. */
async function comparing(sessions: (bo: string) => ClientSession[]) {
  const [ana, bo] = await Promise.all([party.member({ name: 'Ana' }), party.member({ name: 'Bo' })])
  const { token } = await ana.sync.create({ kind: 'new', name: 'notes', description: '' })
  await bo.peer.dial(ana.peer)
  await bo.sync.open(ana.sync.link(token))
  await until(bo.sync, token, isReady)
  await bo.peer.hangUp(ana.peer)
  const nothing = () => undefined
  const init = { store: bo.store, token, digest: digestOf(token), clock: Date.now }
  const ledger = new Ledger({ ...init, onChange: nothing, onAccepted: nothing })
  await ledger.refresh()
  const approached: string[] = []
  const comparer = new Comparer({
    ...init,
    ledger,
    signal: new AbortController().signal,
    sessions,
    onNews: (peer) => approached.push(peer),
    onBrought: nothing,
    paused: () => false,
    onHolders: nothing,
    onCompared: nothing,
    onFault: (fault) => {
      throw fault
    },
  })
  return { ana, token, ledger, comparer, approached, old: await honest(ana, token) }
}

/** What somebody announces who has it, and brings nothing along. */
function announced({ headers }: ServedRefs): Announce {
  return { header: new Uint8Array(headers[0]?.envelope ?? []) }
}

async function news({ sync }: Member, token: string): Promise<void> {
  const parent = sync.repository(token)?.refs[0]?.oid ?? null
  const author = { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 0 }
  const changes = [{ path: 'a', content: new Uint8Array(1) }]
  await sync.commit(token, { ref: 'refs/heads/main', parent, changes, author, message: 'News\n' })
}

describe('news whose author is away', () => {
  test('is asked of one after the other, until somebody has it', async () => {
    let fresh: ServedRefs = { documents: [], headers: [] }
    let stale = fresh
    const [one, two, three] = [() => stale, () => fresh, () => fresh].map((served, n) => sessionOf(`${n}`, served))
    const all = [one, two, three].flatMap((it) => it?.session ?? [])
    const { ana, token, ledger, comparer, approached, old } = await comparing(() => all)
    await news(ana, token)
    stale = old
    fresh = await honest(ana, token)
    comparer.hear(announced(fresh), 'ana')
    await expect.poll(() => [...ledger.candidates.values()].map(({ sources }) => [...sources])).toEqual([['1']])
    expect([one, two, three].map((it) => it?.asked.length)).toEqual([1, 1, 0])
    expect(approached).toEqual([])
  })

  test('is looked for at its author where nobody has it', async () => {
    let stale: ServedRefs = { documents: [], headers: [] }
    const one = sessionOf('1', () => stale)
    const { ana, token, ledger, comparer, approached, old } = await comparing(() => [one.session])
    await news(ana, token)
    stale = old
    comparer.hear(announced(await honest(ana, token)), 'ana')
    await expect.poll(() => approached).toEqual(['ana'])
    expect([one.asked.length, ledger.candidates.size]).toEqual([1, 0])
  })
})

describe('a holder', () => {
  test('that answers with nothing is not taken to have what is here, until it shows that it has', async () => {
    const { comparer, old } = await comparing(() => [])
    let served: ServedRefs = { documents: old.documents, headers: [] }
    const { session, asked } = sessionOf('1', () => served)
    await comparer.compare(session)
    expect(comparer.behind.has('1')).toBe(true)
    served = old
    await comparer.compare(session)
    expect(comparer.behind.has('1')).toBe(false)
    await comparer.compare(session)
    // One header was kept back until then, and comes no second time.
    expect(asked).toEqual([0, 0, 1])
    comparer.forget('1')
    served = { documents: old.documents, headers: [] }
    await comparer.compare(session)
    expect(comparer.behind.has('1')).toBe(true)
    // It says that it has stored what is here.
    comparer.hear(announced(old), '1')
    await expect.poll(() => comparer.behind.has('1')).toBe(false)
  })
})
