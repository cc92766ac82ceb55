import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openMemoryGitStore } from '../../../git/testing.ts'
import { digestOf } from '../../document/index.ts'
import { fromHex } from '../bytes.ts'
import { CHUNK_BYTES } from '../../wire/index.ts'
import { Bitfield } from '../swarm/bitfield.ts'
import { WORTH_SHARING } from '../swarm/offers.ts'
import { createAskers, type Asker } from '../testing/asker.ts'
import { makeBigBundle, packOf } from '../testing/big-source.ts'
import { overriding } from '../testing/overriding.ts'
import { createParty, type Member } from '../testing/world.ts'
import { Crowds, MAX_CROWDS_PER_MEMBER } from './crowds.ts'
import { HAVE_BUCKET } from './limits.ts'
import type { GitStore } from '../../../git/index.ts'
import type { Capability } from '../../../peer/index.ts'

const party = createParty()
const askers = createAskers()
let bundle: Blob

beforeAll(async () => {
  ;({ bundle } = await makeBigBundle())
}, 60_000)

afterEach(async () => {
  await party.stop()
  await askers.stop()
})

describe('those who fetch one pack at once', () => {
  async function origin(): Promise<{ ana: Member; token: string; packId: string; chunks: number }> {
    const ana = await party.member({ name: 'Ana' })
    const { token } = await ana.sync.create({ kind: 'bundle', file: bundle, name: 'source' })
    return { ana, token, ...(await packOf(ana, token)) }
  }

  async function open(ana: Member, token: string, capabilities?: Capability[]): Promise<Asker> {
    const asker = await askers.open(ana, digestOf(token), capabilities == null ? {} : { capabilities })
    expect(await asker.opened()).toBe(true)
    return asker
  }

  const has = async (asker: Asker, packId: string, field: Bitfield): Promise<void> =>
    asker.channel.write({ have: { pack: fromHex(packId), bitfield: field.bytes(), offer: false } })

  async function offerTo(asker: Asker, chunks: number): Promise<Bitfield> {
    const { have } = await asker.until((message) => message.have?.offer === true)
    return Bitfield.from(chunks, have?.bitfield ?? new Uint8Array(0))
  }

  test('are offered everything while one is alone, and then each what the other is not', async () => {
    const { ana, token, packId, chunks } = await origin()
    const bo = await open(ana, token)
    await has(bo, packId, new Bitfield(chunks))
    expect((await offerTo(bo, chunks)).complete).toBe(true)
    const cleo = await open(ana, token)
    await has(cleo, packId, new Bitfield(chunks))
    const [toCleo, toBo] = [await offerTo(cleo, chunks), await offerTo(bo, chunks)]
    expect([toBo.count, toCleo.count]).toEqual([4, 4])
    for (let chunk = 0; chunk < chunks; chunk++) expect(toBo.has(chunk) && toCleo.has(chunk)).toBe(false)
    // A wish, no more: what was not offered is given as well.
    const transfer = await bo.openTransfer(1, ana)
    const outside = Array.from({ length: chunks }, (_, n) => n).find((n) => !toBo.has(n)) ?? 0
    const pack = fromHex(packId)
    await bo.channel.write({ getChunks: { id: 1, transfer: 1, pack, ranges: [{ first: outside, count: 1 }] } })
    expect((await transfer.read(AbortSignal.timeout(10_000)))?.challenge ?? 'read before').toBe('read before')
    expect((await transfer.read(AbortSignal.timeout(10_000)))?.chunk?.chunk).toBe(outside)
  })

  test('are named to each other, if their Hello says that they know the message', async () => {
    const { ana, token, packId, chunks } = await origin()
    const [knows, other] = [await open(ana, token, ['swarm/1']), await open(ana, token)]
    const gate = Promise.withResolvers<void>()
    const slow = overriding(await openMemoryGitStore(), { putChunk: () => gate.promise })
    const cleo = await party.member({ name: 'Cleo', store: slow })
    for (const asker of [knows, other]) {
      await has(asker, packId, new Bitfield(chunks))
      await offerTo(asker, chunks)
    }
    await cleo.peer.dial(ana.peer)
    await cleo.sync.open({ token })
    const { holders } = await knows.until((message) => message.holders != null)
    // She has nothing of it yet.
    expect(holders?.holders.map(({ complete }) => complete)).toEqual([false])
    // All that it is told is what others are told too: any other message would have come by now.
    await other.ask({ getInventory: { id: 1 } })
    expect(other.told.filter((message) => message.holders != null)).toEqual([])
    gate.resolve()
  })

  test('are heard as often as needed, and not one time more', async () => {
    const { ana, token, packId, chunks } = await origin()
    const [bo, cleo] = [await open(ana, token), await open(ana, token)]
    for (const asker of [bo, cleo]) await has(asker, packId, new Bitfield(chunks))
    await offerTo(cleo, chunks)
    for (let n = 0; n < 4 * HAVE_BUCKET.capacity; n++) await has(bo, packId, new Bitfield(chunks))
    // It goes on all the same, and so does its stream.
    expect((await bo.ask({ getInventory: { id: 1 } })).inventory?.packs).toHaveLength(1)
  })
})

