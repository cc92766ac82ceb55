import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Milliseconds: a commit writes several files; they are looked at together. */
const SETTLE = 30
/** How often to look without being told: file events are lost on network drives. */
const POLL = 5_000
/** The same where something cannot be watched. */
const POLL_UNWATCHED = 1_000
/** Folders of branches that are watched; the system's watches are few, and everybody's. */
const MAX_FOLDERS = 1_000

export interface WatchedDirectories {
  gitDirectory: string
  commonDirectory: string
}

/**
 * Calls `onChange` soon after refs or HEAD of a repository may have changed, and from time to time anyway: what really
 * changed, git tells. Refs stand in `refs`, `packed-refs` or `reftable` of the common directory, HEAD in the git
 * directory of the work tree.
 */
export class RefWatcher {
  readonly #directories: WatchedDirectories
  readonly #onChange: () => void
  readonly #watchers = new Map<string, FSWatcher>()
  #settling: NodeJS.Timeout | null = null
  #polling: NodeJS.Timeout | null = null
  #scanning: Promise<void> | null = null
  #isClosed = false

  constructor(directories: WatchedDirectories, onChange: () => void) {
    this.#directories = directories
    this.#onChange = onChange
  }

  /** Resolves when all that can be watched is. */
  async start(): Promise<void> {
    const { gitDirectory, commonDirectory } = this.#directories
    const isRef = (name: string) => name === 'HEAD' || name === 'packed-refs'
    this.#poll(POLL)
    this.#watch(commonDirectory, isRef)
    if (gitDirectory !== commonDirectory) this.#watch(gitDirectory, isRef)
    this.#watch(join(commonDirectory, 'reftable'), () => true)
    await this.#scan()
  }

  close(): void {
    this.#isClosed = true
    for (const watcher of this.#watchers.values()) watcher.close()
    if (this.#settling !== null) clearTimeout(this.#settling)
    if (this.#polling !== null) clearInterval(this.#polling)
  }

  #changed(): void {
    if (this.#isClosed) return
    this.#settling ??= setTimeout(() => {
      this.#settling = null
      this.#onChange()
      void this.#scan()
    }, SETTLE)
  }

  #poll(every: number): void {
    if (this.#isClosed) return
    if (this.#polling !== null) clearInterval(this.#polling)
    this.#polling = setInterval(this.#onChange, every)
  }

  /**
   * Watches each folder below `refs`, and no file: git replaces files by renaming, after which a watch on one (as Node's
   * recursive watching sets on Linux) is of a file that is gone.
   */
  #scan(): Promise<void> {
    this.#scanning ??= this.#scanOnce().finally(() => (this.#scanning = null))
    return this.#scanning
  }

  async #scanOnce(): Promise<void> {
    const root = join(this.#directories.commonDirectory, 'refs')
    const found = new Set<string>()
    for (const waiting = [root]; waiting.length > 0 && found.size < MAX_FOLDERS;) {
      const path = waiting.pop()!
      // Before it is read: what comes between is told.
      const isNew = !this.#watchers.has(path)
      if (!this.#watch(path, (name) => !name.endsWith('.lock'))) continue
      found.add(path)
      if (isNew) this.#changed()
      try {
        const entries = await readdir(path, { withFileTypes: true })
        waiting.push(...entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name)))
      } catch (error) {
        // git removes a folder with the last branch in it.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#poll(POLL_UNWATCHED)
      }
    }
    if (found.size >= MAX_FOLDERS) this.#poll(POLL_UNWATCHED)
    for (const [path, watcher] of this.#watchers) {
      if (!path.startsWith(root) || found.has(path)) continue
      watcher.close()
      this.#watchers.delete(path)
    }
  }

  /** False where there is nothing to watch, or no way to. */
  #watch(path: string, concerns: (name: string) => boolean): boolean {
    if (this.#isClosed) return false
    if (this.#watchers.has(path)) return true
    try {
      const watcher = watch(path, (_, name) => {
        if (name === null || concerns(name)) this.#changed()
      })
      watcher.on('error', () => {
        watcher.close()
        this.#watchers.delete(path)
        this.#poll(POLL_UNWATCHED)
      })
      this.#watchers.set(path, watcher)
      return true
    } catch (error) {
      // Not there (reftable, a folder that was just removed), or no watches left.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#poll(POLL_UNWATCHED)
      return false
    }
  }
}
