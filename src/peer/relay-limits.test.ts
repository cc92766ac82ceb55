import { RELAY_V2_HOP_CODEC } from '@libp2p/circuit-relay-v2'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, expect, test } from 'vitest'
import { MAX_CIRCUITS_PER_PEER } from './config.ts'
import { RelayBudget } from './relay-budget.ts'
import { startTestPeer, startTestRelay, whenReserved } from './relay-fixture.ts'
import { stopPeers } from './testing.ts'
import type { PeerComponents } from './components.ts'
import type { StopHop } from './relay-budget.ts'
import type { GutsPeer } from './types.ts'
import type { Connection, Stream, StreamHandler } from '@libp2p/interface'

const running: GutsPeer[] = []

function keep<T extends GutsPeer>(peer: T): T {
  running.push(peer)
  return peer
}

afterEach(async () => {
  await stopPeers(running.splice(0))
})

class FakeStream extends EventTarget {
  status = 'open'
  sent = 0
  aborted: Error | undefined

  send(data: Uint8Array): boolean {
    this.sent += data.byteLength
    return true
  }

  abort(error: Error): void {
    this.aborted = error
    this.dispatchEvent(new Event('close'))
  }
}

async function setUp(bytesPerHour: number) {
  const now = { value: 0 }
  const peers = await Promise.all(
    Array.from({ length: 3 }, async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519'))),
  )
  const [eve, mallory, far] = peers as [(typeof peers)[0], (typeof peers)[0], (typeof peers)[0]]
  // Eve and Mallory sit behind one address.
  const host = new Map([
    [eve.toString(), '10.0.0.1'],
    [mallory.toString(), '10.0.0.1'],
    [far.toString(), '10.0.0.2'],
  ])
  const handlers = new Map<string, StreamHandler>([[RELAY_V2_HOP_CODEC, () => undefined]])
  const components = {
    logger: { forComponent: () => () => undefined },
    connectionManager: {
      getConnections: (peer: typeof eve) => [
        { remoteAddr: multiaddr(`/ip4/${host.get(peer.toString())}/tcp/1/ws`), remotePeer: peer },
      ],
    },
    registrar: {
      getHandler: (protocol: string) => ({ handler: handlers.get(protocol), options: {} }),
      handle: async (protocol: string, handler: StreamHandler) => void handlers.set(protocol, handler),
    },
  } as unknown as PeerComponents
  const status = { next: 'open' }
  const service: StopHop = {
    stopHop: async () => Object.assign(new FakeStream(), { status: status.next }) as unknown as Stream,
  }
  const budget = new RelayBudget(components, { bytesPerHour, now: () => now.value })
  await budget.attach(service)

  const circuit = async (source: typeof eve) =>
    (await service.stopHop({ request: { peer: { id: source.toMultihash().bytes } } }, {})) as unknown as FakeStream
  const hop = async (source: typeof eve) => {
    const stream = new FakeStream()
    await handlers.get(RELAY_V2_HOP_CODEC)?.(stream as unknown as Stream, { remotePeer: source } as Connection)
    return stream
  }

  return { budget, circuit, hop, status, eve, mallory, far, now }
}

test('a peer has eight circuits; the ninth must wait until one ends', async () => {
  const { budget, circuit, eve, mallory } = await setUp(1000)
  const open: FakeStream[] = []

  for (let count = 0; count < MAX_CIRCUITS_PER_PEER; count++) {
    expect(budget.allows(eve)).toBe(true)
    open.push(await circuit(eve))
  }
  expect(budget.allows(eve)).toBe(false)
  expect(budget.allows(mallory)).toBe(true)
  open[0]?.abort(new Error('done'))
  expect(budget.allows(eve)).toBe(true)
})

test('a destination that ends circuits as it accepts them uses up nobody else’s', async () => {
  const { budget, circuit, status, eve } = await setUp(1000)
  status.next = 'reset'
  for (let count = 0; count <= MAX_CIRCUITS_PER_PEER; count++) await circuit(eve)
  expect(budget.circuits(eve)).toBe(0)
  expect(budget.allows(eve)).toBe(true)
})

test('both directions count, over all circuits, and one byte over ends the stream', async () => {
  const { budget, circuit, hop, eve, now } = await setUp(1000)
  const [there, back] = [await circuit(eve), await hop(eve)]
  there.send(new Uint8Array(600))
  back.send(new Uint8Array(400))
  expect(() => back.send(new Uint8Array(1))).toThrow('More than 1000 bytes')
  expect(back.aborted?.name).toBe('RelayedBytesError')
  expect(back.sent).toBe(400)
  expect(budget.allows(eve)).toBe(false)

  now.value = 3_600_000
  expect(budget.allows(eve)).toBe(true)
})

test('another PeerId at the same address gets no budget of its own; another address does', async () => {
  const { budget, circuit, eve, mallory, far } = await setUp(1000)
  const stream = await circuit(eve)
  stream.send(new Uint8Array(1000))
  expect([budget.allows(mallory), budget.allows(far)]).toEqual([false, true])
  const second = await circuit(mallory)
  expect(() => second.send(new Uint8Array(1))).toThrow()
})

test('a reservation ends with its connection, and the newest connection of a peer replaces the older', async () => {
  const relay = await startTestRelay()
  keep(relay.peer)
  const key = await generateKeyPair('Ed25519')
  const first = keep(await startTestPeer('ana', [relay.address], { key }))
  await whenReserved(first)
  const opened = relay.peer.components.connectionManager.getConnections(first.peerId)
  expect(opened).toHaveLength(1)

  // The same key again, as a reloaded tab whose former socket the relay still holds open.
  const again = keep(await startTestPeer('ana', [relay.address], { key }))
  await whenReserved(again)
  await expect.poll(() => opened[0]?.status).toBe('aborted')

  await first.stop()
  await again.stop()
  running.splice(1)
  await expect.poll(() => relay.peer.counts.reservations()).toBe(0)
})

test('a relay that comes back is reserved on again, and found by those who knew it', async () => {
  const relay = await startTestRelay()
  const ana = keep(await startTestPeer('ana', [relay.address]))
  const ben = keep(await startTestPeer('ben', [relay.address]))
  await Promise.all([whenReserved(ana), whenReserved(ben)])
  const statuses: string[] = []
  ana.peers.on('relay:status', ({ kind }) => statuses.push(kind))

  await relay.peer.stop()
  await expect.poll(() => ana.relayStatus.kind).toBe('lost')
  const unreachable = ben.connect(ana.peerId.toString(), { signal: AbortSignal.timeout(5000) })
  await expect(unreachable).rejects.toThrow('cannot be reached')

  keep((await startTestRelay({ port: relay.port, key: relay.key })).peer)
  await Promise.all([whenReserved(ana), whenReserved(ben)])
  expect(statuses[0]).toBe('lost')
  expect(statuses.at(-1)).toBe('ready')
  expect(await ben.connect(ana.peerId.toString(), { signal: AbortSignal.timeout(5000) })).toMatchObject({
    link: 'relayed',
  })
})

test('gossip goes on through a relay that was restarted', async () => {
  const relay = await startTestRelay()
  const ana = keep(await startTestPeer('ana', [relay.address]))
  const ben = keep(await startTestPeer('ben', [relay.address]))
  await Promise.all([whenReserved(ana), whenReserved(ben)])
  const key = new Uint8Array(32).fill(3)
  const heard: string[] = []
  ana.announcements.follow(key)
  ben.announcements.follow(key)
  ben.announcements.on(({ bytes }) => heard.push(new TextDecoder().decode(bytes)))
  const reaches = async (text: string): Promise<boolean> => {
    await ana.announcements.publish(key, new TextEncoder().encode(text))
    await new Promise((resolve) => setTimeout(resolve, 100))
    return heard.includes(text)
  }
  await expect.poll(() => reaches('before'), { timeout: 10_000 }).toBe(true)

  await relay.peer.stop()
  await expect.poll(() => ana.relayStatus.kind).toBe('lost')
  keep((await startTestRelay({ port: relay.port, key: relay.key })).peer)
  await Promise.all([whenReserved(ana), whenReserved(ben)])
  await expect.poll(() => reaches('after'), { timeout: 10_000 }).toBe(true)
})

test('a relay is told nobody’s interests, but may tell what it holds itself', async () => {
  const relay = await startTestRelay()
  keep(relay.peer)
  const key = new Uint8Array(32).fill(5)
  relay.peer.setInterests([key])
  const ana = keep(await startTestPeer('ana', [relay.address]))
  ana.setInterests([key])
  await whenReserved(ana)
  const relayId = relay.peer.peerId.toString()

  await expect.poll(() => ana.peers.get(relayId)?.repositories).toEqual(['05'.repeat(32)])
  expect(relay.peer.peers.get(ana.peerId.toString())?.repositories).toEqual([])
})
