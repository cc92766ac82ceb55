import { openMemoryGitStore } from '../../../git/testing.ts'
import { createMemoryPeer, type MemoryPeer, type MemoryPeerOptions } from '../../../peer/testing.ts'
import { UnreachableError, type PeerState } from '../../../peer/index.ts'
import { createRepoSync, type RepoSyncInit } from '../../repo-sync.ts'
import type { GitStore } from '../../../git/index.ts'
import type { RepositoryState, RepoSync } from '../../types.ts'

/** A browser, as far as this layer knows one: a peer, a store and what keeps repositories in it up to date. */
export interface Member {
  peer: MemoryPeer
  store: GitStore
  sync: RepoSync
  stop(): Promise<void>
}

/** Peers by PeerId: who is in it can be dialled by all who are given it, as tabs are through their relay. */
export type Neighbourhood = Map<string, MemoryPeer>

export interface MemberOptions extends MemoryPeerOptions {
  neighbours?: Neighbourhood
  store?: GitStore
  writer?: Uint8Array
  sync?: Partial<RepoSyncInit>
}

export async function createMember(options: MemberOptions = {}): Promise<Member> {
  const peer = await createMemoryPeer(options)
  if (options.neighbours != null) moveIn(peer, options.neighbours)
  const store = options.store ?? (await openMemoryGitStore())
  const writer = options.writer ?? crypto.getRandomValues(new Uint8Array(16))
  const sync = createRepoSync({ store, peer, writer, ...options.sync })
  await sync.start()
  let stopped = false
  const stop = async (): Promise<void> => {
    if (stopped) return
    stopped = true
    await sync.stop()
    await peer.stop()
    if (options.store == null) await store.close()
  }
  return { peer, store, sync, stop }
}

function moveIn(peer: MemoryPeer, neighbours: Neighbourhood): void {
  neighbours.set(peer.peerId.toString(), peer)
  const connect: MemoryPeer['connect'] = async (id) => {
    const other = typeof id === 'string' ? neighbours.get(id) : undefined
    const state = (): PeerState | undefined => (other == null ? undefined : peer.peers.get(other.peerId.toString()))
    if (other != null && state()?.link == null) await peer.dial(other)
    const connected = state()
    if (connected == null) throw new UnreachableError(String(id), [])
    return connected
  }
  Object.assign(peer, { connect })
}

/** Resolves with the state once `condition` holds; fails after `timeout` milliseconds, with what it was then. */
export async function until(
  sync: RepoSync,
  token: string,
  condition: (state: RepositoryState) => boolean,
  timeout = 10_000,
): Promise<RepositoryState> {
  const met = Promise.withResolvers<RepositoryState>()
  const check = (): void => {
    const state = sync.repository(token)
    if (state != null && condition(state)) met.resolve(state)
  }
  const stop = sync.on(check)
  const timer = setTimeout(() => {
    met.reject(new Error(`Not so after ${timeout} ms: ${describe(sync.repository(token))}`))
  }, timeout)
  check()
  try {
    return await met.promise
  } finally {
    clearTimeout(timer)
    stop()
  }
}

export const isReady = ({ status }: RepositoryState): boolean => status.kind === 'ready'

function describe(state: RepositoryState | undefined): string {
  return JSON.stringify(state, (_, value: unknown) => (value instanceof Error ? value.stack : value))
}

/** Members that are stopped together after a test. */
export function createParty(): { member: (options?: MemberOptions) => Promise<Member>; stop: () => Promise<void> } {
  const members: Member[] = []
  return {
    async member(options = {}) {
      const created = await createMember(options)
      members.push(created)
      return created
    },
    async stop() {
      await Promise.all(members.splice(0).map((member) => member.stop()))
    },
  }
}
