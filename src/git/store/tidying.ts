import type { PackRow } from '../backend/backend.ts'
import {
  DatabaseClosedError,
  QuotaError,
  RepositoryNotFoundError,
  StagingNotFoundError,
  TransactionConflictError,
} from '../errors.ts'
import { OID_BYTES, toHex } from '../object/index.ts'
import type { Oid, RepositoryKey } from '../types.ts'
import { collectRetired } from './collect.ts'
import type { OpenRepository } from './repositories.ts'
import { chooseRollUp, rollUp, type RollUpParts } from './roll-up.ts'
import { closureOf, type Closure } from './shared-reach.ts'

/** Milliseconds after a change: whoever commits is not disturbed, and a tab that is closed soon has done nothing in vain. */
export const TIDY_AFTER = 60_000

const DAY = 24 * 60 * 60 * 1000

/**
 * Milliseconds for which what came stays, reached or not: as long as git has it, so that a push that was a mistake can be undone,
 * and refs to what came in several transactions come last.
 */
export const UNREACHABLE_AFTER = 14 * DAY

/** Milliseconds from one search for what nothing reaches to the next: it reads the whole history. */
const SEARCH_EVERY = DAY

/** Another tab changed or removed the repository meanwhile, or the disk is full, of which whoever saves is told. */
const EXPECTED = [TransactionConflictError, StagingNotFoundError, RepositoryNotFoundError, QuotaError]

export interface TidyOptions {
  /** Milliseconds since the epoch; the time of the clock if not given. */
  now?: number
  signal?: AbortSignal
}

/**
 * Keeps repositories small and quick to read, in the background: rolls up their tails, leaves out what nothing reaches any
 * more, and drops what was rolled up once nobody reads it. One tab does it at a time.
 */
export class Tidying {
  readonly #parts: RollUpParts
  readonly #after: number | null
  readonly #changed: (id: RepositoryKey) => void
  readonly #timers = new Map<RepositoryKey, ReturnType<typeof setTimeout>>()
  readonly #running = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  /** When it was last looked for what nothing reaches. */
  readonly #looked = new Map<RepositoryKey, number>()

  /** `after`: milliseconds from a change until it begins by itself; null: never. */
  constructor(parts: RollUpParts, after: number | null, changed: (id: RepositoryKey) => void) {
    this.#parts = parts
    this.#after = after
    this.#changed = changed
  }

  /** The repository was changed: it is tidied after a while. */
  schedule(id: RepositoryKey): void {
    if (this.#after === null || this.#timers.has(id) || this.#stop.signal.aborted) return
    const begin = () => {
      this.#timers.delete(id)
      const running = this.#inBackground(id).finally(() => this.#running.delete(running))
      this.#running.add(running)
    }
    this.#timers.set(id, setTimeout(begin, this.#after))
  }

  async run(id: RepositoryKey, { now = Date.now(), signal }: TidyOptions = {}): Promise<void> {
    const { locks, repositories } = this.#parts
    await locks.request(`guts-tidy-${id}`, { mode: 'exclusive', ifAvailable: true }, async (lock) => {
      if (lock === null) return
      await this.dropRetired()
      const open = await repositories.find(id)
      if (open === undefined) return
      const tail = open.snapshot.packs.filter(({ kind }) => kind === 'tail')
      const small = chooseRollUp(tail, open.snapshot.loose.length)
      const reached = await this.#reached(open, tail, now, signal)
      if (small === null && reached === undefined) return
      const packs = [...new Set([...(small ?? []), ...(reached?.packs ?? [])])]
      const left = reached === undefined ? {} : { reached: reached.closure }
      await rollUp(this.#parts, { open, packs, ...left, ...(signal === undefined ? {} : { signal }) })
      this.#changed(id)
    })
  }

  /** Drops what was rolled up and nobody reads any more. */
  async dropRetired(): Promise<void> {
    const { backend, locks, rows } = this.#parts
    for (const key of await collectRetired(backend, locks)) rows.forget(key)
  }

  async close(): Promise<void> {
    this.#stop.abort(new DatabaseClosedError())
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    await Promise.all(this.#running)
  }

  async #inBackground(id: RepositoryKey): Promise<void> {
    const { signal } = this.#stop
    try {
      await this.run(id, { signal })
    } catch (error) {
      // All is as it was before, and it is tried again after the next change.
      const isExpected = EXPECTED.some((kind) => error instanceof kind)
      if (!isExpected && !signal.aborted) console.error('Tidying a repository failed.', error)
    }
  }

  /** Old packs of the tail that have something that no ref reaches, and what refs reach; undefined where there are none. */
  async #reached(open: OpenRepository, tail: PackRow[], now: number, signal: AbortSignal | undefined) {
    const old = new Set(tail.filter(({ order }) => order <= now - UNREACHABLE_AFTER).map(({ key }) => key))
    if (old.size === 0 || now - (this.#looked.get(open.id) ?? -Infinity) < SEARCH_EVERY) return undefined
    const closure = await closureOf(open, keptTips(open), signal)
    this.#looked.set(open.id, now)
    const packs = open.objects.packs.filter(
      ({ row, stored }) => old.has(row.key) && !hasAll(closure, stored.index.oids),
    )
    return packs.length === 0 ? undefined : { closure, packs: packs.map(({ row }) => row.key) }
  }
}

/** All that a ref of anybody names: also of those whose refs are shared no more, for they may count again. */
function keptTips({ snapshot }: OpenRepository): Set<Oid> {
  const tips = new Set(snapshot.refs.map(({ oid }) => oid))
  for (const { refs } of snapshot.signedRefs) for (const { oid } of refs) tips.add(oid)
  return tips
}

function hasAll(closure: Closure, oids: Uint8Array): boolean {
  for (let at = 0; at < oids.length; at += OID_BYTES) if (!closure.has(toHex(oids, at))) return false
  return true
}
