import { compareTreeNames, decodeText, isTreeMode, parseTree, type TreeEntry } from '../object/index.ts'
import type { Oid } from '../types.ts'
import { DiffTooLargeError, TreeTooDeepError } from './errors.ts'
import type { Entry, Reader } from './reader.ts'
import { Steps } from './steps.ts'

/** A path that differs between two trees; at least one side is there. */
export interface TreeChange {
  path: string
  before: Entry | null
  after: Entry | null
}

/** Changes beyond which nobody reads a diff. It also bounds what a small tree that names itself over and over can ask for. */
export const MAX_CHANGES = 50_000
/** Folders within folders. */
export const MAX_TREE_DEPTH = 2048

/** Files, symlinks and submodules that differ between two trees (null is the empty one), in git's order. */
export async function treeDiff(
  reader: Reader,
  before: Oid | null,
  after: Oid | null,
  signal?: AbortSignal,
): Promise<TreeChange[]> {
  const walk = new TreeDiffWalk(reader, signal)
  await walk.trees(before, after, '', 0)
  return walk.changes
}

class TreeDiffWalk {
  readonly changes: TreeChange[] = []
  readonly #reader: Reader
  readonly #steps: Steps
  #visited = 0

  constructor(reader: Reader, signal?: AbortSignal) {
    this.#reader = reader
    this.#steps = new Steps({ signal })
  }

  async trees(before: Oid | null, after: Oid | null, prefix: string, depth: number): Promise<void> {
    if (before === after) return
    if (depth > MAX_TREE_DEPTH) throw new TreeTooDeepError(MAX_TREE_DEPTH)
    // Trees without files cost as much as those with: both count.
    if (++this.#visited > 4 * MAX_CHANGES) throw new DiffTooLargeError(MAX_CHANGES)
    if (this.#steps.due) await this.#steps.next()
    const left = before === null ? [] : parseTree(await this.#reader.tree(before))
    const right = after === null ? [] : parseTree(await this.#reader.tree(after))
    let [i, j] = [0, 0]
    while (i < left.length || j < right.length) {
      const [a, b] = [left[i], right[j]]
      const order = compare(a, b)
      if (order <= 0) i++
      if (order >= 0) j++
      await this.#pair(order <= 0 ? a : undefined, order >= 0 ? b : undefined, prefix, depth)
    }
  }

  async #pair(a: TreeEntry | undefined, b: TreeEntry | undefined, prefix: string, depth: number): Promise<void> {
    const name = a?.name ?? b?.name
    if (name === undefined) return
    const before = a === undefined ? null : { mode: a.mode, oid: a.oid }
    const after = b === undefined ? null : { mode: b.mode, oid: b.oid }
    if (before?.oid === after?.oid && before?.mode === after?.mode) return
    const path = prefix + decodeText(name)
    // Names of one order are both trees or both not, because of how git sorts.
    if (isTreeMode(before?.mode ?? after?.mode ?? 0)) {
      await this.trees(before?.oid ?? null, after?.oid ?? null, `${path}/`, depth + 1)
      return
    }
    this.changes.push({ path, before, after })
    if (this.changes.length > MAX_CHANGES) throw new DiffTooLargeError(MAX_CHANGES)
  }
}

function compare(a: TreeEntry | undefined, b: TreeEntry | undefined): number {
  if (a === undefined) return 1
  if (b === undefined) return -1
  return compareTreeNames(a.name, a.isTree, b.name, b.isTree)
}
