import { TypedEventEmitter } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { expect, it } from 'vitest'
import type { NodePeer } from '../src/peer/node.ts'
import { MAX_FURTHER, OtherRelays } from './other-relays.ts'

const [A, B, STRANGER] = [
  '12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8',
  '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X',
  '12D3KooWH3uVF6wv47WnArKHk5p6cvgCJEb74UTmxztmQDc298L3',
] as const

function setUp(bootstrap: string[], connected: string[] = []) {
  const events = new TypedEventEmitter<{ 'peer:identify': CustomEvent }>()
  const connectionManager = { getConnections: () => connected.map((id) => ({ remotePeer: peerIdFromString(id) })) }
  const relays = new OtherRelays(bootstrap)
  relays.start({ components: { events, connectionManager } } as unknown as NodePeer)
  const identify = (id: string, ...addresses: string[]) => {
    const detail = { peerId: peerIdFromString(id), listenAddrs: addresses.map((address) => multiaddr(address)) }
    events.safeDispatchEvent('peer:identify', { detail })
  }
  return { relays, identify, connected }
}

it('hands out what the named relays announce, to pages that may use it', () => {
  const { relays, identify, connected } = setUp([`/dns4/a.org/tcp/9000/p2p/${A}`, `/ip4/10.0.0.2/tcp/80/ws/p2p/${B}`])
  expect(relays.forPage(false)).toEqual({ second: null, further: [`/ip4/10.0.0.2/tcp/80/ws/p2p/${B}`] })
  identify(A, '/dns4/a.org/tcp/9000', '/dns4/a.org/tcp/443/tls/ws')
  expect(relays.forPage(true)).toEqual({ second: null, further: [`/dns4/a.org/tcp/443/tls/ws/p2p/${A}`] })
  connected.push(A)
  expect(relays.forPage(true)).toEqual({ second: `/dns4/a.org/tcp/443/tls/ws/p2p/${A}`, further: [] })
  expect(relays.counts).toEqual({ named: 2, connected: 1 })
  connected.push(B)
  const seconds = [0, 0.49, 0.5, 0.99].map((random) => relays.forPage(false, random).second?.slice(-52))
  expect(seconds).toEqual([A, A, B, B])
})

it('hands out nobody who only says to be a relay, and no address behind another', () => {
  const { relays, identify } = setUp([`/dns4/a.org/tcp/9000/p2p/${A}`], [A, STRANGER])
  identify(STRANGER, '/dns4/evil.org/tcp/443/tls/ws')
  identify(A, `/dns4/evil.org/tcp/443/tls/ws/p2p/${STRANGER}/p2p-circuit`, '/ip4/10.0.0.1/tcp/9000')
  expect(relays.forPage(false)).toEqual({ second: null, further: [] })
})

it('hands out eight further ones, and remembers eight addresses of each', () => {
  const { relays, identify, connected } = setUp([`/dns4/a.org/tcp/9000/p2p/${A}`])
  connected.push(A)
  identify(A, ...Array.from({ length: 40 }, (_, n) => `/dns4/a${n}.org/tcp/443/tls/ws`))
  expect(relays.forPage(true).second).toContain('/a0.org/')
  const many = Array.from({ length: MAX_FURTHER + 1 }, (_, n) => {
    const id = `${A.slice(0, -1)}${'ABCDEFGHJ'[n]}`
    return `/dns4/b${n}.org/tcp/443/tls/ws/p2p/${id}`
  })
  expect(new OtherRelays(many).forPage(true).further).toHaveLength(MAX_FURTHER)
})
