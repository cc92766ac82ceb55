import type { Oid } from '../types.ts'
import { Steps } from './steps.ts'
import type { Entry, Reader } from './reader.ts'
import { MAX_SCORE, pieces, similarity, sizesDiffer, type Pieces } from './similarity.ts'
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

const MINIMUM_SCORE = MAX_SCORE / 2
/** What a file must reach whose name is the same and unique: half-way from the minimum to equality. */
const SAME_NAME_SCORE = (MINIMUM_SCORE + MAX_SCORE) / 2
/** git's `diff.renameLimit`: pairs beyond its square are not compared. */
const RENAME_LIMIT = 1000
/** Bytes of a file, and of all, that are read to compare: a diff is to be on screen within a second or so. */
const MAX_FILE_BYTES = 1 << 20
const MAX_TOTAL_BYTES = 64 << 20
/** Candidates that are kept for each new file, as git keeps. */
const CANDIDATES = 4

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
  readonly #reader: Reader
  readonly #steps: Steps
  #sources: Side[] = []
  #targets: Side[] = []
  readonly #pairs = new Map<string, Side>()
  readonly #pieces = new Map<Oid, Pieces | null>()
  #bytes = 0

  constructor(reader: Reader, changes: TreeChange[], signal?: AbortSignal) {
    this.#reader = reader
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
    if (!isRegular(source.entry.mode) || !isRegular(target.entry.mode)) return 0
    const [a, b] = [await this.#piecesOf(source.entry.oid), await this.#piecesOf(target.entry.oid)]
    if (a === null || b === null || sizesDiffer(a.size, b.size, MINIMUM_SCORE)) return 0
    return similarity(a, b)
  }

  /** Null for what is too big to compare. */
  async #piecesOf(oid: Oid): Promise<Pieces | null> {
    const known = this.#pieces.get(oid)
    if (known !== undefined) return known
    const size = (await this.#reader.objects.info(oid))?.size ?? Infinity
    const fits = size <= MAX_FILE_BYTES && this.#bytes + size <= MAX_TOTAL_BYTES
    if (fits) this.#bytes += size
    const cut = fits ? pieces(await this.#reader.bytes(oid, 'blob')) : null
    this.#pieces.set(oid, cut)
    return cut
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

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function isRegular(mode: number): boolean {
  return (mode & 0o170000) === 0o100000
}

function comparable(a: number, b: number): boolean {
  return a === b || (isRegular(a) && isRegular(b))
}
