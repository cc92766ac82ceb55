import type { Oid } from '../types.ts'
import { baseName, comparable, Comparison } from './likeness.ts'
import type { Entry, Reader } from './reader.ts'
import { MAX_SCORE } from './similarity.ts'
import { Steps } from './steps.ts'
import type { TreeChange } from './tree-diff.ts'

/** A change that may have come from another path. */
export interface FileChange extends TreeChange {
  /** Where it was, for a rename; else the same as `path`. */
  oldPath: string
}

interface Side {
  path: string
  entry: Entry
}

/** git's `-M50%`. */
export const MINIMUM_SCORE = MAX_SCORE / 2
/** What a file must reach whose name is the same and unique: half-way from the minimum to equality. */
export const SAME_NAME_SCORE = (MINIMUM_SCORE + MAX_SCORE) / 2
/** git's `diff.renameLimit`: pairs beyond its square are not compared. */
export const RENAME_LIMIT = 1000
/** A diff is to be on screen within a second or so. */
const LIMITS = { minimum: MINIMUM_SCORE, maxFileBytes: 1 << 20, maxTotalBytes: 64 << 20 }
/** Candidates that are kept for each new file, as git keeps. */
export const CANDIDATES = 4

/**
 * Pairs deleted with added files as `git diff -M` does: first those with equal content, then those with the same name that
 * are alike, then the most alike (diffcore-rename.c).
 */
export async function detectRenames(
  reader: Reader,
  changes: TreeChange[],
  signal?: AbortSignal,
): Promise<FileChange[]> {
  const pairing = new Pairing(reader, changes, signal)
  pairing.exact()
  await pairing.sameName()
  await pairing.similar()
  return pairing.result(changes)
}

class Pairing {
  readonly #comparison: Comparison
  readonly #steps: Steps
  #sources: Side[] = []
  #targets: Side[] = []
  readonly #pairs = new Map<string, Side>()

  constructor(reader: Reader, changes: TreeChange[], signal?: AbortSignal) {
    this.#comparison = new Comparison(reader, LIMITS)
    this.#steps = new Steps({ signal })
    for (const { path, before, after } of changes) {
      if (after === null && before !== null) this.#sources.push({ path, entry: before })
      else if (before === null && after !== null) this.#targets.push({ path, entry: after })
    }
  }

  exact(): void {
    const byOid = new Map<Oid, Side[]>()
    for (const source of this.#sources) {
      const same = byOid.get(source.entry.oid)
      if (same === undefined) byOid.set(source.entry.oid, [source])
      else same.push(source)
    }
    for (const target of this.#targets) {
      const free = byOid.get(target.entry.oid)?.filter(({ entry }) => comparable(entry.mode, target.entry.mode)) ?? []
      const source = free.find(({ path }) => baseName(path) === baseName(target.path)) ?? free[0]
      if (source === undefined) continue
      this.#pairs.set(target.path, source)
      const left = byOid.get(target.entry.oid)?.filter((other) => other !== source) ?? []
      byOid.set(target.entry.oid, left)
    }
    this.#leaveOutPaired()
  }

  async sameName(): Promise<void> {
    const sources = uniqueNames(this.#sources)
    const targets = uniqueNames(this.#targets)
    for (const [name, source] of sources) {
      const target = targets.get(name)
      if (source === null || target == null) continue
      if ((await this.#score(source, target)) >= SAME_NAME_SCORE) this.#pairs.set(target.path, source)
    }
    this.#leaveOutPaired()
  }

  async similar(): Promise<void> {
    if (this.#sources.length * this.#targets.length > RENAME_LIMIT ** 2) return
    const candidates: Array<{ source: Side; target: Side; score: number; named: number }> = []
    for (const target of this.#targets) {
      const best: typeof candidates = []
      for (const source of this.#sources) {
        const score = await this.#score(source, target)
        if (score < MINIMUM_SCORE) continue
        best.push({ source, target, score, named: Number(baseName(source.path) === baseName(target.path)) })
        best.sort((a, b) => b.score - a.score || b.named - a.named)
        best.length = Math.min(best.length, CANDIDATES)
      }
      candidates.push(...best)
    }
    candidates.sort((a, b) => b.score - a.score || b.named - a.named)
    const used = new Set<Side>()
    for (const { source, target } of candidates) {
      if (used.has(source) || this.#pairs.has(target.path)) continue
      used.add(source)
      this.#pairs.set(target.path, source)
    }
  }

  result(changes: TreeChange[]): FileChange[] {
    const moved = new Set([...this.#pairs.values()].map(({ path }) => path))
    return changes
      .filter(({ path, after }) => after !== null || !moved.has(path))
      .map((change) => {
        const source = change.before === null ? this.#pairs.get(change.path) : undefined
        return source === undefined
          ? { ...change, oldPath: change.path }
          : { ...change, oldPath: source.path, before: source.entry }
      })
  }

  #leaveOutPaired(): void {
    const used = new Set(this.#pairs.values())
    this.#sources = this.#sources.filter((source) => !used.has(source))
    this.#targets = this.#targets.filter(({ path }) => !this.#pairs.has(path))
  }

  async #score(source: Side, target: Side): Promise<number> {
    if (this.#steps.due) await this.#steps.next()
    return (await this.#comparison.likeness(source.entry, target.entry))?.high ?? 0
  }
}

/** By base name, null where several share it. */
function uniqueNames(sides: Side[]): Map<string, Side | null> {
  const names = new Map<string, Side | null>()
  for (const side of sides) {
    const name = baseName(side.path)
    names.set(name, names.has(name) ? null : side)
  }
  return names
}
