import { baseName, Comparison, isRegular, type Likeness } from '../view/likeness.ts'
import type { Reader } from '../view/reader.ts'
import { CANDIDATES, MINIMUM_SCORE, RENAME_LIMIT, SAME_NAME_SCORE } from '../view/renames.ts'
import { Steps } from '../view/steps.ts'
import { FolderMoves } from './folder-moves.ts'
import type { Movable, SideChanges } from './walk.ts'

/** Where the files of one side went. */
export interface SideRenames {
  /** From the old path to the new one. */
  pairs: Map<string, string>
  /** Old paths whose new one a person should choose: several fit, or versions of git differ. */
  unsure: Set<string>
  /** Old and new paths that any choice for those would change. */
  doubtful: Set<string>
  /** Folders that this side no longer has, and out of which files were moved, as far as somebody needs to know. */
  movedFrom: Set<string>
}

/** What is compared must not take longer than a person waits; what is beyond it becomes a conflict. */
const LIMITS = { minimum: MINIMUM_SCORE, maxFileBytes: 4 << 20, maxTotalBytes: 64 << 20 }
const EMPTY_BLOB = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
/** Whatever might be alike. */
const UNKNOWN: Likeness = { low: 0, high: Number.MAX_SAFE_INTEGER }

interface Pair extends Likeness {
  source: Movable
  target: Movable
  /** Of one name. */
  named: boolean
}

/**
 * Finds renames as git's merge does (`diffcore_rename_extended` as merge-ort calls it): files of the same content, then those
 * of the same name that are much alike, then the most alike, but only of files whose new place matters. Where git would
 * choose between equals, or another version of it would choose differently, nothing is chosen: such a source is `unsure`.
 */
export async function findRenames(reader: Reader, changes: SideChanges, signal?: AbortSignal): Promise<SideRenames> {
  const search = new RenameSearch(reader, changes, signal)
  if (changes.relevant.size > 0) await search.run()
  return search
}

class RenameSearch implements SideRenames {
  readonly pairs = new Map<string, string>()
  readonly unsure = new Set<string>()
  readonly doubtful = new Set<string>()
  readonly #relevant: SideChanges['relevant']
  readonly #folders: FolderMoves
  readonly #comparison: Comparison
  readonly #steps: Steps
  #sources: Movable[]
  #targets: Movable[]
  /** Paths of which some, one cannot say which, stay over where several files have the same content. */
  readonly #contested = new Set<string>()

  constructor(reader: Reader, changes: SideChanges, signal?: AbortSignal) {
    this.#relevant = changes.relevant
    this.#folders = new FolderMoves(changes.removed)
    this.#comparison = new Comparison(reader, LIMITS)
    this.#steps = new Steps({ signal })
    this.#sources = changes.gone.filter(({ entry }) => entry.oid !== EMPTY_BLOB)
    this.#targets = changes.added.filter(({ entry }) => entry.oid !== EMPTY_BLOB)
  }

  get movedFrom(): Set<string> {
    return this.#folders.from
  }

  async run(): Promise<void> {
    this.#sameContent()
    await this.#sameName()
    this.#sources = this.#sources.filter(({ path }) => this.#relevant.has(path))
    await this.#mostAlike()
  }

