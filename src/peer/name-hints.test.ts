import { afterEach, expect, test } from 'vitest'
import { loadIdentity, saveIdentity } from './identity.ts'
import { memoryKeys } from './memory-keys.ts'
import { nameHints } from './name-hints.ts'
import { createMemoryPeer, stopPeers, type MemoryPeer } from './testing.ts'
import type { HintChannel } from './hint-channel.ts'
import type { Identity } from './types.ts'

let peers: MemoryPeer[] = []

afterEach(async () => {
  await stopPeers(peers)
  peers = []
})

/** Channels of as many tabs, each of which hears what the others post, as `BroadcastChannel`s do. */
function channels(count: number): HintChannel[] {
  const listeners = Array.from({ length: count }, () => new Set<() => void>())
  return listeners.map((own) => ({
    postMessage: () => {
      for (const other of listeners) if (other !== own) for (const listener of other) listener()
    },
    addEventListener: (_, listener) => void own.add(listener),
    removeEventListener: (_, listener) => void own.delete(listener),
  }))
}

test('a tab that is open goes by the name that another one was given, and tells it to who is connected', async () => {
  const storage = memoryKeys()
  const identity = await loadIdentity(storage, 'Ana')
  const tabs = await Promise.all(
    channels(2).map((channel) => {
      const names = nameHints(storage, channel)
      return createMemoryPeer({
        identity,
        saveIdentity: async (changed: Identity) => {
          await saveIdentity(storage, changed)
          names.tell()
        },
        onIdentity: (listener) => names.listen(identity, listener),
      })
    }),
  )
  const ben = await createMemoryPeer({ name: 'Ben' })
  peers = [...tabs, ben]
  const [first, second] = tabs as [MemoryPeer, MemoryPeer]
  await second.dial(ben)
  await first.rename('Anna')
  await expect.poll(() => second.identity.name).toBe('Anna')
  expect(second.identity.id).toBe(identity.id)
  await expect.poll(() => ben.peers.get(second.peerId.toString())?.identity?.name).toBe('Anna')

  // Whoever has another key by now is somebody else.
  await saveIdentity(storage, await loadIdentity(memoryKeys(), 'Eve'))
  const [mine, other] = channels(2).map((channel) => nameHints(storage, channel))
  const heard: Identity[] = []
  const stop = mine?.listen(identity, (named) => heard.push(named))
  other?.tell()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(heard).toEqual([])
  await saveIdentity(storage, { ...identity, name: 'Ann' })
  other?.tell()
  await expect.poll(() => heard.map(({ name }) => name)).toEqual(['Ann'])
  stop?.()
  other?.tell()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(heard).toHaveLength(1)
})
