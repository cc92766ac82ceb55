import { afterEach, describe, expect, test } from 'vitest'
import { createMemoryPeer } from '../../../peer/testing.ts'
import { digestOf, discoveryKey } from '../../document/index.ts'
import { Filter, HEAD_WANT, knownTags, openHandshake, openTransfer, Status, SYNC_PROTOCOL } from '../../wire/index.ts'
import { fromHex } from '../bytes.ts'
import { MessageChannel } from '../message-channel.ts'
import { challenged, createAskers } from '../testing/asker.ts'
import { bundleOf, git, inTemporaryFolder, makeSource } from '../testing/git.ts'
import { createParty, type Member } from '../testing/world.ts'
import { MAX_PENDING_REQUESTS, REQUEST_BUCKET } from './limits.ts'

const party = createParty()
const askers = createAskers()

afterEach(async () => {
  await party.stop()
  await askers.stop()
})

async function held(): Promise<{ ana: Member; token: string; oid: Uint8Array<ArrayBuffer> }> {
  const ana = await party.member({ name: 'Ana' })
  const { token } = await ana.sync.create({ kind: 'new', name: 'secret plans', description: '' })
  const oid = ana.sync.repository(token)?.refs[0]?.oid ?? ''
  return { ana, token, oid: Uint8Array.from(oid.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)) }
}

const PACK = new Uint8Array(32)

describe('a repository', () => {
  test('is told to who proves its id', async () => {
    const { ana, token } = await held()
    const asker = await askers.open(ana, digestOf(token))
    expect(await asker.opened()).toBe(true)
    await asker.channel.write({ getRefs: { id: 1, known: await knownTags(asker.opening.session, []) } })
    const [documents, header] = [await asker.read(), await asker.read()]
    expect(documents?.refs?.documents).toHaveLength(1)
    expect(header?.refs?.header.byteLength).toBeGreaterThan(0)
    expect(header?.refs?.last).toBe(true)
  })

  test('is answered for as if it were not here, to who knows its discovery key alone', async () => {
    const { ana, token, oid } = await held()
    const stranger = await party.member({ name: 'Stranger' })
    const key = await discoveryKey(digestOf(token))
    const guess = crypto.getRandomValues(new Uint8Array(32))
    const [atHolder, atStranger] = await Promise.all(
      [ana, stranger].map((member) => askers.open(member, guess, { key })),
    )
    if (atHolder == null || atStranger == null) throw new Error('Not open')
    expect([await atHolder.opened(), await atStranger.opened()]).toEqual([false, false])
    const answers = await atHolder.everything(PACK, oid)
    expect(answers).toEqual(await atStranger.everything(PACK, oid))
    expect(answers.map(({ failure }) => failure?.status)).toEqual(Array.from({ length: 5 }, () => Status.NOT_HELD))
  })

  test('is not told to who passes on a proof that was made for somebody else', async () => {
    const { ana, token } = await held()
    const [bo, middle] = await Promise.all([createMemoryPeer({ name: 'Bo' }), createMemoryPeer({ name: 'Middle' })])
    askers.peers.push(bo, middle)
    await middle.dial(ana.peer)
    const signal = AbortSignal.timeout(10_000)
    const { stream } = await middle.openStream(ana.peer.peerId.toString(), SYNC_PROTOCOL, { signal })
    const channel = new MessageChannel(stream, { maxFrameBytes: 2 ** 20, maxQueuedBytes: 2 ** 20 })
    const first = await channel.read(signal)
    if (first?.challenge == null) throw new Error('No challenge')
    // Bo answers Ana's challenge as if Middle were Ana; Middle hands it on.
    const opening = await openHandshake(digestOf(token), { local: bo.peerId, remote: middle.peerId }, first.challenge)
    await channel.write({ open: opening.message })
    await channel.write({ getRefs: { id: 1, known: await knownTags(opening.session, []) } })
    const answer = await channel.read(signal)
    expect(answer?.opened != null && opening.verify(answer.opened)).toBe(false)
    expect((await channel.read(signal))?.failure?.status).toBe(Status.NOT_HELD)
  })

  test('gives no pack that is not its own', async () => {
    const { ana, token } = await held()
    const asker = await askers.open(ana, digestOf(token))
    await asker.opened()
    await asker.channel.write({ getManifest: { id: 1, pack: PACK } })
    expect((await asker.read())?.failure?.status).toBe(Status.NOT_SERVED)
  })
})

