import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { PASSING_RELAY_TIME } from './config.ts'
import { PassingRelays } from './passing-relays.ts'
import { startTestPeer, startTestRelay, whenReserved } from './relay-fixture.ts'
import { ConfiguredRelays, MAX_FURTHER_RELAYS } from './relays.ts'
import { stopPeers } from './testing.ts'
import type { TestRelay } from './relay-fixture.ts'
import type { GutsPeer } from './types.ts'

const running: GutsPeer[] = []

function keep<T extends GutsPeer>(peer: T): T {
  running.push(peer)
  return peer
}

afterEach(async () => {
  await stopPeers(running.splice(0))
})

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** Relays that name each other: what their operators do. */
async function startNetwork(
  count: number,
): Promise<{ relays: TestRelay[]; start: (index: number) => Promise<TestRelay> }> {
  const keys = await Promise.all(Array.from({ length: count }, () => generateKeyPair('Ed25519')))
  const ports = await freePorts(count)
  const addresses = keys.map(
    (key, index) => `/ip4/127.0.0.1/tcp/${ports[index]}/ws/p2p/${peerIdFromPrivateKey(key).toString()}`,
  )
  const start = async (index: number): Promise<TestRelay> => {
    const others = addresses.filter((_, other) => other !== index)
    const relay = await startTestRelay({ port: ports[index], key: keys[index] }, { relays: others })
    keep(relay.peer)
    return relay
  }
  const relays = await Promise.all(keys.map((_, index) => start(index)))
  const isLinked = (relay: TestRelay): boolean =>
    relay.peer.peers.list().filter((state) => state.isRelay && state.link === 'direct').length === count - 1
  await expect.poll(() => relays.every(isLinked), { timeout: 10_000 }).toBe(true)
  return { relays, start }
}

async function find(peer: GutsPeer, key: Uint8Array): Promise<string[]> {
  const found: string[] = []
  for await (const holder of peer.discovery.find(key, { signal: AbortSignal.timeout(5000) })) {
    found.push(holder.toString())
  }
  return found
}

test('peers of three relays are one network, and stay one when a relay is killed', async () => {
  const { relays, start } = await startNetwork(3)
  const [a, b, c] = relays as [TestRelay, TestRelay, TestRelay]
  const ana = keep(await startTestPeer('ana', [a.address], { furtherRelays: [b.address, c.address] }))
  const cleo = keep(await startTestPeer('cleo', [c.address], { furtherRelays: [a.address, b.address] }))
  await Promise.all([whenReserved(ana), whenReserved(cleo)])
  const key = crypto.getRandomValues(new Uint8Array(32))
  const id = ana.peerId.toString()

  // Found: Cleo asks her own relay only, which asks the others.
  ana.discovery.provide(key)
  await expect.poll(() => find(cleo, key), { timeout: 10_000 }).toEqual([id])
  expect(cleo.peers.get(a.peer.peerId.toString())).toBeUndefined()

  // Told: from Ana's relay to Cleo's.
  const heard: string[] = []
  cleo.announcements.on(({ bytes }) => heard.push(new TextDecoder().decode(bytes)))
  cleo.announcements.follow(key)
  const hears = async (text: string): Promise<boolean> => {
    await ana.announcements.publish(key, new TextEncoder().encode(`${text} ${Math.random()}`))
    return heard.some((line) => line.startsWith(text))
  }
  await expect.poll(() => hears('first'), { timeout: 10_000, interval: 200 }).toBe(true)

  // A relay that neither of them uses dies, and nothing changes for them.
  running.splice(running.indexOf(b.peer), 1)
  await b.peer.stop()
  await expect.poll(() => hears('without b'), { timeout: 10_000, interval: 200 }).toBe(true)

  // Reached: through the relay that the DHT named.
  const state = await cleo.connect(id, { signal: AbortSignal.timeout(10_000) })
  expect(state).toMatchObject({ link: 'relayed', identity: { name: 'ana' } })
  expect(state.address).toContain(`/p2p/${a.peer.peerId.toString()}/p2p-circuit`)

  // It comes back, and whoever comes to it is part of the network.
  await start(1)
  const ben = keep(await startTestPeer('ben', [b.address], { furtherRelays: [a.address, c.address] }))
  await whenReserved(ben)
  await expect.poll(() => find(ben, key), { timeout: 15_000 }).toEqual([id])
})

test('a hint is enough to reach a peer of another relay', async () => {
  const { relays } = await startNetwork(2)
  const [a, b] = relays as [TestRelay, TestRelay]
  const ana = keep(await startTestPeer('ana', [a.address]))
  const ben = keep(await startTestPeer('ben', [b.address], { furtherRelays: [a.address] }))
  await Promise.all([whenReserved(ana), whenReserved(ben)])
  const state = await ben.connect(ana.peerId.toString(), { signal: AbortSignal.timeout(10_000) })
  expect(state).toMatchObject({ link: 'relayed', identity: { name: 'ana' } })

  // The relay that was dialled for it is let go only once nobody is reached through it.
  const to = (relay: TestRelay) =>
    ben.components.connectionManager.getConnections().filter(({ remotePeer }) => remotePeer.equals(relay.peer.peerId))
  const passing = new PassingRelays(ben.components, new ConfiguredRelays([b.address], [a.address]))
  const later = Date.now() + PASSING_RELAY_TIME + 1000
  passing.tidy()
  passing.tidy(later)
  expect(to(a)).toHaveLength(1)
  for (const connection of ben.components.connectionManager.getConnections(ana.peerId)) await connection.close()
  passing.tidy()
  expect(to(a)).toHaveLength(1)
  passing.tidy(later)
  await expect.poll(() => to(a)).toHaveLength(0)
  expect(to(b)).toHaveLength(1)
})

test('own relays are kept, further ones are known, and one too many is not', async () => {
  const ids = await Promise.all(
    Array.from({ length: MAX_FURTHER_RELAYS + 2 }, async () =>
      peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString(),
    ),
  )
  const [own, ...further] = ids.map((id) => `/dns4/${id.toLowerCase()}.example/tcp/443/tls/ws/p2p/${id}`)
  const relays = new ConfiguredRelays([own!], further)
  expect(relays.ids()).toEqual([ids[0]])
  expect(relays.furtherIds()).toEqual(ids.slice(1, -1))
  expect([relays.has(ids[1]!), relays.isOwn(ids[1]!), relays.has(ids.at(-1)!)]).toEqual([true, false, false])
  // Named twice, it is one's own.
  expect(new ConfiguredRelays([own!], [own!]).furtherIds()).toEqual([])
})
