import { multiaddr } from '@multiformats/multiaddr'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { afterEach, expect, test } from 'vitest'
import { addressKey } from './address-key.ts'
import { RelayAdmission } from './relay-admission.ts'
import { startTestPeer, startTestRelay, whenReserved } from './relay-fixture.ts'
import { stopPeers } from './testing.ts'
import type { PeerComponents } from './components.ts'
import type { NodePeer } from './node.ts'
import type { GutsPeer } from './types.ts'
import type { PeerId } from '@libp2p/interface'

const running: GutsPeer[] = []

afterEach(async () => {
  await stopPeers(running.splice(0))
})

test('an address is an IPv4 address or an IPv6 network of 64 bits', () => {
  const keys = [
    '/ip4/203.0.113.9/tcp/1/ws',
    '/ip6/2001:db8::1/tcp/1/ws',
    '/ip6/2001:db8:0:0:ffff::9/tcp/2/ws',
    '/ip6/2001:db8:0:1::1/tcp/1/ws',
    '/ip6/::1/tcp/1/ws',
    '/memory/1',
  ].map((address) => addressKey(multiaddr(address)))
  expect(keys).toEqual([
    '203.0.113.9',
    '2001:db8:0:0::/64',
    '2001:db8:0:0::/64',
    '2001:db8:0:1::/64',
    '0:0:0:0::/64',
    undefined,
  ])
})

function setUp(maxConnections: number, maxReservations: number) {
  const from = new Map<PeerId, string>()
  const reservations = new Map<PeerId, { addr: ReturnType<typeof multiaddr> }>()
  const connections = () => [...from].map(([remotePeer, address]) => ({ remotePeer, remoteAddr: multiaddr(address) }))
  const components = {
    connectionManager: {
      getConnections: (peer?: PeerId) =>
        connections().filter(({ remotePeer }) => peer === undefined || remotePeer === peer),
    },
  } as unknown as PeerComponents
  const admission = new RelayAdmission(components, { reservations } as never, { maxConnections, maxReservations })
  const join = async (address: string) => {
    const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    from.set(peer, address)
    return peer
  }
  const reserve = (peer: PeerId) => {
    const isAllowed = admission.allowsReservation(peer)
    if (isAllowed) reservations.set(peer, { addr: multiaddr(from.get(peer) ?? '') })
    return isAllowed
  }
  return { admission, join, reserve }
}

test('one address gets half of the connections, and others the rest', async () => {
  const { admission, join } = setUp(4, 4)
  const here = '/ip4/10.0.0.1/tcp/1/ws'
  await join(here)
  expect(admission.allowsConnection(multiaddr(here))).toBe(true)
  await join(here)
  expect(admission.allowsConnection(multiaddr(here))).toBe(false)
  expect(admission.allowsConnection(multiaddr('/ip4/10.0.0.2/tcp/1/ws'))).toBe(true)
  admission.drain()
  expect(admission.allowsConnection(multiaddr('/ip4/10.0.0.2/tcp/1/ws'))).toBe(false)
  expect(admission.counts.connectionsRefused).toBe(2)
})

test('one address gets half of the table, the table has an end, and whoever is in it may renew', async () => {
  const { admission, join, reserve } = setUp(100, 4)
  const [here, there, third] = [1, 2, 3].map((host) => `/ip4/10.0.0.${host}/tcp/1/ws`) as [string, string, string]
  const first = await join(here)
  expect([reserve(first), reserve(await join(here)), reserve(await join(here))]).toEqual([true, true, false])
  expect(reserve(first)).toBe(true)
  expect([reserve(await join(there)), reserve(await join(there)), reserve(await join(third))]).toEqual([
    true,
    true,
    false,
  ])
  expect(admission.counts.reservationsRefused).toBe(2)
  admission.drain()
  expect(reserve(first)).toBe(false)
})

/** Visitors of a table of 50: all are behind one address, so that the table is twice that. */
const TABLE = 50

test('visitors of twice the table’s size come and go, and each finds a place', async () => {
  const relay = await startTestRelay({}, { maxReservations: 2 * TABLE })
  running.push(relay.peer)
  const arrive = async (count: number): Promise<NodePeer[]> => {
    const peers = await Promise.all(Array.from({ length: count }, () => startTestPeer('visitor', [relay.address])))
    running.push(...peers)
    return peers
  }
  const first = await arrive(TABLE)
  await Promise.all(first.map(whenReserved))
  expect(relay.peer.counts.reservations()).toBe(TABLE)

  // The table is full: one more waits, without a place.
  const [waiting] = await arrive(1)
  await expect.poll(() => waiting!.relayStatus.kind).toBe('lost')
  expect(relay.peer.counts.reservationsRefused()).toBeGreaterThan(0)
  expect(relay.peer.counts.reservations()).toBe(TABLE)

  // They go: half of them say goodbye, the others are gone without a word. Others come in their place.
  await Promise.all(
    first.map(async (peer, index) => {
      const connections = peer.components.connectionManager.getConnections()
      if (index % 2 === 0) for (const connection of connections) connection.abort(new Error('gone'))
      await peer.stop()
    }),
  )
  running.splice(running.indexOf(first[0]!), TABLE)
  const second = await arrive(TABLE - 1)
  await Promise.all([...second, waiting!].map(whenReserved))
  expect(relay.peer.counts.reservations()).toBe(TABLE)
  expect(relay.peer.counts.reservationsDropped()).toBe(TABLE)
}, 60_000)
