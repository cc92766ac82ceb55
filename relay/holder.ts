import { userInfo } from 'node:os'
import { openDiskGitStore } from '../src/git/node.ts'
import { saveIdentity, trimName } from '../src/peer/index.ts'
import type { GutsPeer, Identity, KeyStorage } from '../src/peer/index.ts'
import { createRepoSync } from '../src/sync/index.ts'
import type { RepositoryLink } from '../src/sync/index.ts'
import { GitError } from './git/errors.ts'
import { git } from './git/git.ts'
import { gitDirectory } from './git-directory.ts'
import type { SourceRepository } from './git/inspect.ts'
import { startShares } from './share/shares.ts'

/** What a relay is called until it shares something: nobody sees it. */
export const UNNAMED = 'relay'

/** Told as repositories come to be shared. */
export interface HolderEvents {
  onShared: (source: SourceRepository, link: RepositoryLink, code: string, localUrl: URL) => void
  /** It has no commit yet: it is shared at the first. */
  onEmpty: (source: SourceRepository) => void
  /** Null: what was wrong is over. */
  onTrouble: (source: SourceRepository, error: Error | null) => void
  /** A tab committed: what to tell who has the folder. */
  onIncoming: (text: string) => void
}

export interface HolderInit extends HolderEvents {
  sources: SourceRepository[]
  /** Started. */
  peer: GutsPeer
  storage: KeyStorage
  /** The data directory. */
  data: string
  /** Where a browser on this computer opens the app. */
  localUrl: URL
}

/** Keeps copies of repositories on disk online, from this process. What it opened is closed where something fails. */
export async function startHolder(init: HolderInit): Promise<{ stop(): Promise<void> }> {
  const { sources, peer, storage, data } = init
  const undo: Array<() => Promise<void>> = []
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const store = await openDiskGitStore(gitDirectory(data))
    undo.push(() => store.close())
    const sync = createRepoSync({ store, peer, writer: await loadWriter(storage) })
    await sync.start()
    undo.push(() => sync.stop())
    const shares = await startShares({
      ...init,
      sources,
      store,
      sync,
      onShared: (source, token, code) => init.onShared(source, sync.link(token), code, init.localUrl),
    })
    undo.push(() => shares.stop())
    return { stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const WRITER_NAME = 'writer'
const WRITER_BYTES = 16

/** One for each data directory: two with one identity are two writers. */
async function loadWriter(storage: KeyStorage): Promise<Uint8Array> {
  const kept = await storage.get(WRITER_NAME)
  if (kept?.byteLength === WRITER_BYTES) return kept
  const writer = crypto.getRandomValues(new Uint8Array(WRITER_BYTES))
  await storage.set(WRITER_NAME, writer)
  return writer
}

/** Who shares is called what their commits call them, unless they have a name already. */
export async function nameSharer(identity: Identity, storage: KeyStorage, source: SourceRepository): Promise<Identity> {
  if (identity.name !== UNNAMED) return identity
  const named = { ...identity, name: trimName(await committerName(source.path)) || UNNAMED }
  await saveIdentity(storage, named)
  return named
}

async function committerName(cwd: string): Promise<string> {
  try {
    return (await git(['config', 'user.name'], { cwd })).trim()
  } catch (error) {
    // 1: git has not been told.
    if (error instanceof GitError && error.status === 1) return userInfo().username
    throw error
  }
}
