import type { CallOptions, Oid } from '../types.ts'
import { summaryOf } from './commits.ts'
import { LogWalk } from './log-walk.ts'
import type { Reader } from './reader.ts'
import { splitPath } from './reader.ts'
import type { CommitSummary, LogOptions, LogPage } from './types.ts'

/** Walks that wait for their next page. */
const MAX_WALKS = 8
const DEFAULT_LIMIT = 50
const MAX_LIMIT = 10_000

/**
 * Pages of logs. A cursor is the number of commits given before it: history below a commit never changes, so a walk can
 * be made again, and is kept so that it seldom has to be.
 */
export class LogPages {
  readonly #reader: Reader
  readonly #walks = new Map<string, LogWalk>()

  constructor(reader: Reader) {
    this.#reader = reader
  }

  async page(commit: Oid, options: LogOptions & CallOptions): Promise<LogPage> {
    const path = splitPath(options.path ?? '').join('/')
    const limit = Math.min(Math.max(1, options.limit ?? DEFAULT_LIMIT), MAX_LIMIT)
    const position = options.after === undefined ? 0 : Number(options.after)
    if (!Number.isSafeInteger(position) || position < 0)
      throw new RangeError(`“${options.after}” is no cursor of a log.`)
    const walk = await this.#walkAt(commit, path, position, options.signal)
    const commits: CommitSummary[] = []
    while (commits.length < limit) {
      const node = await walk.next(options.signal)
      if (node === null) return { commits, next: null }
      commits.push(summaryOf(node.oid, await this.#reader.commit(node.oid)))
    }
    const end = await walk.ended(options.signal)
    if (!end) this.#keep(commit, path, walk)
    return { commits, next: end ? null : String(walk.given) }
  }

  /** Takes the walk that waits there (two readers of one log must not share one), or makes it anew. */
  async #walkAt(commit: Oid, path: string, position: number, signal?: AbortSignal): Promise<LogWalk> {
    const key = `${commit} ${position} ${path}`
    const kept = this.#walks.get(key)
    this.#walks.delete(key)
    if (kept !== undefined) return kept
    const walk = new LogWalk(this.#reader, commit, path)
    while (walk.given < position && (await walk.next(signal)) !== null);
    return walk
  }

  #keep(commit: Oid, path: string, walk: LogWalk): void {
    if (this.#walks.size >= MAX_WALKS) this.#walks.delete(this.#walks.keys().next().value ?? '')
    this.#walks.set(`${commit} ${walk.given} ${path}`, walk)
  }
}
