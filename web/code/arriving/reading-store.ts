import type { GitStore, RefEntry } from '../../../src/git/index.ts'
import type { PreviewState, RepoSync } from '../../../src/sync/index.ts'
import { isArriving } from '../../state/arriving.ts'
import { BigFileError } from './big-file-error.ts'

/** Bytes of the biggest file that comes before the rest of its repository does. */
export const MAX_AGREED_BYTES = 32 * 1024 * 1024
/** Objects on the way to one file: its commit, and as many folders as an address has room for. */
const MAX_STEPS = 256
/** git's order for short names (gitrevisions(7)). */
const PREFIXES = ['', 'refs/', 'refs/tags/', 'refs/heads/']

export interface ReadingStoreInit {
  store: GitStore
  sync: Pick<RepoSync, 'repository' | 'want'>
  token: string
  /** Nobody looks any longer. */
  signal: AbortSignal
}

export interface ReadingStore extends GitStore {
  /** Its reader wants the file, big as it is. */
  agree(oid: string): void
}

/**
 * The store as the reading views use it. While a repository arrives, a folder or file that somebody looks at is fetched before
 * the rest of it; everything else answers when all of it is here.
 */
export function readingStore({ store, sync, token, signal }: ReadingStoreInit): ReadingStore {
  const agreed = new Set<string>()
  const partial = true

  /** Asked anew at each call, and of what no view watches: a view reads again when it is told to. */
  const preview = (id: string): PreviewState | null => {
    const state = id === token ? sync.repository(token) : undefined
    return state !== undefined && isArriving(state) ? state.preview : null
  }

  async function want(oid: string): Promise<void> {
    try {
      await sync.want(token, [oid], agreed.has(oid) ? { signal, maxBytes: MAX_AGREED_BYTES } : { signal })
    } catch (error) {
      const { name, size } = error as { name?: unknown; size?: unknown }
      if (name === 'ObjectTooLargeError' && typeof size === 'number') throw new BigFileError(oid, size)
      throw error
    }
  }

  /** Asks, and fetches what is missing for the answer, one after the other: each says where the next one is. */
  async function fetching<T>(ask: () => Promise<T>): Promise<T> {
    for (let step = 1; ; step++) {
      try {
        return await ask()
      } catch (error) {
        const { name, oid } = error as { name?: unknown; oid?: unknown }
        if (name !== 'NotHereYetError' || typeof oid !== 'string' || step > MAX_STEPS) throw error
        await want(oid)
      }
    }
  }

  const reading: Pick<ReadingStore, 'resolve' | 'tree' | 'blob' | 'commit' | 'agree'> = {
    agree: (oid) => void agreed.add(oid),
    resolve: async (id, revision) => {
      const shown = preview(id)
      if (shown === null) return await store.resolve(id, revision)
      const ref = findRef(shown, revision)
      const oid = ref?.oid ?? (/^[0-9a-f]{40}$/.test(revision) ? revision : null)
      const found = oid === null ? null : await fetching(() => store.resolve(id, oid, { partial }))
      return found === null ? null : { ...found, ref: ref?.name ?? null }
    },
    tree: async (id, commit, path) =>
      preview(id) === null
        ? await store.tree(id, commit, path)
        : await fetching(() => store.tree(id, commit, path, { partial })),
    blob: async (id, commit, path, options) =>
      preview(id) === null
        ? await store.blob(id, commit, path, options)
        : await fetching(() => store.blob(id, commit, path, { ...options, partial })),
    commit: async (id, oid) =>
      preview(id) === null ? await store.commit(id, oid) : await fetching(() => store.commit(id, oid, { partial })),
  }
  return Object.assign(Object.create(store) as GitStore, reading)
}

function findRef({ refs, head }: PreviewState, name: string): RefEntry | undefined {
  const wanted = name === 'HEAD' ? head : name
  for (const prefix of PREFIXES) {
    const ref = refs.find((candidate) => candidate.name === prefix + wanted)
    if (ref !== undefined) return ref
  }
  return undefined
}
