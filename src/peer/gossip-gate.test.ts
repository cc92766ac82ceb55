import { expect, test } from 'vitest'
import { DROPPED_GOSSIP_BUCKET, GOSSIP_BUCKET, RELAY_GOSSIP_FACTOR } from './config.ts'
import { gate, GossipGate } from './gossip-gate.ts'
import { SeenCache } from './seen-cache.ts'
import type { GossipRpc, RpcHandler } from './gossip-gate.ts'
import type { PeerId } from '@libp2p/interface'

const { capacity, perSecond } = GOSSIP_BUCKET

function setUp(): { admit: (source: string, count: number) => number; floods: string[]; wait: (s: number) => void } {
  let now = 0
  const floods: string[] = []
  const gossipGate = new GossipGate({
    isConfiguredRelay: (id) => id === 'relay',
    claimsRelay: (id) => id === 'claimant',
    onFlood: (source) => floods.push(source),
    now: () => now,
  })
  return {
    admit: (source, count) => gossipGate.admit(source, count),
    floods,
    wait: (seconds) => (now += seconds * 1000),
  }
}

test('a peer may hand over so much at once and so much a second, and not one more', () => {
  const { admit, wait } = setUp()
  expect(admit('eve', capacity - 1)).toBe(capacity - 1)
  expect(admit('eve', 2)).toBe(1)
  expect(admit('ben', 32)).toBe(32)
  wait(1)
  expect(admit('eve', perSecond + 1)).toBe(perSecond)
})

test('what is dropped is a flood once it is one more than is forgiven', () => {
  const { admit, floods } = setUp()
  admit('eve', capacity + DROPPED_GOSSIP_BUCKET.capacity)
  expect(floods).toEqual([])
  expect(admit('eve', 1)).toBe(0)
  expect(floods).toEqual(['eve'])
})

test('our own relays are not counted, and who claims to be one has a limit too', () => {
  const { admit, floods } = setUp()
  expect(admit('relay', 1_000_000)).toBe(1_000_000)
  const limit = capacity * RELAY_GOSSIP_FACTOR
  expect(admit('claimant', limit + 1)).toBe(limit)
  admit('claimant', DROPPED_GOSSIP_BUCKET.capacity)
  expect(floods).toEqual(['claimant'])
})

test('between two messages of one peer everybody else has a turn', async () => {
  const handled: number[] = []
  const gossip: RpcHandler<GossipRpc> = {
    handleReceivedRpc: async (_, { messages }) => void handled.push(messages.length),
  }
  const after: string[] = []
  gate(
    gossip,
    (_, count) => Math.min(count, 2),
    (source) => after.push(source),
  )
  const eve = { toString: () => 'eve' } as PeerId
  let seenBy = -1
  setImmediate(() => (seenBy = handled.length))
  for (let n = 0; n < 10; n++) await gossip.handleReceivedRpc(eve, { messages: [1, 2, 3] })
  await gossip.handleReceivedRpc(eve, { messages: [] })
  expect(seenBy).toBe(1)
  expect(handled).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0])
  expect(after).toHaveLength(10)
})

test('what was seen is remembered for a time, and of one more than so many the oldest is not', () => {
  let now = 0
  const seen = new SeenCache(2, 10, () => now)
  expect([seen.put('a', 1), seen.put('a', 2), seen.put('b'), seen.put('c')]).toEqual([false, true, false, false])
  expect([seen.has('a'), seen.has('b'), seen.has('c'), seen.size]).toEqual([false, true, true, 2])
  now = 5
  seen.put('d', 4)
  now = 11
  expect(seen.get('d')).toBe(4)
  seen.prune()
  expect([seen.has('c'), seen.has('d'), seen.size]).toEqual([false, true, 1])
  now = 16
  expect(seen.get('d')).toBeUndefined()
  seen.clear()
  expect(seen.size).toBe(0)
})
