import { MadeObjects } from '../import/made-objects.ts'
import { writeRoot } from '../import/tree-draft.ts'
import { isTreeMode, MODE_TREE, parseTree, type TreeEntry } from '../object/index.ts'
import type { ObjectSource } from '../pack/types.ts'
import { mergeBases } from '../store/ancestry.ts'
import type { CallOptions, Oid } from '../types.ts'
import { DiffTooLargeError } from '../view/errors.ts'
import { kindOf } from '../view/files.ts'
import { Reader, type Entry } from '../view/reader.ts'
import { MAX_CHANGES, treeDiff } from '../view/tree-diff.ts'
import { VirtualBases } from './bases.ts'
import type { Conflict, Decided, Placed } from './decide.ts'
import { put } from './resolve.ts'
import { draftOf, mergeTrees } from './trees.ts'
import type { MergeConflict, MergeOptions, MergeSide, MergeView } from './types.ts'
import { byteString, canonicalMode, OURS, sameEntry, shownPath, type Versions } from './versions.ts'

/** Bytes of merged text that a view has in all; of conflicts beyond it only the sides are given. */
export const MAX_MERGED_BYTES = 64 << 20

/** A merge, before anybody decided its conflicts. */
export interface Merge {
  kind: MergeView['kind']
  base: Oid | null
  decided: Decided
  /** Reads what is there, and what was merged in memory. */
  reader: Reader
  made: MadeObjects
}

/** Merges the commit `theirs` into `ours`. Only for `clean` and `conflicts` anything is decided. */
export async function mergeCommits(
  objects: ObjectSource,
  ours: Oid,
  theirs: Oid,
  options: MergeOptions & CallOptions & { always?: boolean } = {},
): Promise<Merge> {
  const { labels = { ours: 'ours', theirs: 'theirs' }, signal, always = false } = options
  const made = new MadeObjects(objects)
  const reader = new Reader(over(made, objects))
  const bases = ours === theirs ? [ours] : await mergeBases(objects, ours, theirs, signal)
  const merge = { base: bases[0] ?? null, reader, made, decided: { results: new Map(), conflicts: [] } }
  if (bases.includes(theirs)) return { ...merge, kind: 'up-to-date' }
  if (bases.includes(ours) && !always) return { ...merge, kind: 'fast-forward' }
  const virtual = new VirtualBases(reader, made, signal)
  const base = await virtual.tree(bases, 1)
  const trees: Versions<Oid | null> = [base, await reader.rootTree(ours), await reader.rootTree(theirs)]
  const decided = await mergeTrees(trees, { reader, made, labels, depth: 0, signal })
  await askWhereDoubtful(decided, virtual.doubtful, trees, reader)
  return { ...merge, kind: decided.conflicts.length > 0 ? 'conflicts' : 'clean', decided }
}

/** Where the base itself is doubtful and the sides differ, whatever came out is a person's to decide. */
async function askWhereDoubtful(
  { results, conflicts }: Decided,
  doubtful: Iterable<string>,
  trees: Versions<Oid | null>,
  reader: Reader,
): Promise<void> {
  for (const path of doubtful) {
    const entries = await Promise.all(trees.map((tree) => fileAt(reader, tree, path)))
    const [base = null, ours = null, theirs = null] = entries
    if (ours === theirs || sameEntry(ours, theirs) || conflicts.some((conflict) => conflict.path === path)) continue
    const place = (entry: Entry | null) => (entry === null ? null : { path, entry })
    results.delete(path)
    const sides: Versions<Placed | null> = [place(base), place(ours), place(theirs)]
    conflicts.push({ path, reason: 'content', sides, places: [path, path, path], merged: null, replaces: true })
  }
  conflicts.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The merge as `GitStore.merge` gives it. */
export async function mergeView(
  objects: ObjectSource,
  ours: Oid,
  theirs: Oid,
  options: MergeOptions & CallOptions = {},
): Promise<MergeView> {
  const merge = await mergeCommits(objects, ours, theirs, options)
  const { kind, base, decided } = merge
  return {
    kind,
    base,
    conflicts: conflictViews(decided.conflicts),
    changed: await countChanged(merge, ours, theirs, options),
  }
}

/** How the conflicts are shown: by paths that are text, and one of a kind. */
export function conflictViews(conflicts: readonly Conflict[]): MergeConflict[] {
  const used = new Set<string>()
  let left = MAX_MERGED_BYTES
  return conflicts.map((conflict) => {
    const shown = shownPath(conflict.path)
    // Two names of which only one is UTF-8 may read the same.
    const path = used.has(shown) ? escaped(conflict.path) : shown
    used.add(path)
    const merged = conflict.merged !== null && conflict.merged.length <= left ? conflict.merged : null
    left -= merged?.length ?? 0
    const [base, ours, theirs] = conflict.sides.map(sideView) as [MergeSide | null, MergeSide | null, MergeSide | null]
    return { path, reason: conflict.reason, base, ours, theirs, merged }
  })
}

function sideView(placed: Placed | null): MergeSide | null {
  if (placed === null) return null
  const { mode, oid } = placed.entry
  return { path: shownPath(placed.path), oid, mode, kind: kindOf(mode) }
}

/** As git quotes bytes that are not ASCII. */
function escaped(path: string): string {
  return path.replace(/[^ -~]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`)
}

async function countChanged(merge: Merge, ours: Oid, theirs: Oid, { signal }: CallOptions): Promise<number> {
  const { kind, decided, reader } = merge
  if (kind === 'up-to-date') return 0
  const unsettled = new Set(decided.conflicts.flatMap(({ sides, path }) => sides.map((side) => side?.path ?? path)))
  const shown = new Set([...unsettled].map(shownPath))
  const after = kind === 'fast-forward' ? await reader.rootTree(theirs) : await treeSoFar(merge)
  try {
    const changes = await treeDiff(reader, await reader.rootTree(ours), after, signal)
    return changes.filter(({ path }) => !shown.has(path)).length
  } catch (error) {
    if (error instanceof DiffTooLargeError) return MAX_CHANGES
    throw error
  }
}

/** With ours wherever there is a conflict. */
async function treeSoFar({ decided, reader, made }: Merge): Promise<Oid> {
  const root = draftOf(decided)
  for (const { sides } of decided.conflicts) {
    const mine = sides[OURS]
    if (mine !== null) await put(root, mine.path, mine.entry, async (oid) => await reader.tree(oid))
  }
  return await writeRoot(root, made)
}

/** What stands at a path of bytes; null for nothing, and for a folder. */
async function fileAt(reader: Reader, tree: Oid | null, path: string): Promise<Entry | null> {
  let at: Entry | null = tree === null ? null : { mode: MODE_TREE, oid: tree }
  for (const name of path.split('/')) {
    const entries: TreeEntry[] = at !== null && isTreeMode(at.mode) ? parseTree(await reader.tree(at.oid)) : []
    const found = entries.find((entry) => byteString(entry.name) === name)
    at = found === undefined ? null : { mode: canonicalMode(found.mode), oid: found.oid }
  }
  return at === null || isTreeMode(at.mode) ? null : at
}

function over(made: MadeObjects, objects: ObjectSource): ObjectSource {
  return {
    read: async (oid) => (await made.read(oid)) ?? (await objects.read(oid)),
    has: async (oid) => (await made.has(oid)) || (await objects.has(oid)),
    info: async (oid) => (await made.info(oid)) ?? (await objects.info(oid)),
  }
}
