import { MissingObjectError } from '../errors.ts'
import { parseCommit } from '../object/index.ts'
import { Slices } from '../pack/pause.ts'
import type { ObjectSource } from '../pack/types.ts'
import type { Oid } from '../types.ts'
import { Heap } from '../view/heap.ts'

const FROM_A = 1
const FROM_B = 2
const BOTH = 3
/** Reached from a common ancestor: it is one itself, and none of the best. */
const STALE = 4

interface Painted {
  oid: Oid
  parents: Oid[]
  time: number
  paint: number
  /** How often it waits in the queue. */
  queued: number
}

/**
 * Walks the histories of two commits, newest first, until only common history is left (git's `paint_down_to_common`): usually
 * long before its beginning. Clocks of committers that went wrong cost time, not truth.
 */
class PaintDown {
  readonly commits = new Map<Oid, Painted>()
  readonly #history: History
  readonly #queue = new Heap<Painted>()
  /** Entries of the queue that are not stale. */
  #live = 0

  constructor(history: History) {
    this.#history = history
  }

  /** Ends early once `enough` says so, which is asked after every commit. Several commits are as one that merges them. */
  async run(a: readonly Oid[], b: readonly Oid[], enough: () => boolean, signal?: AbortSignal): Promise<void> {
    for (const oid of a) await this.#paint(oid, FROM_A)
    for (const oid of b) await this.#paint(oid, FROM_B)
    const slices = new Slices(signal)
    while (this.#live > 0 && !enough()) {
      const commit = this.#queue.pop()
      if (commit === undefined) return
      commit.queued--
      if ((commit.paint & STALE) === 0) this.#live--
      const paint = (commit.paint & BOTH) === BOTH ? BOTH | STALE : commit.paint
      for (const parent of commit.parents) await this.#paint(parent, paint)
      if (slices.due) await slices.next()
    }
  }

  async #paint(oid: Oid, paint: number): Promise<void> {
    const commit = this.commits.get(oid) ?? (await this.#read(oid))
    const before = commit.paint
    if ((before | paint) === before) return
    commit.paint |= paint
    this.commits.set(oid, commit)
    // What waits of it no longer counts once it is stale.
    if ((before & STALE) === 0 && (commit.paint & STALE) !== 0) this.#live -= commit.queued
    this.#queue.push(commit, commit.time)
    commit.queued++
    if ((commit.paint & STALE) === 0) this.#live++
  }

  async #read(oid: Oid): Promise<Painted> {
    return { ...(await this.#history.commit(oid)), oid, paint: 0, queued: 0 }
  }
}

/** Commits that were read: several walks come across the same ones. */
class History {
  readonly #objects: ObjectSource
  readonly #commits = new Map<Oid, { parents: Oid[]; time: number }>()

  constructor(objects: ObjectSource) {
    this.#objects = objects
  }

  async commit(oid: Oid): Promise<{ parents: Oid[]; time: number }> {
    const known = this.#commits.get(oid)
    if (known !== undefined) return known
    const object = await this.#objects.read(oid)
    if (object?.type !== 'commit') throw new MissingObjectError(oid)
    const { parents, committer } = parseCommit(object.bytes)
    const commit = { parents, time: committer.time }
    this.#commits.set(oid, commit)
    return commit
  }
}

/** Whether `descendant` reaches `ancestor`; a commit reaches itself. */
export async function isAncestor(
  objects: ObjectSource,
  ancestor: Oid,
  descendant: Oid,
  signal?: AbortSignal,
): Promise<boolean> {
  const walk = new PaintDown(new History(objects))
  const reached = () => ((walk.commits.get(ancestor)?.paint ?? 0) & BOTH) === BOTH
  await walk.run([ancestor], [descendant], reached, signal)
  return reached()
}

/** A best common ancestor, the newest where there are several; null where the histories have none. */
export async function mergeBase(objects: ObjectSource, a: Oid, b: Oid, signal?: AbortSignal): Promise<Oid | null> {
  return (await mergeBases(objects, a, b, signal))[0] ?? null
}

/** All best common ancestors, newest first, as `git merge-base --all`: several where the histories criss-cross. */
export async function mergeBases(objects: ObjectSource, a: Oid, b: Oid, signal?: AbortSignal): Promise<Oid[]> {
  return await mergeBasesOf(objects, [a], [b], signal)
}

/** The same for commits that are merged in thought only: each side may be several. */
export async function mergeBasesOf(
  objects: ObjectSource,
  a: readonly Oid[],
  b: readonly Oid[],
  signal?: AbortSignal,
): Promise<Oid[]> {
  const history = new History(objects)
  const walk = new PaintDown(history)
  await walk.run(a, b, () => false, signal)
  const common = [...walk.commits.values()].filter(({ paint }) => paint === BOTH).sort((x, y) => y.time - x.time)
  return await independentIn(
    history,
    common.map(({ oid }) => oid),
    signal,
  )
}

/** Those that no other of them reaches, in the order given; of equal ones the first. */
export async function independent(objects: ObjectSource, oids: readonly Oid[], signal?: AbortSignal): Promise<Oid[]> {
  return await independentIn(new History(objects), oids, signal)
}

async function independentIn(history: History, oids: readonly Oid[], signal?: AbortSignal): Promise<Oid[]> {
  const kept = new Set(oids)
  for (const oid of new Set(oids)) {
    const others = [...kept].filter((other) => other !== oid)
    if (!kept.has(oid) || others.length === 0) continue
    // One walk for each against all others: what one reaches of them goes, and so does what they reach.
    const walk = new PaintDown(history)
    const reached = () => ((walk.commits.get(oid)?.paint ?? 0) & FROM_B) !== 0
    await walk.run([oid], others, reached, signal)
    if (reached()) kept.delete(oid)
    for (const other of others) if (((walk.commits.get(other)?.paint ?? 0) & FROM_A) !== 0) kept.delete(other)
  }
  return [...kept]
}
