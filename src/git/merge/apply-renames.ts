import { isRegular } from '../view/likeness.ts'
import type { FileMerger } from './merge-file.ts'
import type { SideRenames } from './renames.ts'
import type { MergeConflictReason } from './types.ts'
import { BASE, foldersOf, otherSide, OURS, sameEntry, SIDES, THEIRS, type MergePath, type Side } from './versions.ts'
import type { Walked } from './walk.ts'

/** A file that both sides renamed, each to another name. */
export interface TwoNames {
  base: MergePath
  ours: MergePath
  theirs: MergePath
}

/**
 * Brings the versions of a renamed file together under its new name, and marks what renames make a conflict
 * (merge-ort.c, `process_renames`).
 */
export async function applyRenames(
  { paths, sides }: Walked,
  renames: Record<Side, SideRenames>,
  merger: FileMerger,
): Promise<TwoNames[]> {
  const twoNames: TwoNames[] = []
  const old = [...new Set([...renames[OURS].pairs.keys(), ...renames[THEIRS].pairs.keys()])].sort()
  for (const path of old) {
    const from = paths.get(path)
    if (from === undefined || from.result !== undefined) continue
    const [ours, theirs] = SIDES.map((side) => target(paths, from, side, renames[side])) as [MergePath?, MergePath?]
    const unsure = renames[OURS].unsure.has(path) || renames[THEIRS].unsure.has(path)
    if (ours !== undefined && theirs !== undefined) {
      if (ours === theirs) sameName(from, ours, unsure)
      else twoNames.push({ base: from, ours, theirs })
    } else if (ours !== undefined) await oneName(from, ours, OURS, merger)
    else if (theirs !== undefined) await oneName(from, theirs, THEIRS, merger)
    else if (unsure && from.files[OURS] === null && from.files[THEIRS] === null) insist(from, 'rename-delete')
  }
  for (const side of SIDES) {
    for (const { path } of sides[side].added) {
      const at = paths.get(path)
      if (at === undefined || !foldersOf(path).some((folder) => renames[otherSide(side)].movedFrom.has(folder)))
        continue
      insist(at, 'folder-rename')
    }
  }
  return twoNames
}

/** Where a side has the file now. What is unsure counts only where any choice is a conflict: the other side has deleted it. */
function target(
  paths: Walked['paths'],
  from: MergePath,
  side: Side,
  { pairs, unsure }: SideRenames,
): MergePath | undefined {
  const to = pairs.get(from.path)
  if (to === undefined || (unsure.has(from.path) && from.files[otherSide(side)] !== null)) return undefined
  return paths.get(to)
}

/** Both sides gave it the same new name. */
function sameName(from: MergePath, to: MergePath, unsure: boolean): void {
  to.files[BASE] = from.files[BASE]
  to.origins[BASE] = from.path
  if (unsure) insist(to, 'rename-rename')
  from.result = null
}

async function oneName(from: MergePath, to: MergePath, side: Side, merger: FileMerger): Promise<void> {
  const other = otherSide(side)
  const [theirs, mine] = [from.files[other], to.files[side]]
  const retyped = theirs !== null && mine !== null && isRegular(theirs.mode) !== isRegular(mine.mode)
  if (to.files[other] !== null && !retyped) {
    // Another file of the new name is in the way.
    if (theirs === null) insist(to, 'rename-add')
    else {
      to.reason = 'rename-add'
      to.shown = [...to.files]
      to.files[side] = await merger.beforeCollision(from, to, side)
      // git takes the merge of one for both if both are there alike, and loses what was in the way.
      const [, ours, theirs] = to.shown
      if (sameEntry(ours, theirs) && !sameEntry(to.files[side], ours)) insist(to, 'rename-add')
    }
    from.result = null
    return
  }
  to.files[BASE] = from.files[BASE]
  to.origins[BASE] = from.path
  to.renamed = true
  if (retyped) from.files[BASE] = null
  else {
    if (theirs === null) insist(to, 'rename-delete')
    else {
      to.files[other] = theirs
      to.origins[other] = from.path
    }
    from.result = null
  }
}

/** A conflict, whatever the contents are. */
export function insist(at: MergePath, reason: MergeConflictReason): void {
  at.reason ??= reason
  at.insisted = true
}
