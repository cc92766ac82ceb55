import { afterEach, expect, test } from 'vitest'
import { MAX_PEER_STREAMS } from './config.ts'
import { createMemoryPeers, stopPeers } from './testing.ts'
import type { MemoryPeer } from './testing.ts'
import type { Stream } from '@libp2p/interface'

let peers: MemoryPeer[] = []

afterEach(async () => {
  await stopPeers(peers)
  peers = []
})

async function pair(): Promise<[MemoryPeer, MemoryPeer]> {
  peers = await createMemoryPeers(2)
  return peers as [MemoryPeer, MemoryPeer]
}

test('a peer may hold 32 streams of all our protocols together open, and not one more', async () => {
  const [ana, ben] = await pair()
  const accepted: Stream[] = []
  await ben.handle('/guts/a/1.0.0', (stream) => void accepted.push(stream))
  await ben.handle('/guts/b/1.0.0', (stream) => void accepted.push(stream))
  const [connection] = ana.components.connectionManager.getConnections(ben.peerId)
  if (connection === undefined) throw new Error('Not connected')

  for (let count = 0; count < MAX_PEER_STREAMS; count++) {
    await connection.newStream(count % 2 === 0 ? '/guts/a/1.0.0' : '/guts/b/1.0.0', { maxOutboundStreams: 100 })
  }
  await expect.poll(() => accepted.length).toBe(MAX_PEER_STREAMS)

  const tooMany = await connection.newStream('/guts/b/1.0.0', { maxOutboundStreams: 100 })
  await expect.poll(() => tooMany.status).not.toBe('open')
  expect(accepted).toHaveLength(MAX_PEER_STREAMS)

  accepted[0]?.abort(new Error('done'))
  await expect.poll(() => connection.streams.length).toBe(MAX_PEER_STREAMS - 1)
  await connection.newStream('/guts/a/1.0.0', { maxOutboundStreams: 100 })
  await expect.poll(() => accepted.length).toBe(MAX_PEER_STREAMS + 1)
})

test('a protocol that is opened too fast is limited', async () => {
  const [ana, ben] = await pair()
  let accepted = 0
  await ben.handle('/guts/a/1.0.0', (stream) => {
    accepted += 1
    stream.abort(new Error('done'))
  })

  for (let count = 0; count < 100; count++) {
    const { stream } = await ana.openStream(ben.peerId.toString(), '/guts/a/1.0.0', {
      signal: AbortSignal.timeout(2000),
    })
    stream.abort(new Error('done'))
  }
  // 64 at once, and what the time of the test refilled.
  expect(accepted).toBeGreaterThanOrEqual(64)
  expect(accepted).toBeLessThan(100)
})

test('without a direct connection there is no stream', async () => {
  const [ana, ben] = await pair()
  await ana.hangUp(ben)
  await expect(
    ana.openStream(ben.peerId.toString(), '/guts/a/1.0.0', { signal: AbortSignal.timeout(1000) }),
  ).rejects.toThrow('no direct connection')
})

test('a handler that throws ends its stream and nothing else', async () => {
  const [ana, ben] = await pair()
  await ben.handle('/guts/a/1.0.0', () => {
    throw new Error('broken')
  })
  const { stream, connection } = await ana.openStream(ben.peerId.toString(), '/guts/a/1.0.0', {
    signal: AbortSignal.timeout(1000),
  })
  await expect.poll(() => stream.status).not.toBe('open')
  expect(connection.status).toBe('open')
})

test('deny closes every connection, refuses new ones on both sides, and says so', async () => {
  const [ana, ben] = await pair()
  const benId = ben.peerId.toString()
  const denied: string[] = []
  ana.peers.on('peer:denied', ({ id, reason }) => denied.push(`${id} ${reason}`))
  const gone = new Promise((resolve) => ana.peers.on('peer:gone', resolve))
  await ana.peers.deny(benId, 'Sent a forged signature')
  await gone

  expect(denied).toEqual([`${benId} Sent a forged signature`])
  expect(ana.peers.denied()).toMatchObject([{ id: benId, reason: 'Sent a forged signature' }])
  expect(ana.components.connectionManager.getConnections(ben.peerId)).toEqual([])
  await expect(ana.connect(benId, { signal: AbortSignal.timeout(1000) })).rejects.toThrow('refused until')
  await expect.poll(() => ben.peers.get(ana.peerId.toString())?.link).toBeNull()
  const again = ben.dial(ana)
  again.catch(() => undefined)
  await expect(Promise.race([again, new Promise((resolve) => setTimeout(resolve, 300))])).rejects.toThrow()
  expect(ana.peers.get(benId)?.link).toBeNull()
})

test('more peers than the maximum: the ones that share nothing are left', async () => {
  peers = await createMemoryPeers(5, (index) => (index === 0 ? { maximumConnections: 3 } : {}))
  const [hub] = peers as [MemoryPeer]
  await expect.poll(() => hub.peers.list().filter((state) => state.link !== null).length).toBe(3)
})
