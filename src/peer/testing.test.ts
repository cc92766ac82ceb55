import { afterEach, expect, test } from 'vitest'
import { createMemoryPeers, stopPeers } from './testing.ts'
import type { MemoryPeer } from './testing.ts'

let peers: MemoryPeer[] = []

afterEach(async () => {
  await stopPeers(peers)
  peers = []
})

test('memory peers are connected directly to each other, and each knows who runs the others', async () => {
  peers = await createMemoryPeers(3)

  for (const peer of peers) {
    const states = peer.peers.list()
    expect(states.map((state) => state.link)).toEqual(['direct', 'direct'])

    for (const other of peers.filter((candidate) => candidate !== peer)) {
      expect(peer.peers.get(other.peerId.toString())?.identity).toMatchObject({
        id: other.identity.id,
        name: other.identity.name,
      })
    }
  }
})

test('a stream carries bytes both ways', async () => {
  peers = await createMemoryPeers(2)
  const [ana, ben] = peers as [MemoryPeer, MemoryPeer]

  await ben.handle('/guts/test/1.0.0', async (stream) => {
    for await (const chunk of stream) {
      stream.send(chunk)
    }
    await stream.close()
  })

  const { stream, connection } = await ana.openStream(ben.peerId.toString(), '/guts/test/1.0.0', {
    signal: AbortSignal.timeout(5000),
  })
  stream.send(Uint8Array.of(1, 2, 3))
  const closed = stream.close()
  const received: number[] = []

  for await (const chunk of stream) {
    received.push(...chunk.subarray())
  }
  await closed

  expect(received).toEqual([1, 2, 3])
  expect(connection.direct).toBe(true)
})

test('an announcement reaches those who follow its shard', async () => {
  peers = await createMemoryPeers(3)
  const [ana, ben, cleo] = peers as [MemoryPeer, MemoryPeer, MemoryPeer]
  const key = crypto.getRandomValues(new Uint8Array(32))
  const heard = Promise.withResolvers<{ bytes: number[]; author: string; topic: string }>()
  let cleoHeard = 0

  ben.announcements.follow(key)
  ben.announcements.on(({ bytes, author, topic }) => heard.resolve({ bytes: [...bytes], author, topic }))
  cleo.announcements.on(() => (cleoHeard += 1))
  ana.announcements.follow(key)
  await expect.poll(() => ana.announcements.subscribers(topicOf(key)), { timeout: 5000 }).toHaveLength(1)
  await ana.announcements.publish(key, Uint8Array.of(7))

  expect(await heard.promise).toEqual({ bytes: [7], author: ana.peerId.toString(), topic: 'refs' })
  expect(cleoHeard).toBe(0)
})

function topicOf(key: Uint8Array): string {
  return `/guts/refs/1/${((key[0] ?? 0) & 63).toString(16).padStart(2, '0')}`
}
