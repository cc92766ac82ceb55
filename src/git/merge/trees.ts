import type { MadeObjects } from '../import/made-objects.ts'
import { emptyFolder, keyOf, type DraftFolder } from '../import/tree-draft.ts'
import type { Oid } from '../types.ts'
import type { Reader } from '../view/reader.ts'
import { applyRenames, type TwoNames } from './apply-renames.ts'
import { decide, type Decided } from './decide.ts'
import { FileMerger } from './merge-file.ts'
import { findRenames, type SideRenames } from './renames.ts'
import { bytesOf, foldersOf, OURS, SIDES, THEIRS, type MergePath, type Side, type Versions } from './versions.ts'
import { walkTrees, type Walked } from './walk.ts'

export interface TreeMergeOptions {
  reader: Reader
  /** Takes merged files, which `reader` must be able to read. */
  made: MadeObjects
  labels: { ours: string; theirs: string }
  /** 0 for the merge that was asked for; above, there are no conflicts. */
  depth: number
  signal?: AbortSignal | undefined
}

/** What two trees come to, and the paths where it would be something else if git chose otherwise where we do not choose. */
export interface TreeMerge extends Decided {
  doubtful: Set<string>
}

/** Merges two trees that came from a third (null is the empty one). */
export async function mergeTrees(trees: Versions<Oid | null>, options: TreeMergeOptions): Promise<TreeMerge> {
  const { reader, labels, depth, signal } = options
  const walked = await walkTrees(reader, trees, signal)
  const renames = {
    [OURS]: await findRenames(reader, walked.sides[OURS], signal),
    [THEIRS]: await findRenames(reader, walked.sides[THEIRS], signal),
  }
  // git does not look for moved folders in a base of bases.
  if (depth > 0) for (const side of SIDES) renames[side].movedFrom.clear()
  const merger = new FileMerger(options)
  const twoNames = await applyRenames(walked, renames, merger)
  const paths = walked.reopened ? closeAgain(walked, renames, twoNames) : walked.paths
  const { results, conflicts } = await decide(paths, twoNames, merger, depth > 0 ? { labels } : null, signal)
  const doubtful = new Set([...renames[OURS].doubtful, ...renames[THEIRS].doubtful, ...merger.doubtful])
  return { results, conflicts, doubtful }
}

/**
 * Where much had to be opened to find renames, git begins again with those known, and takes folders whole that one side changed
 * and nothing was moved into. It makes a difference for modes that are none of today's: those of a folder that is taken whole
 * stay as they are.
 */
function closeAgain(
  { paths, sides }: Walked,
  renames: Record<Side, SideRenames>,
  twoNames: TwoNames[],
): Map<string, MergePath> {
  const entered = { [OURS]: new Set<string>(), [THEIRS]: new Set<string>() }
  for (const side of SIDES) {
    for (const [from, to] of renames[side].pairs) {
      if (sides[side].relevant.has(from)) for (const folder of foldersOf(to)) entered[side].add(folder)
    }
  }
  const unsettled = [...paths.values()].filter(({ reason }) => reason !== null)
  for (const { base, ours, theirs } of twoNames) unsettled.push(base, ours, theirs)
  const open = new Set(unsettled.flatMap(({ path }) => foldersOf(path)))
  const closed = new Set<string>()
  const kept = new Map<string, MergePath>()
  for (const [path, at] of paths) {
    if (closed.size > 0 && foldersOf(path).some((folder) => closed.has(folder))) continue
    kept.set(path, at)
    const { changedBy, result, files, folders } = at
    if (changedBy === null || result !== undefined || open.has(path) || entered[changedBy].has(path)) continue
    at.result = folders[changedBy] ?? files[changedBy]
    closed.add(path)
  }
  return kept
}

/** The tree of what was decided, as a draft that can be changed and written. */
export function draftOf({ results }: Decided): DraftFolder {
  const root = emptyFolder()
  for (const [path, entry] of results) {
    const names = path.split('/').map(bytesOf)
    const last = names.pop() as Uint8Array
    let folder = root
    for (const name of names) {
      const key = keyOf(name)
      const node = folder.entries.get(key)?.node ?? emptyFolder()
      if (!('entries' in node)) throw new TypeError('A file stands where a folder is.')
      folder.entries.set(key, { name, node })
      folder = node
    }
    folder.entries.set(keyOf(last), { name: last, node: { ...entry } })
  }
  return root
}
