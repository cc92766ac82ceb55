import { afterEach, expect, test } from 'vitest'
import { MAX_ANNOUNCEMENT_BYTES } from './config.ts'
import { forgeRpcs, GOSSIP_PROTOCOL } from './forged-gossip.ts'
import { createMemoryPeers, stopPeers } from './testing.ts'
import { shardTopic } from './topics.ts'
import type { MemoryPeer, MemoryPeerOptions } from './testing.ts'

let peers: MemoryPeer[] = []
const KEY = new Uint8Array(32).fill(1)

afterEach(async () => {
  await stopPeers(peers)
  peers = []
})

/** Two peers that follow one shard and know it of each other. */
async function following(
  options: (index: number) => MemoryPeerOptions = () => ({}),
): Promise<[MemoryPeer, MemoryPeer]> {
  peers = await createMemoryPeers(2, options)
  const [ana, ben] = peers as [MemoryPeer, MemoryPeer]
  ana.announcements.follow(KEY)
  ben.announcements.follow(KEY)
  await expect.poll(() => ana.announcements.subscribers(shardTopic(KEY)).length, { timeout: 5000 }).toBe(1)
  return [ana, ben]
}

test('gossip loads with the first follow, and not before', async () => {
  peers = await createMemoryPeers(1)
  const [ana] = peers as [MemoryPeer]
  expect(ana.announcements.loaded).toBe(false)
  ana.announcements.follow(KEY)
  await expect.poll(() => ana.announcements.loaded).toBe(true)
})

test('what is larger than 1 KiB is not published', async () => {
  peers = await createMemoryPeers(1)
  const [ana] = peers as [MemoryPeer]
  await ana.announcements.publish(KEY, new Uint8Array(MAX_ANNOUNCEMENT_BYTES))
  await expect(ana.announcements.publish(KEY, new Uint8Array(MAX_ANNOUNCEMENT_BYTES + 1))).rejects.toThrow('1025 bytes')
})

test('who stops following hears no more', async () => {
  const [ana, ben] = await following()
  const heard: number[] = []
  ben.announcements.on(({ bytes }) => heard.push(bytes[0] ?? 0))
  const stop = ben.announcements.follow(KEY)
  await ana.announcements.publish(KEY, Uint8Array.of(1))
  await expect.poll(() => heard).toEqual([1])
  // Followed twice: the first stop leaves the other.
  stop()
  stop()
  await ana.announcements.publish(KEY, Uint8Array.of(2))
  await expect.poll(() => heard).toEqual([1, 2])
})

test('what was announced before anybody followed is heard by who follows next, the newest alone', async () => {
  peers = await createMemoryPeers(2)
  const [ana, ben] = peers as [MemoryPeer, MemoryPeer]
  const heard: number[] = []
  ben.announcements.on(({ bytes }) => heard.push(bytes[0] ?? 0))
  await ana.announcements.publish(KEY, Uint8Array.of(1))
  await ana.announcements.publish(KEY, Uint8Array.of(2))
  ben.announcements.follow(KEY)
  await expect.poll(() => heard, { timeout: 5000 }).toEqual([2])
  await ana.announcements.publish(KEY, Uint8Array.of(3))
  await expect.poll(() => heard, { timeout: 5000 }).toEqual([2, 3])
})

test('a flooder is disconnected and refused', async () => {
  const [ana, ben] = await following()
  let heard = 0
  ben.announcements.on(() => (heard += 1))
  const publishing = (async () => {
    for (let count = 0; count < 250; count++) await ana.announcements.publish(KEY, Uint8Array.of(count))
  })()
  await expect.poll(() => ben.peers.denied()[0]?.id, { timeout: 10_000 }).toBe(ana.peerId.toString())
  await publishing
  expect(heard).toBeLessThan(60)
  expect(ben.peers.get(ana.peerId.toString())?.link).toBeNull()
})

test('who sends what the validator rejects falls below the graylist and is disconnected', async () => {
  const [ana, ben] = await following((index) => (index === 1 ? { validateAnnouncement: async () => 'reject' } : {}))
  for (let count = 0; count < 5; count++) await ana.announcements.publish(KEY, Uint8Array.of(count))
  await expect.poll(() => ben.peers.denied()[0]?.reason, { timeout: 5000 }).toContain('not valid')
})

test.each([
  ['badly signed', false],
  ['well signed', true],
] as const)('thousands of %s messages are dropped, most of them unread, and their sender is gone', async (_, good) => {
  const [ana, ben] = await following()
  let heard = 0
  ben.announcements.on(() => (heard += 1))
  const [connection] = ana.components.connectionManager.getConnections(ben.peerId)
  const stream = await connection?.newStream(GOSSIP_PROTOCOL)
  for (const rpc of await forgeRpcs({ topic: shardTopic(KEY), count: 3000, good })) {
    if (stream?.status === 'open') stream.send(rpc)
  }
  // By whichever comes first: so many, or so bad.
  await expect
    .poll(() => ben.peers.denied()[0]?.reason, { timeout: 5000 })
    .toMatch(/^(Floods announcements|Sends announcements that are not valid)$/)
  expect(ben.peers.denied()).toMatchObject([{ id: ana.peerId.toString(), proven: false }])
  // An author's 40, and what a moment refills.
  expect(heard).toBeLessThan(good ? 60 : 1)
  await expect.poll(() => connection?.status).not.toBe('open')
})

test('what is ignored costs its sender nothing', async () => {
  const [ana, ben] = await following((index) => (index === 1 ? { validateAnnouncement: async () => 'ignore' } : {}))
  for (let count = 0; count < 5; count++) await ana.announcements.publish(KEY, Uint8Array.of(count))
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(ben.peers.denied()).toEqual([])
})
