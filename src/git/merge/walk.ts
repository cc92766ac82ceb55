import { isTreeMode, toHex, scanTree } from '../object/index.ts'
import { ObjectFormatError } from '../pack/errors.ts'
import type { Oid } from '../types.ts'
import { TreeTooDeepError } from '../view/errors.ts'
import type { Entry, Reader } from '../view/reader.ts'
import { Steps } from '../view/steps.ts'
import { MAX_TREE_DEPTH } from '../view/tree-diff.ts'
import { MergeTooLargeError } from './errors.ts'
import {
  BASE,
  byteString,
  canonicalMode,
  decidedPath,
  folderOf,
  newPath,
  otherSide,
  OURS,
  sameEntry,
  SIDES,
  THEIRS,
  type MergePath,
  type Side,
  type Versions,
} from './versions.ts'

/** Files and folders that are looked at, which is more than differ: some 300 bytes each. All of Linux is less. */
export const MAX_MERGE_PATHS = 100_000

/** Bytes of all their paths: 300 each, which only names made for it come to. */
export const MAX_PATH_BYTES = 32 << 20

/** A file that may have been moved, or be where one was moved to. */
export interface Movable {
  path: string
  entry: Entry
}

/** What one side did, as far as it may be renames. */
export interface SideChanges {
  /** Files that it no longer has. */
  gone: Movable[]
  /** Files that it has and the base has not. */
  added: Movable[]
  /**
   * Those of `gone` whose new place has to be known: for the other side changed or deleted their contents, or only for it added
   * a file to a folder that this side no longer has.
   */
  relevant: Map<string, 'contents' | 'folder'>
  /**
   * Folders that it no longer has, and what their new place is needed for: nothing, one that they are in, or themselves, because
   * the other side added a file to them.
   */
  removed: Map<string, 'nothing' | 'parent' | 'itself'>
}

export interface Walked {
  paths: Map<string, MergePath>
  sides: Record<Side, SideChanges>
  /** git would begin again after the renames are known, and then leave closed the folders that no file was moved into. */
  reopened: boolean
}

/**
 * Walks three trees (null is the empty one) at once, into what differs. A folder that only one side changed is opened only if
 * that side may have moved a file into it (git's merge-ort.c, `collect_merge_info`).
 */
export async function walkTrees(reader: Reader, trees: Versions<Oid | null>, signal?: AbortSignal): Promise<Walked> {
  const walk = new MergeWalk(reader, signal)
  await walk.run(trees)
  return walk
}

/** Whether renames out of a folder have to be known: `Side` is who still has the folder, and makes it `needed` by adding to it. */
type Need = 'no' | Side | 'needed'

interface Deferred {
  at: MergePath
  need: Need
}

class MergeWalk implements Walked {
  readonly paths = new Map<string, MergePath>()
  readonly sides = { [OURS]: noChanges(), [THEIRS]: noChanges() }
  reopened = false
  readonly #reader: Reader
  readonly #steps: Steps
  readonly #deferred: Record<Side, Deferred[]> = { [OURS]: [], [THEIRS]: [] }
  readonly #mayDefer = { [OURS]: true, [THEIRS]: true }
  #bytes = 0

  constructor(reader: Reader, signal?: AbortSignal) {
    this.#reader = reader
    this.#steps = new Steps({ signal })
  }

  async run(trees: Versions<Oid | null>): Promise<void> {
    await this.#folder(trees, '', 'no', 0)
    const before = this.paths.size
    let opened = false
    for (const side of SIDES) {
      const closed = this.sides[side].relevant.size === 0
      this.#mayDefer[side] = closed
      opened ||= !closed
      for (const { at, need } of this.#deferred[side]) {
        if (closed) at.result = at.folders[side] ?? at.files[side]
        else await this.#enter(at, need)
      }
    }
    // git's `wanted_factor`: the second time pays off where much was opened.
    this.reopened = opened && Math.floor(this.paths.size / before) >= 3
  }

