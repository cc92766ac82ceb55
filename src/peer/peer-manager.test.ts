import { afterEach, expect, test, vi } from 'vitest'
import {
  HELLO_PROTOCOL,
  IDLE_TIME,
  PING_PROTOCOL,
  REFUSED_STREAMS_BUCKET,
  STREAM_BUCKET,
  UNREADY_TIME,
} from './config.ts'
import { Pruner } from './pruner.ts'
import { createMemoryPeer, createMemoryPeers, stopPeers } from './testing.ts'
import { Streams } from './streams.ts'
import { Traffic } from './traffic.ts'
import type { Peers } from './peer-manager.ts'
import type { MemoryPeer } from './testing.ts'
import type { StreamHandler } from './types.ts'
import type { Stream } from '@libp2p/interface'

let peers: MemoryPeer[] = []
const ECHO = '/guts/echo/1.0.0'
const KEY = new Uint8Array(32).fill(9)
const HEX = '09'.repeat(32)

afterEach(async () => {
  await stopPeers(peers)
  peers = []
})

function linkOf(peer: MemoryPeer, other: MemoryPeer) {
  return peer.peers.get(other.peerId.toString())?.link
}

async function read(stream: Stream): Promise<number> {
  let bytes = 0
  for await (const part of stream) bytes += part.byteLength
  return bytes
}

test('a broadcast reaches everybody but the one that fails', async () => {
  peers = await createMemoryPeers(4)
  const [ana, ben, cleo, deaf] = peers as [MemoryPeer, MemoryPeer, MemoryPeer, MemoryPeer]
  const heard: number[] = []
  for (const peer of [ben, cleo]) await peer.handle(ECHO, async (stream) => void heard.push(await read(stream)))

  const { sent, failed } = await ana.peers.broadcast(ECHO, new Uint8Array(1000))
  expect(sent.sort()).toEqual([ben, cleo].map(({ peerId }) => peerId.toString()).sort())
  expect(failed).toMatchObject([{ peer: deaf.peerId.toString(), error: { name: 'UnsupportedProtocolError' } }])
  await expect.poll(() => heard).toEqual([1000, 1000])
})

test('peers are found by what they share, and by chance', async () => {
  peers = await createMemoryPeers(4)
  const [ana, ben, cleo] = peers as [MemoryPeer, MemoryPeer, MemoryPeer]
  for (const peer of [ana, ben, cleo]) peer.setInterests([KEY])
  await expect.poll(() => ana.peers.peersWithRepository(HEX)).toHaveLength(2)
  expect(new Set(ana.peers.randomPeers(3).map(({ id }) => id)).size).toBe(3)
  await ana.hangUp(ben)
  await expect.poll(() => ana.peers.peersWithRepository(HEX).map(({ id }) => id)).toEqual([cleo.peerId.toString()])
  expect(ana.peers.randomPeers(9)).toHaveLength(2)
  await expect(ana.peers.connect(cleo.peerId.toString(), { signal: AbortSignal.timeout(1000) })).resolves.toMatchObject(
    {
      link: 'direct',
    },
  )
})

test('a state tells what passed, and when something last did', async () => {
  peers = await createMemoryPeers(2)
  const [ana, ben] = peers as [MemoryPeer, MemoryPeer]
  await ben.handle(ECHO, async (stream) => void (await read(stream)))
  const before = [ana.peers.get(ben.peerId.toString()), ben.peers.get(ana.peerId.toString())]
  await ana.peers.broadcast(ECHO, new Uint8Array(100_000))
  const grown = (peer: MemoryPeer, other: MemoryPeer, n: number, way: 'bytesIn' | 'bytesOut'): number =>
    (peer.peers.get(other.peerId.toString())?.[way] ?? 0) - (before[n]?.[way] ?? 0)
  await expect.poll(() => grown(ben, ana, 1, 'bytesIn')).toBeGreaterThanOrEqual(100_000)
  expect(grown(ana, ben, 0, 'bytesOut')).toBeGreaterThanOrEqual(100_000)
  expect(grown(ana, ben, 0, 'bytesIn')).toBeLessThan(10_000)
  expect(ana.peers.get(ben.peerId.toString())).toMatchObject({ score: 0, roundTrip: expect.any(Number) as number })
})

test('traffic is remembered of so many peers, and the one too many takes the place of the oldest', () => {
  const traffic = new Traffic(2)
  const stream = (): Stream => ({ onData: () => undefined, send: () => true, readBufferLength: 5 }) as never
  for (const id of ['a', 'b', 'c']) traffic.track(stream(), id)
  expect(['a', 'b', 'c'].map((id) => traffic.of(id).bytesIn)).toEqual([0, 5, 5])
})

