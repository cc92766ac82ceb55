import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { MAX_LANES } from '../../peer/index.ts'
import { openMemoryGitStore } from '../../git/testing.ts'
import { CHUNK_BYTES } from '../wire/index.ts'
import { CONNECTIONS, Lanes } from './client/lanes.ts'
import { ClientSession } from './client/session.ts'
import { NEAR } from './credit.ts'
import { makeBigBundle, packOf, type Verdict } from './testing/big-source.ts'
import { verdictOnStore } from './testing/git.ts'
import { overriding } from './testing/overriding.ts'
import { createParty, isReady, until, type Member } from './testing/world.ts'
import type { Connection } from '@libp2p/interface'
import type { TransferRecord } from '../types.ts'

/** Milliseconds that a holder takes for each chunk on each connection, so that something happens meanwhile. */
const CHUNK_TAKES = 20

const party = createParty()
let bundle: Blob
let expected: Verdict

beforeAll(async () => {
  ;({ bundle, expected } = await makeBigBundle())
}, 60_000)

afterEach(async () => {
  vi.restoreAllMocks()
  await party.stop()
})

/** Every holder is taken to be 50 ms away: delays of that length would make each test take ten seconds. */
function beFar(): void {
  vi.spyOn(ClientSession.prototype, 'roundTrip', 'get').mockReturnValue(50)
}

/** Shares the bundle, chunk by chunk in its time; `damaged` is one that it sends wrong. */
async function holder(damaged?: number): Promise<{ ana: Member; token: string }> {
  const store = await openMemoryGitStore()
  const slow = overriding(store, {
    chunk: async (token, packId, index) => {
      await new Promise((done) => setTimeout(done, CHUNK_TAKES))
      const bytes = await store.chunk(token, packId, index)
      return index === damaged ? bytes.map((byte) => byte ^ 1) : bytes
    },
  })
  const ana = await party.member({ store: slow })
  const { token } = await ana.sync.create({ kind: 'bundle', file: bundle, name: 'source' })
  return { ana, token }
}

const connections = (from: Member, to: Member): Connection[] =>
  from.peer.components.connectionManager.getConnections(to.peer.peerId).filter(({ status }) => status === 'open')

/** The most connections that there were at one time. */
function watch(from: Member, to: Member): { most: number } {
  const seen = { most: connections(from, to).length }
  from.peer.components.events.addEventListener('connection:open', () => {
    queueMicrotask(() => (seen.most = Math.max(seen.most, connections(from, to).length)))
  })
  return seen
}

