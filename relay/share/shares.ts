import type { GitStore } from '../../src/git/index.ts'
import type { GutsPeer } from '../../src/peer/index.ts'
import { Claims } from '../../src/sync/index.ts'
import type { RepoSync } from '../../src/sync/index.ts'
import { diskRepositoryPath } from '../../src/git/node.ts'
import type { SourceRepository } from '../git/inspect.ts'
import { checkedOutBranch } from '../git/refs.ts'
import { gitDirectory } from '../git-directory.ts'
import { describeIncoming } from './describe-incoming.ts'
import { Follower } from './follower.ts'
import type { Incoming } from './incoming.ts'
import { ShareList } from './share-list.ts'

export interface SharesInit {
  sources: SourceRepository[]
  peer: GutsPeer
  store: GitStore
  sync: RepoSync
  /** The data directory. */
  data: string
  /** A repository is served from now on; `code` makes the browser that opens the local URL with it a maintainer. */
  onShared: (source: SourceRepository, token: string, code: string) => void
  /** It has no commit yet: it is shared at the first. */
  onEmpty: (source: SourceRepository) => void
  /** Null: what was wrong is over. */
  onTrouble: (source: SourceRepository, error: Error | null) => void
  /** A tab committed what the folder does not have yet: what to tell its owner. */
  onIncoming: (text: string) => void
}

export interface Shares {
  stop(): Promise<void>
}

/** Shares the repositories of `--share` and follows them until stopped. Rejects where one cannot be read at all. */
export async function startShares(init: SharesInit): Promise<Shares> {
  const { sources, peer, store, sync, data } = init
  const list = await ShareList.load(data)
  const followers: Follower[] = []
  const stop = async () => {
    await Promise.all(followers.map((follower) => follower.stop()))
  }
  const claims = new Claims(peer, {
    addMaintainer: async (token, identity) => {
      if (sync.repository(token)?.document?.delegates.includes(identity.id) === true) return
      await sync.addDelegate(token, identity)
    },
    onError: (error) => {
      console.error(
        `A browser could not be made a maintainer: ${error instanceof Error ? error.message : String(error)}`,
      )
    },
  })
  await claims.start()
  try {
    for (const source of sources) {
      const issuing: Array<Promise<void>> = []
      const follower = new Follower({
        source,
        store,
        sync,
        list,
        data,
        onReady: (token) => {
          const issued = claims.issue(token).then((code) => init.onShared(source, token, code))
          issuing.push(issued.catch((error: Error) => init.onTrouble(source, error)))
        },
        onTrouble: (error) => init.onTrouble(source, error),
        onIncoming: (incoming, token) => {
          describe(init, source, incoming, token).then(init.onIncoming, (error: Error) => init.onTrouble(source, error))
        },
      })
      followers.push(follower)
      await follower.start()
      if (issuing.length === 0) init.onEmpty(source)
      await Promise.all(issuing)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { stop }
}

async function describe(
  { store, data }: SharesInit,
  { path: source }: SourceRepository,
  incoming: Incoming,
  token: string,
): Promise<string> {
  const commit = await store.commit(token, incoming.oid)
  const checkedOut = await checkedOutBranch(source)
  return describeIncoming({ incoming, commit, source, checkedOut, copy: diskRepositoryPath(gitDirectory(data), token) })
}
