import { addFile, checkPath, FILE_MODES } from '../import/commit-files.ts'
import { CommitPathError } from '../import/errors.ts'
import type { MadeObjects } from '../import/made-objects.ts'
import {
  emptyFolder,
  enterFolder,
  keyOf,
  type DraftEntry,
  type DraftFolder,
  type ReadTree,
} from '../import/tree-draft.ts'
import { isTreeMode, MODE_FILE, utf8 } from '../object/index.ts'
import { isRegular } from '../view/likeness.ts'
import type { Entry } from '../view/reader.ts'
import type { Conflict, Decided, Placed } from './decide.ts'
import { MergeConflictError, MergeResolutionError } from './errors.ts'
import { draftOf } from './trees.ts'
import type { MergeResolution } from './types.ts'
import { byteString, bytesOf, OURS, THEIRS } from './versions.ts'

interface Settled {
  /** As people see it. */
  shown: string
  conflict: Conflict
  /** What a person chose to put where; null for nothing. */
  choice: Placed | null
}

/**
 * The merged tree with what people chose for its conflicts, whose `shown` paths name them. Files that they wrote go into
 * `made`; `tree` opens folders that were not.
 */
export async function resolveConflicts(
  decided: Decided,
  shown: readonly string[],
  resolutions: readonly MergeResolution[],
  made: MadeObjects,
  tree: ReadTree,
): Promise<DraftFolder> {
  const chosen = byPath(shown, resolutions)
  const settled: Settled[] = []
  const unresolved: string[] = []
  /** Folders that give way to a file, and all that is in them. */
  const dropped: string[] = []
  // Sorted by path, so a folder comes before what is in it.
  for (const [n, conflict] of decided.conflicts.entries()) {
    const path = shown[n] as string
    if (dropped.some((folder) => conflict.path.startsWith(`${folder}/`))) continue
    const resolution = chosen.get(path)
    if (resolution === undefined) {
      unresolved.push(path)
      continue
    }
    const choice = await choose(conflict, resolution, made)
    settled.push({ shown: path, conflict, choice })
    if (conflict.reason === 'file-folder' && choice?.path === conflict.path) dropped.push(conflict.path)
  }
  if (unresolved.length > 0) throw new MergeConflictError(unresolved)
  const root = draftOf(decided)
  for (const folder of dropped) await remove(root, folder, tree)
  for (const { conflict } of settled) if (conflict.replaces === true) await remove(root, conflict.path, tree)
  for (const { shown: path, choice } of settled) {
    if (choice !== null && !(await put(root, choice.path, choice.entry, tree)))
      throw new MergeResolutionError(
        path,
        'would be where another file or folder of the merge is. Give it another name',
      )
  }
  return root
}

function byPath(shown: readonly string[], resolutions: readonly MergeResolution[]): Map<string, MergeResolution> {
  const known = new Set(shown)
  const chosen = new Map<string, MergeResolution>()
  for (const resolution of resolutions) {
    if (!known.has(resolution.path)) throw new MergeResolutionError(resolution.path)
    if (chosen.has(resolution.path)) throw new MergeResolutionError(resolution.path, 'is resolved twice. Choose one')
    chosen.set(resolution.path, resolution)
  }
  return chosen
}

async function choose(
  { path, sides, places }: Conflict,
  { path: shown, content, mode, as }: MergeResolution,
  made: MadeObjects,
): Promise<Placed | null> {
  if (content === null) return null
  const elsewhere = as === undefined ? undefined : byteString(utf8(checkPath(as, mode ?? MODE_FILE).join('/')))
  if (content !== 'ours' && content !== 'theirs') {
    const entry = {
      mode: mode ?? usualMode(sides[OURS], sides[THEIRS]),
      oid: await addFile(made, shown, content, mode),
    }
    return { path: elsewhere ?? path, entry }
  }
  const side = content === 'ours' ? OURS : THEIRS
  const entry = sides[side]?.entry
  // A folder stays as it was merged.
  if (entry === undefined || isTreeMode(entry.mode)) return null
  if (mode !== undefined && (!FILE_MODES.includes(mode) || !isFile(entry.mode)))
    throw new CommitPathError(shown, 'has a mode that git does not know')
  return { path: elsewhere ?? places[side], entry: { mode: mode ?? entry.mode, oid: entry.oid } }
}

/** What a text that somebody wrote is: what ours is, else theirs, rather a file than a link. */
function usualMode(...sides: Array<Placed | null>): number {
  const modes = sides.flatMap((side) => (side === null ? [] : [side.entry.mode]))
  return modes.find(isRegular) ?? modes.find(isFile) ?? MODE_FILE
}

function isFile(mode: number): boolean {
  return FILE_MODES.includes(mode)
}

/** False where something is in the way. */
export async function put(root: DraftFolder, path: string, entry: Entry, tree: ReadTree): Promise<boolean> {
  const names = path.split('/').map(bytesOf)
  const last = names.pop() as Uint8Array
  let folder = root
  for (const name of names) {
    const key = keyOf(name)
    const old = folder.entries.get(key)
    const next = old === undefined ? emptyFolder() : await enterFolder(old, tree)
    if (next === null) return false
    if (old === undefined) folder.entries.set(key, { name, node: next })
    folder = next
  }
  if (folder.entries.has(keyOf(last))) return false
  folder.entries.set(keyOf(last), { name: last, node: { ...entry } })
  return true
}

async function remove(root: DraftFolder, path: string, tree: ReadTree): Promise<void> {
  const names = path.split('/').map(bytesOf)
  const last = names.pop() as Uint8Array
  let folder: DraftFolder | null = root
  for (const name of names) {
    const entry: DraftEntry | undefined = folder.entries.get(keyOf(name))
    folder = entry === undefined ? null : await enterFolder(entry, tree)
    if (folder === null) return
  }
  folder.entries.delete(keyOf(last))
}