describe('a clone from one holder', { timeout: 30_000 }, () => {
  test('that is far away comes over several connections, as from one device, and they are closed', async () => {
    beFar()
    const { ana, token } = await holder()
    const bo = await party.member()
    await bo.peer.dial(ana.peer)
    const seen = watch(bo, ana)
    await bo.sync.open({ token })
    await until(bo.sync, token, isReady, 25_000)
    expect(seen.most).toBe(1 + MAX_LANES)
    expect(await verdictOnStore(bo.store, token)).toEqual(expected)
    await vi.waitFor(() => expect([connections(bo, ana).length, connections(ana, bo).length]).toEqual([1, 1]))
    // One record of them on either side, of all of it and nothing twice.
    const records = ({ sync }: Member): TransferRecord[] =>
      sync.transfers(token).filter(({ bytes }) => bytes >= CHUNK_BYTES)
    await vi.waitFor(() => expect(records(ana)).toHaveLength(1))
    const { chunks } = await packOf(bo, token)
    for (const [member, direction] of [
      [bo, 'received'],
      [ana, 'sent'],
    ] as const) {
      expect(records(member)).toMatchObject([{ direction, outcome: { kind: 'done' } }])
      expect(Math.ceil((records(member)[0]?.bytes ?? 0) / CHUNK_BYTES)).toBe(chunks)
    }
    // News still comes.
    const [main] = ana.sync.repository(token)?.refs ?? []
    const { commit } = await ana.sync.commit(token, {
      ref: main?.name ?? '',
      parent: main?.oid ?? null,
      changes: [{ path: 'README.md', content: new Uint8Array(1) }],
      author: { name: 'Ana', email: 'ana@example.com', time: 1_700_000_000, offset: 60 },
      message: 'Say something',
    })
    await until(bo.sync, token, ({ refs }) => refs.some(({ oid }) => oid === commit))
  })

  test('that is near comes over one', async () => {
    const { ana, token } = await holder()
    const bo = await party.member()
    await bo.peer.dial(ana.peer)
    const seen = watch(bo, ana)
    await bo.sync.open({ token })
    // A far one has four by then.
    await until(bo.sync, token, ({ transfer }) => (transfer?.bytes ?? 0) > 12 * CHUNK_BYTES)
    expect(seen.most).toBe(1)
  })

  test('goes on over the others where one of them dies, and its holder is not blamed', async () => {
    beFar()
    const { ana, token } = await holder()
    const bo = await party.member()
    await bo.peer.dial(ana.peer)
    let killed = 0
    const seen = watch(bo, ana)
    bo.sync.on(() => {
      const lanes = connections(bo, ana).slice(1)
      const { bytes = 0 } = bo.sync.repository(token)?.transfer ?? {}
      if (killed > 0 || lanes.length < MAX_LANES || bytes < 16 * CHUNK_BYTES) return
      for (const lane of lanes.slice(0, 2)) lane.abort(new Error('lost'))
      killed = 1 + MAX_LANES - connections(bo, ana).length
    })
    await bo.sync.open({ token })
    await until(bo.sync, token, isReady, 25_000)
    expect(killed).toBe(2)
    // Others do not take their place: a way that broke once may break again.
    expect(seen.most).toBe(1 + MAX_LANES)
    expect(await verdictOnStore(bo.store, token)).toEqual(expected)
    expect(bo.peer.peers.denied()).toEqual([])
    expect(bo.sync.transfers(token)).toMatchObject([{ outcome: { kind: 'done' } }])
  })

  test('that sends a wrong chunk over any of them ends with all of them', async () => {
    beFar()
    const { ana, token } = await holder(30)
    const bo = await party.member()
    await bo.peer.dial(ana.peer)
    const seen = watch(bo, ana)
    const denied = Promise.withResolvers<string>()
    bo.peer.peers.on('peer:denied', ({ id }) => denied.resolve(id))
    await bo.sync.open({ token })
    expect(await denied.promise).toBe(ana.peer.peerId.toString())
    expect(seen.most).toBe(1 + MAX_LANES)
    await vi.waitFor(() => expect([connections(bo, ana).length, connections(ana, bo).length]).toEqual([0, 0]))
    expect(bo.sync.transfers(token)).toMatchObject([{ outcome: { kind: 'blocked' } }])
  })
})

describe('how many', () => {
  const session = (roundTrip: number): ClientSession => ({ roundTrip, open: true }) as ClientSession

  /** How many are opened beside each of so many far holders, where there are others that are not asked for more. */
  function opened(far: number, bytes = 20_000_000, roundTrip = 50, others = 0): number[] {
    const asked: ClientSession[] = []
    const open = (from: ClientSession): Promise<ClientSession> => {
      asked.push(from)
      return new Promise(() => undefined)
    }
    const lanes = new Lanes({ open, signal: new AbortController().signal })
    const sessions = Array.from({ length: far }, () => session(roundTrip))
    // Nothing more comes of being told twice.
    for (let n = 0; n < 2; n++) lanes.widen(sessions, far + others, (far + others) * bytes)
    return sessions.map((from) => asked.filter((other) => other === from).length)
  }

  test('depends on how many holders there are', () => {
    expect(opened(1)).toEqual([CONNECTIONS - 1])
    expect(opened(2)).toEqual([1, 1])
    expect(opened(3)).toEqual([1, 1, 1])
    expect(opened(4)).toEqual([0, 0, 0, 0])
    expect(opened(1, 20_000_000, 50, 1)).toEqual([1])
    expect(opened(0)).toEqual([])
  })

  test('is none where it is done soon, or the holder is near', () => {
    expect(opened(1, 5_000_000)).toEqual([0])
    expect(opened(1, 1e9, NEAR)).toEqual([0])
    expect(opened(1, 1e9, NEAR + 1)).toEqual([CONNECTIONS - 1])
    expect(opened(1, 1e9, Infinity)).toEqual([0])
  })
})
