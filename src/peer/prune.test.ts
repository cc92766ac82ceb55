import { expect, test } from 'vitest'
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
