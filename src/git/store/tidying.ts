import type { PackKey, PackRow } from '../backend/backend.ts'
import {
  DatabaseClosedError,
  PackRowError,
  QuotaError,
  RepositoryNotFoundError,
  StagingNotFoundError,
  TransactionConflictError,
} from '../errors.ts'
import { OID_BYTES, toHex } from '../object/index.ts'
import type { RepositoryKey } from '../types.ts'
import { REWRITE_AFTER, rewriteBase, withdrawnBases } from './base-rewrite.ts'
import { collectRetired } from './collect.ts'
import type { OpenRepository } from './repositories.ts'
import { chooseRollUp, rollUp, type RollUpParts } from './roll-up.ts'
import { closureOf, keptTips, SharedReach, type Closure } from './shared-reach.ts'

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

/**
 * Another tab changed or removed the repository meanwhile, or the disk is full, of which whoever saves is told, or lost some of it,
 * which was reported.
 */
const EXPECTED = [TransactionConflictError, StagingNotFoundError, RepositoryNotFoundError, QuotaError, PackRowError]

export interface TidyOptions {
  /** Milliseconds since the epoch; the time of the clock if not given. */
  now?: number
  signal?: AbortSignal
}

/**
 * Keeps repositories small and quick to read, in the background: rolls up their tails, leaves out what nothing reaches any
 * more, writes base packs anew that may not be served any more, and drops what was replaced once nobody reads it. One tab does it
 * at a time.
 */
export class Tidying {
  readonly #parts: RollUpParts
  readonly #after: number | null
  readonly #changed: (id: RepositoryKey) => void
  readonly #onDamage: (open: OpenRepository, error: PackRowError) => Promise<void>
  readonly #timers = new Map<RepositoryKey, { timer: ReturnType<typeof setTimeout>; due: number }>()
  readonly #running = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  /** When it was last looked for what nothing reaches. */
  readonly #looked = new Map<RepositoryKey, number>()
  /** When a base pack was looked at of which nothing is shared. */
  readonly #leftAlone = new Map<PackKey, number>()

  /** `after`: milliseconds from a change until it begins by itself; null: never. `onDamage`: a row is not as it was written. */
  constructor(
    parts: RollUpParts,
    after: number | null,
    changed: (id: RepositoryKey) => void,
    onDamage: (open: OpenRepository, error: PackRowError) => Promise<void>,
  ) {
    this.#parts = parts
    this.#after = after
    this.#changed = changed
    this.#onDamage = onDamage
  }

  /** The repository was changed: it is tidied after a while. */
  schedule(id: RepositoryKey): void {
    if (this.#after !== null) this.#scheduleIn(id, this.#after)
  }

  #scheduleIn(id: RepositoryKey, milliseconds: number): void {
    const before = this.#timers.get(id)
    const due = Date.now() + milliseconds
    if (this.#after === null || this.#stop.signal.aborted || (before !== undefined && before.due <= due)) return
    clearTimeout(before?.timer)
    const begin = () => {
      this.#timers.delete(id)
      const running = this.#inBackground(id).finally(() => this.#running.delete(running))
      this.#running.add(running)
    }
    this.#timers.set(id, { timer: setTimeout(begin, milliseconds), due })
  }

  async run(id: RepositoryKey, { now = Date.now(), signal }: TidyOptions = {}): Promise<void> {
    await this.#parts.locks.request(`guts-tidy-${id}`, { mode: 'exclusive', ifAvailable: true }, async (lock) => {
      if (lock === null) return
      await this.dropRetired()
      const open = await this.#parts.repositories.find(id)
      // What reaches what cannot be told while some of it is lost.
      if (open === undefined || open.snapshot.repository.damaged === true) return
      try {
        await this.#rollUp(id, now, signal)
        await this.#rewriteBases(id, now, signal)
      } catch (error) {
        if (error instanceof PackRowError) await this.#onDamage(open, error)
        throw error
      }
    })
  }

  /** Drops what was rolled up and nobody reads any more. */
  async dropRetired(): Promise<void> {
    const { backend, locks, rows } = this.#parts
    for (const key of await collectRetired(backend, locks)) rows.forget(key)
  }

  async close(): Promise<void> {
    this.#stop.abort(new DatabaseClosedError())
    for (const { timer } of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    await Promise.all(this.#running)
  }

  async #rollUp(id: RepositoryKey, now: number, signal: AbortSignal | undefined): Promise<void> {
    const open = await this.#parts.repositories.find(id)
    if (open === undefined) return
    const tail = open.snapshot.packs.filter(({ kind }) => kind === 'tail')
    const small = chooseRollUp(tail, open.snapshot.loose.length)
    const reached = await this.#reached(open, tail, now, signal)
    if (small === null && reached === undefined) return
    const packs = [...new Set([...(small ?? []), ...(reached?.packs ?? [])])]
    const left = reached === undefined ? {} : { reached: reached.closure }
    await rollUp(this.#parts, { open, packs, ...left, ...(signal === undefined ? {} : { signal }) })
    this.#changed(id)
  }

  /**
   * Base packs that were withdrawn are written anew, one after the other, without what is shared no more: until then what is shared
   * of them goes out object by object.
   */
  async #rewriteBases(id: RepositoryKey, now: number, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const open = await this.#parts.repositories.find(id)
      if (open === undefined) return
      const reach = new SharedReach(open)
      const withdrawn = await withdrawnBases(open, reach)
      if (withdrawn.some(({ row }) => row.order > now - REWRITE_AFTER)) this.#scheduleIn(id, REWRITE_AFTER)
      const pack = withdrawn.find(({ row: { key, order } }) => {
        return order <= now - REWRITE_AFTER && now - (this.#leftAlone.get(key) ?? -Infinity) >= SEARCH_EVERY
      })
      if (pack === undefined) return
      const shared = await closureOf(open, reach.tips, signal)
      const isRewritten = await rewriteBase(this.#parts, open, {
        pack,
        shared,
        kept: async () => await closureOf(open, keptTips(open), signal),
        isOld: pack.row.order <= now - UNREACHABLE_AFTER,
        ...(signal === undefined ? {} : { signal }),
      })
      if (!isRewritten) {
        this.#leftAlone.set(pack.row.key, now)
        continue
      }
      this.#changed(id)
      // What was replaced is dropped then, if nobody reads it any more.
      this.schedule(id)
    }
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

function hasAll(closure: Closure, oids: Uint8Array): boolean {
  for (let at = 0; at < oids.length; at += OID_BYTES) if (!closure.has(toHex(oids, at))) return false
  return true
}