describe('what a force-push removed', () => {
  test('is given to nobody who has the id, neither by its own id nor in the pack that holds it', async () => {
    const ana = await party.member({ name: 'Ana' })
    const { token, first, secret } = await withSecret(ana)
    const asker = await askers.open(ana, digestOf(token))
    await asker.opened()
    const transfer = await asker.openTransfer(1, ana)
    const [pack] = (await asker.ask({ getInventory: { id: 1 } })).inventory?.packs ?? []
    if (pack == null) throw new Error('No base pack')

    /** How each way to the secret ends. */
    let id = 1
    const statuses = async (): Promise<Array<Status | undefined>> => {
      const { failure, manifest } = await asker.ask({ getManifest: { id: ++id, pack: pack.pack } })
      const ends: Array<Status | undefined> = [manifest == null ? failure?.status : Status.OK]
      await asker.channel.write({
        getChunks: { id: ++id, transfer: 1, pack: pack.pack, ranges: [{ first: 0, count: 1 }] },
      })
      ends.push(await endOf(transfer))
      for (const oid of secret) {
        const request = { id: ++id, transfer: 1, wants: [oid], haves: [], filter: Filter.OBJECTS, thin: false }
        await asker.channel.write({ getObjects: request })
        ends.push(await endOf(transfer))
      }
      return ends
    }
    expect(await statuses()).toEqual([Status.OK, Status.OK, Status.OK, Status.OK])
    const refs = ['refs/heads/main', 'refs/tags/light'].map((name) => ({ name, oid: first }))
    await ana.sync.publish(token, { refs, admit: [] })
    // It is taken back at once, from who was told of it.
    const { have } = await asker.until((message) => message.have != null)
    expect([have?.pack, have?.bitfield.byteLength, have?.offer]).toEqual([pack.pack, 0, false])
    expect(await statuses()).toEqual(Array.from({ length: 4 }, () => Status.NOT_SERVED))
    expect((await asker.ask({ getInventory: { id: ++id } })).inventory?.packs).toEqual([])
  })
})

/** A base pack whose last commit adds what should not be there: that commit and its file. */
async function withSecret(
  ana: Member,
): Promise<{ token: string; first: string; secret: Array<Uint8Array<ArrayBuffer>> }> {
  return await inTemporaryFolder(async (folder) => {
    const source = await makeSource(folder, { commits: 2, randomBytes: 2 ** 20 })
    await git(source, 'branch', '-D', 'feature')
    const oid = async (name: string): Promise<string> => (await git(source, 'rev-parse', name)).trim()
    const { token } = await ana.sync.create({ kind: 'bundle', file: await bundleOf(source), name: 'plans' })
    const secret = await Promise.all([oid('main'), oid('main:random-1.bin')])
    return { token, first: await oid('main~1'), secret: secret.map(fromHex) }
  })
}

/** Reads a transfer to the end of one answer. */
async function endOf(transfer: MessageChannel): Promise<Status | undefined> {
  for (;;) {
    const message = await transfer.read(AbortSignal.timeout(10_000))
    if (message == null) throw new Error('The transfer ended early')
    if (message.end != null) return message.end.status
  }
}