  async #enter({ path, folders }: MergePath, need: Need): Promise<void> {
    const [base, ours, theirs] = folders
    const depth = path.split('/').length
    await this.#folder([base?.oid ?? null, ours?.oid ?? null, theirs?.oid ?? null], `${path}/`, need, depth)
  }

  async #folder(trees: Versions<Oid | null>, prefix: string, need: Need, depth: number): Promise<void> {
    if (depth > MAX_TREE_DEPTH) throw new TreeTooDeepError(MAX_TREE_DEPTH)
    if (this.#steps.due) await this.#steps.next()
    const names = await this.#names(trees)
    if (need === OURS || need === THEIRS) {
      for (const versions of names.values()) if (onlyFileOf(versions) === need) need = 'needed'
    }
    for (const [name, versions] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
      await this.#path(prefix + name, versions, need)
    }
  }

  async #names(trees: Versions<Oid | null>): Promise<Map<string, Versions<Entry | null>>> {
    const names = new Map<string, Versions<Entry | null>>()
    for (const version of [BASE, OURS, THEIRS] as const) {
      const tree = trees[version]
      if (tree === null) continue
      const bytes = await this.#reader.tree(tree)
      scanTree(bytes, (mode, start, end, oidAt) => {
        const name = byteString(bytes.subarray(start, end))
        const versions = names.get(name) ?? [null, null, null]
        if (versions[version] !== null) throw new ObjectFormatError(`Tree ${tree} has two entries of one name.`)
        versions[version] = { mode: canonicalMode(mode), oid: toHex(bytes, oidAt) }
        names.set(name, versions)
      })
    }
    return names
  }

  async #path(path: string, versions: Versions<Entry | null>, need: Need): Promise<void> {
    if (this.paths.size >= MAX_MERGE_PATHS) throw new MergeTooLargeError('files are to be compared', MAX_MERGE_PATHS)
    this.#bytes += path.length
    if (this.#bytes > MAX_PATH_BYTES) throw new MergeTooLargeError('bytes of names are to be compared', MAX_PATH_BYTES)
    const [base, ours, theirs] = versions
    const [oursSame, theirsSame] = [sameEntry(ours, base), sameEntry(theirs, base)]
    const oneChange = oursSame || theirsSame || sameEntry(ours, theirs)
    if ((oursSame && theirsSame) || (oneChange && versions.every(isFile))) {
      this.paths.set(path, decidedPath(path, oursSame ? theirs : ours))
      return
    }
    const at = newPath(path, versions)
    this.paths.set(path, at)
    const inner = needWithin(at, need)
    this.#note(at, inner)
    if (at.folders.every((folder) => folder === null)) return
    at.changedBy = oursSame ? THEIRS : theirsSame ? OURS : onlyVersion(versions)
    if (inner !== 'needed' && at.changedBy !== null && this.#mayDefer[at.changedBy]) {
      this.#deferred[at.changedBy].push({ at, need: inner })
    } else await this.#enter(at, inner)
  }

  /** What rename detection has to know of the path. */
  #note({ path, files, folders }: MergePath, need: Need): void {
    if (folders[BASE] !== null && (folders[OURS] === null || folders[THEIRS] === null)) {
      for (const side of SIDES) {
        if (folders[side] === null) this.sides[side].removed.set(path, need === 'needed' ? 'parent' : 'nothing')
      }
    }
    const adder = onlyFileOf(files)
    if (need === 'needed' && adder !== null) this.sides[otherSide(adder)].removed.set(folderOf(path), 'itself')
    for (const side of SIDES) {
      const [entry, base] = [files[side], files[BASE]]
      const { gone, added, relevant } = this.sides[side]
      if (base === null && entry !== null) added.push({ path, entry })
      if (base === null || entry !== null) continue
      gone.push({ path, entry: base })
      if (!sameEntry(files[otherSide(side)], base)) relevant.set(path, 'contents')
      else if (need === 'needed') relevant.set(path, 'folder')
    }
  }
}

function noChanges(): SideChanges {
  return { gone: [], added: [], relevant: new Map(), removed: new Map() }
}

/** Within a folder that one side removed, what the other side adds makes renames needed, and then for all folders in it too. */
function needWithin({ folders }: MergePath, need: Need): Need {
  if (need === 'needed' || folders[BASE] === null) return need
  const [, ours, theirs] = folders
  if (ours !== null && theirs === null) return OURS
  if (ours === null && theirs !== null) return THEIRS
  return need
}

function isFile(entry: Entry | null): boolean {
  return entry !== null && !isTreeMode(entry.mode)
}

/** The side that has a file where the base and the other side have none. */
function onlyFileOf(versions: Versions<Entry | null>): Side | null {
  const [base, ours, theirs] = versions.map(isFile)
  if (base === true || ours === theirs) return null
  return ours === true ? OURS : THEIRS
}

function onlyVersion([base, ours, theirs]: Versions<Entry | null>): Side | null {
  if (base !== null || (ours === null) === (theirs === null)) return null
  return ours === null ? THEIRS : OURS
}
