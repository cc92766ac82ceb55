import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { join } from 'node:path'

/** Milliseconds: a commit writes several files; they are looked at together. */
const SETTLE = 30
/** How often to look without being told: file events are lost on network drives and where watches ran out. */
const POLL = 5_000
const POLL_UNWATCHED = 1_000

export interface WatchedDirectories {
  gitDirectory: string
  commonDirectory: string
}

/**
 * Calls `onChange` soon after refs or HEAD of a repository may have changed, and from time to time anyway: what really
 * changed, git tells. Refs stand in `refs`, `packed-refs` or `reftable` of the common directory, HEAD in the git
 * directory of the work tree.
 */
export function watchRefs(directories: WatchedDirectories, onChange: () => void): () => void {
  const { gitDirectory, commonDirectory } = directories
  const watchers: FSWatcher[] = []
  let settling: NodeJS.Timeout | null = null
  let polling: NodeJS.Timeout | null = null
  let isClosed = false

  const changed = () => {
    settling ??= setTimeout(() => {
      settling = null
      onChange()
    }, SETTLE)
  }
  const poll = (every: number) => {
    if (polling !== null) clearInterval(polling)
    if (!isClosed) polling = setInterval(onChange, every)
  }
  const add = (path: string, recursive: boolean, concerns: (name: string) => boolean) => {
    try {
      const watcher = watch(path, { recursive }, (_, name) => {
        if (name === null || concerns(name)) changed()
      })
      watcher.on('error', () => {
        watcher.close()
        poll(POLL_UNWATCHED)
      })
      watchers.push(watcher)
      return true
    } catch (error) {
      // Not there (reftable), or no watches left.
      return (error as NodeJS.ErrnoException).code === 'ENOENT'
    }
  }

  const isRef = (name: string) => /^(HEAD|packed-refs)$/.test(name)
  const watched = [
    add(commonDirectory, false, isRef),
    add(join(commonDirectory, 'refs'), true, (name) => !name.endsWith('.lock')),
    add(join(commonDirectory, 'reftable'), false, () => true),
    gitDirectory === commonDirectory || add(gitDirectory, false, isRef),
  ]
  poll(watched.every(Boolean) ? POLL : POLL_UNWATCHED)
  return () => {
    isClosed = true
    for (const watcher of watchers) watcher.close()
    if (settling !== null) clearTimeout(settling)
    if (polling !== null) clearInterval(polling)
  }
}
