import { expect, test } from 'vitest'
import { peersWithRepository, randomPeers } from './choose-peers.ts'
import { peersToPrune } from './prune.ts'
import type { PeerState } from './types.ts'

function peer(id: string, change: Partial<PeerState> = {}): PeerState {
  return {
    id,
    address: null,
    link: 'direct',
    isRelay: false,
    lastSeen: 0,
    repositories: [],
    capabilities: [],
    identity: null,
    roundTrip: null,
    agent: null,
    bytesIn: 0,
    bytesOut: 0,
    score: 0,
    unspoken: null,
    ...change,
  }
}

test('nobody is left while there is room, and who is gone does not count', () => {
  expect(peersToPrune([peer('a'), peer('b'), peer('c', { link: null })], 2)).toEqual([])
})

test('one over: who shares nothing goes before who does, relayed before direct, relays never', () => {
  const shared = peer('shared', { repositories: ['aa'], lastSeen: 0 })
  const idle = peer('idle', { lastSeen: 5 })
  const recent = peer('recent', { lastSeen: 9 })
  const relayed = peer('relayed', { link: 'relayed', lastSeen: 10 })
  const relay = peer('relay', { isRelay: true })

  expect(peersToPrune([shared, idle, recent, relayed, relay], 3)).toEqual(['relayed'])
  expect(peersToPrune([shared, idle, recent, relayed, relay], 1)).toEqual(['relayed', 'idle', 'recent'])
})

test('among equals the worse score goes first, and never before the kind of link', () => {
  const bad = peer('bad', { score: -40, lastSeen: 9 })
  const good = peer('good', { score: 0, lastSeen: 1 })
  const relayed = peer('relayed', { link: 'relayed', lastSeen: 10 })
  expect(peersToPrune([good, bad, relayed], 2)).toEqual(['relayed'])
  expect(peersToPrune([good, bad, relayed], 1)).toEqual(['relayed', 'bad'])
})

test('those with a repository are the connected ones that share it, the best first', () => {
  const has = { repositories: ['aa', 'bb'] }
  const peers = [
    peer('relayed', { ...has, link: 'relayed' }),
    peer('unmeasured', has),
    peer('far', { ...has, roundTrip: 90 }),
    peer('near', { ...has, roundTrip: 9 }),
    peer('bad', { ...has, roundTrip: 1, score: -5 }),
    peer('gone', { ...has, link: null }),
    peer('other', { repositories: ['bb'] }),
  ]
  expect(peersWithRepository(peers, 'aa').map(({ id }) => id)).toEqual(['near', 'far', 'unmeasured', 'bad', 'relayed'])
})

test('random peers are different ones, and each is as likely as the others', () => {
  const peers = [peer('a'), peer('b'), peer('c')]
  const draws = [0.99, 0, 0]
  expect(randomPeers(peers, 3, () => draws.shift() ?? 0).map(({ id }) => id)).toEqual(['c', 'a', 'b'])
  expect(randomPeers(peers, 5)).toHaveLength(3)
  expect(randomPeers(peers, 0)).toEqual([])
})