test('one crowd more than an asker may be in at once is none, nor is one of a small pack', async () => {
  const packs = Array.from({ length: MAX_CROWDS_PER_MEMBER + 1 }, (_, n) => n.toString(16).padStart(64, '0'))
  const big = WORTH_SHARING * CHUNK_BYTES
  const small = 'f'.repeat(64)
  const store = {
    inventory: async () => [
      { packId: small, size: big - CHUNK_BYTES, objects: 1 },
      ...packs.map((packId) => ({ packId, size: big, objects: 1 })),
    ],
  }
  const crowds = new Crowds(store as unknown as GitStore, 'own')
  const offered: string[] = []
  const member = { peer: 'peer', offer: (packId: string) => void offered.push(packId) }
  const ticket = crowds.join({ token: 'token', havingAll: () => [] }, member)
  await ticket.has(small, new Uint8Array(1))
  expect(ticket.fetching).toBe(false)
  for (const packId of packs) await ticket.has(packId, new Uint8Array(1))
  expect(offered).toEqual(packs.slice(0, -1))
  ticket.leave()
  for (const packId of packs) expect(crowds.find('token', packId)).toBeUndefined()
})

test('what an asker asks for over one more connection is counted as its own', async () => {
  const chunks = WORTH_SHARING
  const packId = 'a'.repeat(64)
  const store = { inventory: async () => [{ packId, size: chunks * CHUNK_BYTES, objects: 1 }] }
  const crowds = new Crowds(store as unknown as GitStore, 'own')
  const offered = new Map<string, Bitfield>()
  const join = (peer: string): ReturnType<Crowds['join']> =>
    crowds.join(
      { token: 'token', havingAll: () => [] },
      { peer, offer: (_, field) => void offered.set(peer, Bitfield.from(chunks, field.bytes())) },
    )
  const [bo, lane, cleo] = [join('bo'), join('bo'), join('cleo')]
  for (const ticket of [bo, cleo]) await ticket.has(packId, new Uint8Array(Math.ceil(chunks / 8)))
  await vi.waitFor(() => expect([offered.get('bo')?.count, offered.get('cleo')?.count]).toEqual([4, 4]))
  const first = Array.from({ length: chunks }, (_, chunk) => chunk).filter((chunk) => offered.get('bo')?.has(chunk))
  lane.asked(packId, first)
  for (const chunk of first) lane.sent(packId, chunk)
  // Those went out: it is offered others.
  await vi.waitFor(() => expect(first.filter((chunk) => offered.get('bo')?.has(chunk))).not.toEqual(first))
  // The lane's end is not the asker's.
  lane.leave()
  expect(bo.fetching).toBe(true)
  for (const ticket of [bo, cleo]) ticket.leave()
})
