import { createMemoryPeer, type MemoryPeer } from '../../../peer/testing.ts'
import type { GutsPeer } from '../../../peer/index.ts'
import { digestOf, discoveryKey, toBase64url } from '../../document/index.ts'
import { openHeader } from '../../refs/index.ts'
import { SyncServer } from '../server/server.ts'
import type { GitStore } from '../../../git/index.ts'
import type { CarriedPack } from '../repository/carried.ts'
import type { ServedRefs } from '../server/served.ts'
import type { Member } from './world.ts'

export interface PuppetOptions {
  /** What it says that it fetches. */
  carried?: () => CarriedPack[]
  /** How it speaks, where that is not as it should be. */
  speaks?: (peer: GutsPeer) => GutsPeer
}

/** Peers that answer refs with whatever a test wants, and serve packs from a store. */
export function createPuppets(): {
  holder: (token: string, store: GitStore, answer: () => ServedRefs, options?: PuppetOptions) => Promise<MemoryPeer>
  stop: () => Promise<void>
} {
  const peers: MemoryPeer[] = []
  return {
    async holder(token, store, answer, { carried = () => [], speaks } = {}) {
      const peer = await createMemoryPeer({ name: 'Puppet' })
      peers.push(peer)
      const digest = digestOf(token)
      const key = await discoveryKey(digest)
      const nothing = {
        holders: () => [],
        announced: () => undefined,
        carried,
        havingAll: () => [],
        sent: () => undefined,
      }
      const served = { token, digest, discoveryKey: key, answer, ...nothing }
      const name = toBase64url(key)
      const server = new SyncServer(speaks == null ? peer : speaks(peer), store, {
        find: (asked) => (toBase64url(asked) === name ? served : undefined),
      })
      await server.start()
      peer.setInterests([key])
      return peer
    },
    async stop() {
      await Promise.all(peers.splice(0).map((peer) => peer.stop()))
    },
  }
}

/** What `member` would answer to `GetRefs` now. */
export async function honest({ store }: Member, token: string): Promise<ServedRefs> {
  const headers = await Promise.all(
    (await store.signedRefs(token)).map(async ({ envelope, list }) => {
      const { hash } = await openHeader(envelope)
      return { envelope, list, hash }
    }),
  )
  return { documents: (await store.repository(token))?.documents ?? [], headers }
}