  #sameContent(): void {
    const sources = groupBy(this.#sources, contentKey)
    for (const [key, targets] of groupBy(this.#targets, contentKey)) {
      const free = sources.get(key) ?? []
      if (free.length === 0) continue
      if (!forced(free, targets)) {
        for (const { path } of free) if (this.#relevant.get(path) === 'contents') this.#doubt(path)
        for (const { path } of [...free, ...targets]) {
          this.doubtful.add(path)
          if (free.length !== targets.length) this.#contested.add(path)
        }
      }
      const left = new Set(free)
      const names = groupBy(free.toReversed(), ({ path }) => baseName(path))
      const all = free.toReversed()
      for (const target of targets) {
        const source = takeLast(names.get(baseName(target.path)), left) ?? takeLast(all, left)
        if (source !== undefined) this.#take(source, target)
      }
    }
    this.#leaveOutTaken()
    this.#folders.guess()
  }

  /** A file is compared first with the one of its name, or if that is not unique, with where most of its folder went. */
  async #sameName(): Promise<void> {
    const sources = groupBy(this.#sources, ({ path }) => baseName(path))
    const targets = groupBy(this.#targets, ({ path }) => baseName(path))
    const places = new Map(this.#targets.map((target) => [target.path, target]))
    const contested = new Set([...this.#contested].map(baseName))
    for (const source of this.#sources) {
      const name = baseName(source.path)
      const named = targets.get(name) ?? []
      if (named.length === 0 || !this.#relevant.has(source.path)) continue
      const alone = named.length === 1 && sources.get(name)?.length === 1
      const guess = alone ? named[0]?.path : this.#folders.guessFor(source.path)
      if (contested.has(name) || guess === null) this.#doubt(source.path, named)
      const target = places.get(guess ?? '')
      if (target === undefined) continue
      const { low, high } = await this.#likeness(source, target)
      if (low < SAME_NAME_SCORE && high >= SAME_NAME_SCORE) this.#doubt(source.path, [target])
      if (low < SAME_NAME_SCORE) continue
      this.#take(source, target)
      places.delete(target.path)
    }
    this.#leaveOutTaken()
  }

  async #mostAlike(): Promise<void> {
    if (this.#sources.length * this.#targets.length > RENAME_LIMIT ** 2) {
      for (const { path } of this.#sources) this.#giveUp(path)
      return
    }
    const pairs: Pair[] = []
    for (const target of this.#targets) {
      for (const source of this.#sources) {
        const likeness = await this.#likeness(source, target)
        if (likeness.high < MINIMUM_SCORE) continue
        pairs.push({ source, target, ...likeness, named: baseName(source.path) === baseName(target.path) })
      }
    }
    pairs.sort((a, b) => b.high - a.high || Number(b.named) - Number(a.named))
    const choice = new Choice(pairs)
    for (const pair of pairs) {
      const { source, target } = pair
      // Maybe is enough to ask where else a folder's new files should go.
      this.#folders.moved(source.path, target.path)
      if (!choice.isFree(pair)) continue
      const sure = choice.isSure(pair) && pair.low >= MINIMUM_SCORE && !this.#contested.has(target.path)
      const matters = this.#relevant.get(source.path) === 'contents'
      choice.take(pair, sure && matters && !this.unsure.has(source.path))
      this.#take(source, target)
      if (!sure && matters) this.#doubt(source.path, choice.endsOf(pair))
    }
  }

  /** Nobody looked whether it was moved. */
  #giveUp(path: string): void {
    this.#doubt(path)
    this.#folders.movedAnywhere(path)
  }

  /** A source, and what else its choice is about. */
  #doubt(source: string, others: readonly Movable[] = []): void {
    this.unsure.add(source)
    this.doubtful.add(source)
    for (const { path } of others) this.doubtful.add(path)
  }

  async #likeness(source: Movable, target: Movable): Promise<Likeness> {
    if (this.#steps.due) await this.#steps.next()
    return (await this.#comparison.likeness(source.entry, target.entry)) ?? UNKNOWN
  }

  #take(source: Movable, target: Movable): void {
    this.pairs.set(source.path, target.path)
    this.#folders.moved(source.path, target.path)
  }

  #leaveOutTaken(): void {
    const taken = new Set(this.pairs.values())
    this.#sources = this.#sources.filter(({ path }) => !this.pairs.has(path))
    this.#targets = this.#targets.filter(({ path }) => !taken.has(path))
  }
}

/** Takes pairs from the best on, as git does, and tells where that hung on more than what is certain. */
class Choice {
  readonly #bySource: Map<string, Pair[]>
  readonly #byTarget: Map<string, Pair[]>
  readonly #taken = new Set<string>()
  /** Ends of pairs that are certain: others need not compete for them. */
  readonly #certain = new Set<string>()

  constructor(pairs: Pair[]) {
    this.#bySource = groupBy(pairs, ({ source }) => source.path)
    this.#byTarget = groupBy(pairs, ({ target }) => target.path)
  }

  isFree({ source, target }: Pair): boolean {
    return !this.#taken.has(source.path) && !this.#taken.has(target.path)
  }

  /** Better than all that compete with it, and among the few for this target that git remembers at all. */
  isSure(pair: Pair): boolean {
    const rivals = this.#byTarget.get(pair.target.path) ?? []
    if (rivals.filter((rival) => rival !== pair && !isBetter(pair, rival)).length >= CANDIDATES) return false
    const others = [...rivals, ...(this.#bySource.get(pair.source.path) ?? [])]
    return others.every((other) => other === pair || this.#isOut(other) || isBetter(pair, other))
  }

  /** All that compete for one of the two, and those. */
  endsOf({ source, target }: Pair): Movable[] {
    const pairs = [...(this.#bySource.get(source.path) ?? []), ...(this.#byTarget.get(target.path) ?? [])]
    return pairs.flatMap((pair) => [pair.source, pair.target])
  }

  take({ source, target }: Pair, certain: boolean): void {
    for (const { path } of [source, target]) {
      this.#taken.add(path)
      if (certain) this.#certain.add(path)
    }
  }

  #isOut({ source, target }: Pair): boolean {
    return this.#certain.has(source.path) || this.#certain.has(target.path)
  }
}

/** Certainly so, whichever version of git looks. */
function isBetter(a: Pair, b: Pair): boolean {
  if (a.low !== b.high) return a.low > b.high
  return a.named && !b.named && a.low === a.high && b.low === b.high
}

/** Whether there is but one way to pair files of the same content: one with one, or each with the only one of its name. */
function forced(sources: Movable[], targets: Movable[]): boolean {
  if (sources.length === 1 && targets.length === 1) return true
  const names = groupBy(sources, ({ path }) => baseName(path))
  const used = new Set(targets.map(({ path }) => baseName(path)))
  return used.size === targets.length && [...used].every((name) => names.get(name)?.length === 1)
}

/** The last of a list that is still left, which it then no longer is. */
function takeLast(list: Movable[] = [], left: Set<Movable>): Movable | undefined {
  for (let last = list.pop(); last !== undefined; last = list.pop()) if (left.delete(last)) return last
  return undefined
}

function contentKey({ entry }: Movable): string {
  return `${entry.oid} ${isRegular(entry.mode) ? 'file' : entry.mode}`
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