describe('a snapshot', () => {
  test('of whatever HEAD names comes in the breath that opens the stream, though its transfer was there before', async () => {
    const { ana, token, oid } = await held()
    const peer = await createMemoryPeer({ name: 'Bo' })
    askers.peers.push(peer)
    await peer.dial(ana.peer)
    const [control, transfer] = await Promise.all([challenged(peer, ana.peer), challenged(peer, ana.peer)])
    const peers = { local: peer.peerId, remote: ana.peer.peerId }
    const opening = await openHandshake(digestOf(token), peers, control.challenge)
    await transfer.channel.write({ openTransfer: await openTransfer(opening.session, 1) })
    // It is there, and what it belongs to is not.
    await peer.components.ping.ping(ana.peer.peerId)
    await control.channel.write({ open: opening.message })
    await control.channel.write({ credit: { bytes: 0, urgent: 100_000 } })
    const request = { transfer: 1, haves: [], filter: Filter.SNAPSHOT, thin: false }
    await control.channel.write({ getObjects: { ...request, id: 1, wants: [HEAD_WANT] } })
    await control.channel.write({ getObjects: { ...request, id: 2, wants: [oid] } })
    const packs = [await packFrom(transfer.channel), await packFrom(transfer.channel)]
    expect(packs[0]?.objects).toBe(3)
    expect(packs[0]?.bytes).toEqual(packs[1]?.bytes)
    // With another filter it is an id like any other.
    await control.channel.write({ getObjects: { ...request, id: 3, wants: [HEAD_WANT], filter: Filter.OBJECTS } })
    expect(await endOf(transfer.channel)).toBe(Status.NOT_SERVED)
  })
})

/** The next pack that comes, whole. */
async function packFrom(transfer: MessageChannel): Promise<{ objects: number; bytes: Uint8Array }> {
  const parts: Uint8Array[] = []
  let objects = 0
  for (;;) {
    const message = await transfer.read(AbortSignal.timeout(10_000))
    if (message == null) throw new Error('The transfer ended early')
    if (message.objects != null) objects = message.objects.objects
    if (message.objectsPart != null) parts.push(message.objectsPart.bytes)
    if (message.end != null) return { objects, bytes: Uint8Array.from(Buffer.concat(parts)) }
  }
}

describe('limits', () => {
  test('one request more than may wait is told to come later', async () => {
    const { ana, token } = await held()
    const asker = await askers.open(ana, digestOf(token))
    await asker.opened()
    // They wait for a transfer stream that never comes.
    for (let id = 1; id <= MAX_PENDING_REQUESTS; id++) {
      await asker.channel.write({ getChunks: { id, transfer: 1, pack: PACK, ranges: [{ first: 0, count: 1 }] } })
    }
    await asker.channel.write({ getInventory: { id: 99 } })
    const answer = await asker.read()
    expect(answer?.failure).toMatchObject({ id: 99, status: Status.BUSY })
    expect(answer?.failure?.retryAfter).toBeGreaterThan(0)
  })

  test('more requests than the bucket holds are told to come later', async () => {
    const { ana, token } = await held()
    const asker = await askers.open(ana, digestOf(token))
    await asker.opened()
    const statuses: unknown[] = []
    for (let id = 1; id <= REQUEST_BUCKET.capacity + REQUEST_BUCKET.perSecond; id++) {
      await asker.channel.write({ getManifest: { id, pack: PACK } })
      if (id % 8 === 0) for (let n = 0; n < 8; n++) statuses.push((await asker.read())?.failure?.status)
    }
    expect(statuses.slice(0, REQUEST_BUCKET.capacity)).not.toContain(Status.BUSY)
    expect(statuses).toContain(Status.BUSY)
  })

  test('a request id that is in use ends the stream', async () => {
    const { ana, token } = await held()
    const asker = await askers.open(ana, digestOf(token))
    await asker.opened()
    const request = { getChunks: { id: 1, transfer: 1, pack: PACK, ranges: [{ first: 0, count: 1 }] } }
    await asker.channel.write(request)
    await asker.channel.write(request)
    await expect(asker.read()).rejects.toThrow()
  })
})
