import { afterEach, expect, test } from 'vitest'
import { DENY_TIME, MAX_DENIED } from './config.ts'
import { DenyList } from './deny-list.ts'
import { createIdentity } from './identity.ts'
import { keepDenials } from './kept-denials.ts'
import { memoryKeys } from './memory-keys.ts'
import { createMemoryPeer, createMemoryPeers, stopPeers } from './testing.ts'
import type { HintChannel } from './hint-channel.ts'
import type { MemoryPeer } from './testing.ts'

let peers: MemoryPeer[] = []

afterEach(async () => {
  await stopPeers(peers)
  peers = []
})

/** Two tabs' ends of one channel. */
function channels(): [HintChannel, HintChannel] {
  const [one, two] = [new Set<() => void>(), new Set<() => void>()]
  const end = (own: Set<() => void>, other: Set<() => void>): HintChannel => ({
    postMessage: () => other.forEach((listener) => listener()),
    addEventListener: (_, listener) => void own.add(listener),
    removeEventListener: (_, listener) => void own.delete(listener),
  })
  return [end(one, two), end(two, one)]
}

test('a denial outlives a restart, by peer and by who runs it; lifted, it lets both in', async () => {
  const storage = memoryKeys()
  const mallory = await createIdentity('Mallory')
  const before = await createMemoryPeers(2, (index) =>
    index === 0 ? { keepDenials: (list) => keepDenials(list, storage) } : { identity: mallory },
  )
  const [former, bad] = before as [MemoryPeer, MemoryPeer]
  await former.peers.deny(bad.peerId.toString(), 'sent a wrong piece')
  await stopPeers(before)

  const ana = await createMemoryPeer({ keepDenials: (list) => keepDenials(list, storage) })
  // Another device of the same person: its PeerId was never seen.
  const other = await createMemoryPeer({ identity: mallory })
  const ben = await createMemoryPeer()
  peers = [ana, other, ben]
  expect(ana.peers.denied()).toMatchObject([
    { id: bad.peerId.toString(), identity: { id: mallory.id, name: 'Mallory' }, reason: 'sent a wrong piece' },
  ])
  await ben.dial(ana)
  const refused = other.dial(ana)
  refused.catch(() => undefined)
  await expect.poll(() => ana.peers.get(other.peerId.toString())?.link).toBeNull()
  await expect.poll(() => other.components.connectionManager.getConnections(ana.peerId)).toEqual([])

  let changes = 0
  ana.peers.on('peer:denials', () => (changes += 1))
  await ana.peers.allow(bad.peerId.toString())
  await ana.peers.allow(bad.peerId.toString())
  expect([ana.peers.denied(), changes, await storage.list('denied/')]).toEqual([[], 1, []])
  await other.dial(ana)
  expect(ana.peers.get(other.peerId.toString())?.link).toBe('direct')
})

test('who is refused is disconnected on all of their devices, oneself on the one alone', async () => {
  const mallory = await createIdentity('Mallory')
  const self = await createIdentity('Ana')
  peers = await createMemoryPeers(5, (index) => ({ identity: index < 3 ? self : mallory }))
  const [ana, desk, laptop, one, two] = peers as [MemoryPeer, MemoryPeer, MemoryPeer, MemoryPeer, MemoryPeer]
  await ana.peers.deny(one.peerId.toString(), 'because')
  await ana.peers.deny(desk.peerId.toString(), 'because')
  const links = (): unknown[] => [one, two, desk, laptop].map((peer) => ana.peers.get(peer.peerId.toString())?.link)
  await expect.poll(links).toEqual([null, null, null, 'direct'])
  expect(ana.peers.denied().map(({ identity }) => identity?.name ?? null)).toEqual(['Mallory', null])
})

test('what one tab refuses or lets in, the other does too', async () => {
  const storage = memoryKeys()
  const [left, right] = channels()
  peers = await createMemoryPeers(3, (index) => {
    const channel = [left, right][index]
    return channel === undefined ? {} : { keepDenials: (list) => keepDenials(list, storage, channel) }
  })
  const [tab, second, bad] = peers as [MemoryPeer, MemoryPeer, MemoryPeer]
  const id = bad.peerId.toString()
  await tab.peers.deny(id, 'because')
  await expect.poll(() => second.peers.get(id)?.link).toBeNull()
  await second.peers.allow(id)
  await expect.poll(() => tab.peers.denied()).toEqual([])
})

test('what cannot be read, has ended or is one too many goes when it is loaded', async () => {
  const storage = memoryKeys()
  const list = new DenyList(() => 1000)
  const keeper = keepDenials(list, storage)
  for (let n = 0; n <= MAX_DENIED; n++) {
    const until = 1001 + n
    await keeper.save({ id: `peer-${n}`, reason: 'r', identity: null, proven: false, until }, [])
  }
  await storage.set('denied/damaged', Uint8Array.of(1, 2, 3))
  await storage.set('denied/empty', new TextEncoder().encode('{"reason":"r"}'))
  await keeper.save({ id: 'ended', reason: 'r', identity: null, proven: true, until: 1000 }, [])
  await keeper.load()
  expect(list.list()).toHaveLength(MAX_DENIED)
  expect(list.get('peer-0')).toBeUndefined()
  expect(list.get('peer-1')).toEqual({ id: 'peer-1', reason: 'r', identity: null, proven: false, until: 1002 })
  expect(await storage.list('denied/')).toHaveLength(MAX_DENIED)
  expect(DENY_TIME).toBeGreaterThan(MAX_DENIED)
})
