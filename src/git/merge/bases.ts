import type { MadeObjects } from '../import/made-objects.ts'
import { writeRoot } from '../import/tree-draft.ts'
import { mergeBasesOf } from '../store/ancestry.ts'
import type { Oid } from '../types.ts'
import type { Reader } from '../view/reader.ts'
import { MergeTooLargeError } from './errors.ts'
import { draftOf, mergeTrees } from './trees.ts'

/** Merges of merge bases, which come from histories that merged each other back and forth: nobody's have more than a few. */
export const MAX_BASE_MERGES = 64

/** What git's labels say in a base of bases. */
const LABELS = { ours: 'Temporary merge branch 1', theirs: 'Temporary merge branch 2' }

/** Makes one tree of several merge bases: the merge of them, itself with a base made like that, in memory only. */
export class VirtualBases {
  /** Paths at which git may have another base: see `TreeMerge`. */
  readonly doubtful = new Set<string>()
  readonly #reader: Reader
  readonly #made: MadeObjects
  readonly #signal: AbortSignal | undefined
  #merges = 0

  constructor(reader: Reader, made: MadeObjects, signal?: AbortSignal) {
    this.#reader = reader
    this.#made = made
    this.#signal = signal
  }

  /** The tree of `bases`, newest first; null where there is none. `depth` is 1 for the bases of the merge that was asked for. */
  async tree(bases: readonly Oid[], depth: number): Promise<Oid | null> {
    const [first, ...others] = [...bases].reverse()
    if (first === undefined) return null
    let tree = await this.#reader.rootTree(first)
    const merged = [first]
    for (const other of others) {
      if (++this.#merges > MAX_BASE_MERGES)
        throw new MergeTooLargeError('merges of common ancestors are needed', MAX_BASE_MERGES)
      const below = await mergeBasesOf(this.#reader.objects, merged, [other], this.#signal)
      const base = await this.tree(below, depth + 1)
      const theirs = await this.#reader.rootTree(other)
      const [made, signal] = [this.#made, this.#signal]
      const decided = await mergeTrees([base, tree, theirs], {
        reader: this.#reader,
        made,
        labels: LABELS,
        depth,
        signal,
      })
      for (const path of decided.doubtful) this.doubtful.add(path)
      tree = await writeRoot(draftOf(decided), this.#made)
      merged.push(other)
    }
    return tree
  }
}