test('streams are a flood after far more were refused than an honest peer has: one over', async () => {
  let floods = 0
  let accept: StreamHandler | undefined
  const streams = new Streams(
    {
      connectionManager: { getConnections: () => [] },
      registrar: { handle: async (_: string, handler: StreamHandler) => void (accept = handler) },
      logger: { forComponent: () => Object.assign(() => undefined, { error: () => undefined }) },
    } as never,
    { onFlood: () => (floods += 1), now: () => 0 },
  )
  await streams.handle(ECHO, () => undefined)
  const open = (): unknown => accept?.({ abort: () => undefined } as never, { remotePeer: 'eve' } as never)
  for (let n = 0; n < STREAM_BUCKET.capacity + REFUSED_STREAMS_BUCKET.capacity; n++) await open()
  expect(floods).toBe(0)
  await open()
  expect(floods).toBe(1)
})

test('who floods is refused, and begins anew when let in again', async () => {
  peers = await createMemoryPeers(2)
  const [ana, flooder] = peers as [MemoryPeer, MemoryPeer]
  const id = flooder.peerId.toString()
  for (let n = 1; n < 10; n++) ana.peers.penalise(id, 'flood')
  expect([ana.peers.denied(), ana.peers.get(id)?.score]).toEqual([[], -90])
  ana.peers.penalise(id, 'flood')
  expect(ana.peers.denied()).toMatchObject([{ id, proven: false, reason: 'it asks for far more than it may' }])
  await expect.poll(() => linkOf(ana, flooder)).toBeNull()
  await ana.peers.allow(id)
  expect(ana.peers.get(id)?.score).toBe(0)
})

test('who breaks the rules of Hello five times is refused', async () => {
  peers = await createMemoryPeers(2)
  const [ana, rude] = peers as [MemoryPeer, MemoryPeer]
  const [connection] = rude.components.connectionManager.getConnections(ana.peerId)
  if (connection === undefined) throw new Error('Not connected')

  for (let n = 0; n < 5; n++) {
    expect(ana.peers.get(rude.peerId.toString())?.score).toBe(-20 * n || 0)
    const stream = await connection.newStream(HELLO_PROTOCOL, { maxOutboundStreams: 9 })
    // A length that no Hello has.
    stream.send(Uint8Array.of(0xff, 0xff, 0x7f))
    await expect.poll(() => ana.peers.get(rude.peerId.toString())?.score).toBe(-20 * (n + 1))
  }
  await expect
    .poll(() => ana.peers.denied())
    .toMatchObject([{ reason: 'it does not keep to the rules of the protocol' }])
  expect(linkOf(ana, rude)).toBeNull()
})

test('a ping that comes back as something else ends the connection; one that nobody speaks does not', async () => {
  const liar = await createMemoryPeer()
  const mute = await createMemoryPeer()
  const ana = await createMemoryPeer({ keepaliveInterval: 50 })
  peers = [ana, liar, mute]
  await liar.components.registrar.handle(
    PING_PROTOCOL,
    async (stream) => {
      for await (const nonce of stream) stream.send(new Uint8Array(nonce.byteLength))
    },
    { force: true },
  )
  await mute.components.registrar.unhandle(PING_PROTOCOL)
  await ana.dial(mute)
  const lied = ana.dial(liar)
  lied.catch(() => undefined)
  await expect.poll(() => linkOf(ana, liar)).toBeNull()
  expect(ana.peers.get(liar.peerId.toString())?.score).toBe(-20)
  expect(linkOf(ana, mute)).toBe('direct')
})

test('who shares nothing and asks nothing is left after a while, who says no Hello sooner, others stay', async () => {
  peers = await createMemoryPeers(5)
  const [ana, idle, busy, sharing, silent] = peers as [MemoryPeer, MemoryPeer, MemoryPeer, MemoryPeer, MemoryPeer]
  for (const peer of [ana, sharing]) peer.setInterests([KEY])
  await ana.handle(ECHO, () => undefined)
  await busy.openStream(ana.peerId.toString(), ECHO, { signal: AbortSignal.timeout(1000) })
  await expect.poll(() => ana.peers.peersWithRepository(HEX)).toHaveLength(1)

  let now = 0
  const manager = ana.peers as Peers
  const isReady = vi.spyOn(manager, 'isReady').mockImplementation((id) => id !== silent.peerId.toString())
  const pruner = new Pruner(ana.components, manager, { maximum: 50, keepIdle: false, now: () => now })
  const relays = new Pruner(ana.components, manager, { maximum: 50, keepIdle: true, now: () => now })
  const links = () => [idle, busy, sharing, silent].map((peer) => linkOf(ana, peer))
  const pruneAt = (time: number): void => {
    now = time
    relays.prune()
    pruner.prune()
  }
  pruneAt(0)
  pruneAt(UNREADY_TIME - 1)
  expect(links()).toEqual(['direct', 'direct', 'direct', 'direct'])
  pruneAt(UNREADY_TIME)
  await expect.poll(links).toEqual(['direct', 'direct', 'direct', null])
  pruneAt(IDLE_TIME - 1)
  expect(linkOf(ana, idle)).toBe('direct')
  pruneAt(IDLE_TIME)
  await expect.poll(links).toEqual([null, 'direct', 'direct', null])
  isReady.mockRestore()
})
