import { ObjectFormatError } from '../pack/errors.ts'
import type { Oid } from '../types.ts'
import { concat, SPACE, utf8 } from './bytes.ts'
import { fromHex, isOid, OID_BYTES, toHex } from './oid.ts'

export const MODE_TREE = 0o040000
export const MODE_FILE = 0o100644
export const MODE_EXECUTABLE = 0o100755
export const MODE_SYMLINK = 0o120000
export const MODE_GITLINK = 0o160000
const MODE_FORMAT = 0o170000

/** One entry of a tree. Its bytes are views into the tree's. */
export class TreeEntry {
  readonly mode: number
  readonly name: Uint8Array
  /** 20 bytes. */
  readonly oidBytes: Uint8Array
  constructor(mode: number, name: Uint8Array, oidBytes: Uint8Array) {
    this.mode = mode
    this.name = name
    this.oidBytes = oidBytes
  }
  get oid(): Oid {
    return toHex(this.oidBytes)
  }
  get isTree(): boolean {
    return isTreeMode(this.mode)
  }
  /** A submodule: it names a commit of another repository. */
  get isGitlink(): boolean {
    return isGitlinkMode(this.mode)
  }
}

export function isTreeMode(mode: number): boolean {
  return (mode & MODE_FORMAT) === MODE_TREE
}
export function isGitlinkMode(mode: number): boolean {
  return (mode & MODE_FORMAT) === MODE_GITLINK
}
export function isSymlinkMode(mode: number): boolean {
  return (mode & MODE_FORMAT) === MODE_SYMLINK
}

/**
 * Calls `visit` for each entry with its mode, where its name is and where its oid begins; no allocation. Throws
 * `ObjectFormatError` where the bytes are no tree.
 */
export function scanTree(
  bytes: Uint8Array,
  visit: (mode: number, nameStart: number, nameEnd: number, oidAt: number) => void,
): void {
  let at = 0
  while (at < bytes.length) {
    let mode = 0
    const start = at
    for (;;) {
      const byte = bytes[at++]
      if (byte === SPACE && at > start + 1) break
      if (byte === undefined || byte < 0x30 || byte > 0x37 || at > start + 7) {
        throw new ObjectFormatError('A tree has an entry without a mode.')
      }
      mode = mode * 8 + (byte - 0x30)
    }
    const nameEnd = bytes.indexOf(0, at)
    const oidAt = nameEnd + 1
    if (nameEnd <= at || oidAt + OID_BYTES > bytes.length) throw new ObjectFormatError('A tree ends within an entry.')
    visit(mode, at, nameEnd, oidAt)
    at = oidAt + OID_BYTES
  }
}

/** The entries in the tree's own order. Throws `ObjectFormatError` where the bytes are no tree. */
export function* treeEntries(bytes: Uint8Array): Generator<TreeEntry, void, undefined> {
  let at = 0
  while (at < bytes.length) {
    const space = bytes.indexOf(SPACE, at)
    const nameEnd = space < 0 ? -1 : bytes.indexOf(0, space)
    const oidAt = nameEnd + 1
    if (space - at < 1 || space - at > 7 || nameEnd <= space + 1 || oidAt + OID_BYTES > bytes.length) {
      throw new ObjectFormatError('A tree ends within an entry.')
    }
    let mode = 0
    for (; at < space; at++) {
      const digit = (bytes[at] as number) - 0x30
      if (digit < 0 || digit > 7) throw new ObjectFormatError('A tree has an entry without a mode.')
      mode = mode * 8 + digit
    }
    yield new TreeEntry(mode, bytes.subarray(space + 1, nameEnd), bytes.subarray(oidAt, oidAt + OID_BYTES))
    at = oidAt + OID_BYTES
  }
}

export function parseTree(bytes: Uint8Array): TreeEntry[] {
  return [...treeEntries(bytes)]
}

/** git's order: bytewise, as if the names of trees ended in `/`. */
export function compareTreeNames(a: Uint8Array, aIsTree: boolean, b: Uint8Array, bIsTree: boolean): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  const afterA = length < a.length ? (a[length] as number) : aIsTree ? 0x2f : 0
  const afterB = length < b.length ? (b[length] as number) : bIsTree ? 0x2f : 0
  return afterA - afterB
}

/** The bytes of a tree, sorted as git sorts. Throws `ObjectFormatError` for a name twice, empty, or with `/` or NUL. */
export function serializeTree(
  entries: Iterable<{ mode: number; name: Uint8Array; oid: Oid }>,
): Uint8Array<ArrayBuffer> {
  const sorted = [...entries].sort((a, b) => compareTreeNames(a.name, isTreeMode(a.mode), b.name, isTreeMode(b.mode)))
  const names = new Set<string>()
  const parts: Uint8Array[] = []
  for (const { mode, name, oid } of sorted) {
    if (name.length === 0 || name.includes(0) || name.includes(0x2f)) {
      throw new ObjectFormatError('A name in a tree is empty or contains a slash or NUL.')
    }
    if (!isOid(oid)) throw new ObjectFormatError('An entry of a tree needs an object id.')
    // A file and a folder of one name do not sort side by side, so neighbours are not enough.
    const key = name.join()
    if (names.has(key)) throw new ObjectFormatError('A tree has two entries of one name.')
    names.add(key)
    parts.push(utf8(`${mode.toString(8)} `), name, new Uint8Array(1), fromHex(oid))
  }
  return concat(parts)
}
