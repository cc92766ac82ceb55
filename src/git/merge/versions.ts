import {
  decodeText,
  isSymlinkMode,
  isTreeMode,
  MODE_EXECUTABLE,
  MODE_FILE,
  MODE_GITLINK,
  MODE_SYMLINK,
  MODE_TREE,
} from '../object/index.ts'
import { isRegular } from '../view/likeness.ts'
import type { Entry } from '../view/reader.ts'
import type { MergeConflictReason } from './types.ts'

export const BASE = 0
export const OURS = 1
export const THEIRS = 2
export type Side = typeof OURS | typeof THEIRS
export const SIDES = [OURS, THEIRS] as const

export function otherSide(side: Side): Side {
  return side === OURS ? THEIRS : OURS
}

/** Something of the common ancestor's, of ours and of theirs. */
export type Versions<T> = [base: T, ours: T, theirs: T]

/** A path in at least one of the three trees. All paths in a merge are bytes, a character each: they need not be UTF-8. */
export interface MergePath {
  path: string
  /** What is there that is no folder; a rename brings the versions of the old path here. */
  files: Versions<Entry | null>
  folders: Versions<Entry | null>
  /** Where each version of the file stands: another path for a rename. */
  origins: Versions<string>
  /** The folder that only this side changed: it need not be opened unless a file may have been moved into it. */
  changedBy: Side | null
  /** Decided without a closer look: what is there in the end, null for nothing. */
  result: Entry | null | undefined
  /** A rename brought the base here: it counts as changed, even where the contents are equal. */
  renamed: boolean
  /** What a conflict here is about, where that is how something was moved. */
  reason: MergeConflictReason | null
  /** It is a conflict, whatever the contents are. */
  insisted: boolean
  /** The files as they were before a version was merged with what was in the way. */
  shown: Versions<Entry | null> | null
}

const UNDECIDED = { changedBy: null, result: undefined, renamed: false, reason: null, insisted: false, shown: null }

export function newPath(path: string, versions: Versions<Entry | null>): MergePath {
  const [base, ours, theirs] = versions
  const file = (entry: Entry | null) => (entry !== null && !isTreeMode(entry.mode) ? entry : null)
  const folder = (entry: Entry | null) => (entry !== null && isTreeMode(entry.mode) ? entry : null)
  return {
    path,
    files: [file(base), file(ours), file(theirs)],
    folders: [folder(base), folder(ours), folder(theirs)],
    origins: [path, path, path],
    ...UNDECIDED,
  }
}

const NOTHING: Versions<null> = [null, null, null]
const NO_ORIGINS: Versions<string> = ['', '', '']

/** A path that needs no closer look. Most are such, and share what they do not need. */
export function decidedPath(path: string, result: Entry | null): MergePath {
  return { ...UNDECIDED, path, files: NOTHING, folders: NOTHING, origins: NO_ORIGINS, result }
}

export function sameEntry(a: Entry | null, b: Entry | null): boolean {
  return a !== null && b !== null && a.oid === b.oid && a.mode === b.mode
}

/** File, symbolic link or submodule. */
export function sameType(a: number, b: number): boolean {
  return (a & 0o170000) === (b & 0o170000)
}

/** Of the modes that old trees have (100664 is one) the one that git reads in it, and writes wherever it writes a tree anew. */
export function canonicalMode(mode: number): number {
  if (isTreeMode(mode)) return MODE_TREE
  if (isSymlinkMode(mode)) return MODE_SYMLINK
  if (isRegular(mode)) return (mode & 0o100) === 0 ? MODE_FILE : MODE_EXECUTABLE
  return MODE_GITLINK
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** All folders that a path is in, the nearest first; the root is none of them. */
export function foldersOf(path: string): string[] {
  const folders: string[] = []
  for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder)) folders.push(folder)
  return folders
}

/** Bytes as text of a character each, which can be compared and looked up. */
export function byteString(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

export function bytesOf(path: string): Uint8Array {
  return Uint8Array.from(path, (character) => character.charCodeAt(0))
}

/** A path as people see it, name by name as the tree views show them. */
export function shownPath(path: string): string {
  return path
    .split('/')
    .map((name) => decodeText(bytesOf(name)))
    .join('/')
}
