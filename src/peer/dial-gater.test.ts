import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { expect, test } from 'vitest'
import { SIGNALLING_OPEN } from './config.ts'
import { DenyList } from './deny-list.ts'
import { createDialGater } from './dial-gater.ts'
import { ConfiguredRelays } from './relays.ts'

const relay = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
const other = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
const target = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
const address = `/dns4/relay.example/tcp/443/tls/ws/p2p/${relay.toString()}`
const relays = new ConfiguredRelays([address])
const denied = new DenyList()
const gater = createDialGater({ relays, denied })

const allowed = [
  address,
  '/dns4/relay.example/tcp/443/tls/ws',
  `${address}/p2p-circuit/p2p/${target.toString()}`,
  `${address}/p2p-circuit/webrtc/p2p/${target.toString()}`,
  `${address}/p2p-circuit`,
]
const refused = [
  // Hosts of the local network, whoever is said to be there.
  `/ip4/192.168.1.1/tcp/80/ws/p2p/${target.toString()}`,
  `/ip4/192.168.1.1/tcp/80/ws/p2p/${relay.toString()}`,
  `/ip4/127.0.0.1/tcp/631/ws`,
  `/dns4/relay.example/tcp/80/ws/p2p/${relay.toString()}`,
  `/dns4/relay.example/tcp/443/tls/ws/p2p/${other.toString()}`,
  `/dns4/elsewhere.example/tcp/443/tls/ws/p2p/${relay.toString()}`,
  // Relays of somebody's choice.
  `/dns4/evil.example/tcp/443/tls/ws/p2p/${other.toString()}/p2p-circuit/p2p/${target.toString()}`,
  `${address}/p2p-circuit/p2p/${other.toString()}/p2p-circuit/p2p/${target.toString()}`,
  '/p2p-circuit',
  `/memory/1`,
  `/ip4/1.2.3.4/udp/9090/webrtc-direct/p2p/${target.toString()}`,
]

test.each(allowed)('%s is dialled and kept', async (text) => {
  expect(await gater.denyDialMultiaddr?.(multiaddr(text))).toBe(false)
  expect(await gater.filterMultiaddrForPeer?.(target, multiaddr(text))).toBe(true)
})

test.each(refused)('%s is neither dialled nor kept', async (text) => {
  expect(await gater.denyDialMultiaddr?.(multiaddr(text))).toBe(true)
  expect(await gater.filterMultiaddrForPeer?.(target, multiaddr(text))).toBe(false)
})

test('relays need a PeerId and no relay before them', () => {
  expect(() => new ConfiguredRelays(['/dns4/relay.example/tcp/443/tls/ws'])).toThrow('PeerId')
  expect(() => new ConfiguredRelays([`${address}/p2p-circuit/p2p/${target.toString()}`])).toThrow('another relay')
  expect(() => new ConfiguredRelays(['relay.example'])).toThrow('is no relay address')
})

test('tabs of one storage do not dial each other', async () => {
  const own = createDialGater({ relays, denied, own: new Set([target.toString()]) })
  expect(await own.denyDialPeer?.(target)).toBe(true)
  expect(await own.denyDialPeer?.(other)).toBe(false)
})

test('a denied peer is refused at every door', async () => {
  const list = new DenyList()
  const door = createDialGater({ relays, denied: list })
  list.add(target.toString(), 'test')
  const connection = undefined as never

  expect(await door.denyDialPeer?.(target)).toBe(true)
  expect(await door.denyInboundEncryptedConnection?.(target, connection)).toBe(true)
  expect(await door.denyOutboundEncryptedConnection?.(target, connection)).toBe(true)
  expect(await door.denyInboundUpgradedConnection?.(target, connection)).toBe(true)
  expect(await door.denyInboundRelayReservation?.(target)).toBe(true)
  expect(await door.denyOutboundRelayedConnection?.(target, other)).toBe(true)
  expect(await door.denyOutboundRelayedConnection?.(other, target)).toBe(true)
  expect(await door.denyInboundRelayedConnection?.(relay, target)).toBe(true)
})

test('relayed dials come through configured relays, 64 at once and 8 a second', async () => {
  let now = 0
  let open = 0
  const door = createDialGater({ relays, denied, now: () => now, relayedInbound: () => open })

  expect(await door.denyInboundRelayedConnection?.(other, target)).toBe(true)
  for (let dial = 0; dial < 64; dial++) {
    expect(await door.denyInboundRelayedConnection?.(relay, target)).toBe(false)
  }
  expect(await door.denyInboundRelayedConnection?.(relay, target)).toBe(true)
  now = 1000
  for (let dial = 0; dial < 8; dial++) {
    expect(await door.denyInboundRelayedConnection?.(relay, target)).toBe(false)
  }
  expect(await door.denyInboundRelayedConnection?.(relay, target)).toBe(true)

  now = 60_000
  open = SIGNALLING_OPEN
  expect(await door.denyInboundRelayedConnection?.(relay, target)).toBe(true)
})
