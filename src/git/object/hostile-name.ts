import { decodeStrict } from './bytes.ts'
import { isSymlinkMode } from './tree.ts'

/**
 * Names that git refuses to check out (`verify_path`, `fsck`: protectHFS and protectNTFS on, wherever we run), and those
 * that would lie to the reader of a page. What they mark is shown inert.
 */

/** Bits of what a byte in a name may lead to; most names have none and are done at once. */
const CONTROL = 1
const SEPARATOR = 2
const WIDE = 4
const CLASS = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) {
  if (byte < 0x20 || byte === 0x7f) CLASS[byte] = CONTROL
  else if (byte === 0x2f || byte === 0x5c) CLASS[byte] = SEPARATOR
  else if (byte >= 0x80) CLASS[byte] = WIDE
}

/** Code points that HFS+ ignores when it compares names (utf8.c, `next_hfs_char`). */
const HFS_IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g
/** Marks, embeddings, overrides and isolates that reorder what is shown (UAX #9). */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/
const C1_CONTROL = /[\u0080-\u009f\u2028\u2029]/
/** Files that git reads from the tree as configuration: as symlinks they would be read from elsewhere. */
const CONFIGURATION = /^\.git(modules|attributes|ignore)$|^\.mailmap$/i

/**
 * Why the name of a tree entry is hostile, in words that follow "this name", or null. `mode` is the entry's.
 */
export function hostileName(name: Uint8Array, mode: number): string | null {
  return hostileNameAt(name, 0, name.length, mode)
}

/** The same for `bytes[from, to)`, without a view of it. */
export function hostileNameAt(bytes: Uint8Array, from: number, to: number, mode: number): string | null {
  if (from >= to) return 'is empty'
  let kinds = 0
  for (let i = from; i < to; i++) kinds |= CLASS[bytes[i] as number] as number
  const first = bytes[from] as number
  // '.' or 'g' or 'G' can begin an alias of .git; nothing else without wide characters can.
  if (kinds === 0 && first !== 0x2e && (first | 0x20) !== 0x67 && !isSymlinkMode(mode)) return null
  if ((kinds & CONTROL) !== 0) return 'contains control characters'
  if ((kinds & SEPARATOR) !== 0) return 'contains a slash or backslash'
  const name = bytes.subarray(from, to)
  // Names that are not UTF-8 are odd, not hostile; what is not ASCII in them counts as a letter.
  return hostileText((kinds & WIDE) === 0 ? String.fromCharCode(...name.subarray(0, 512)) : decodeLoosely(name), mode)
}

function decodeLoosely(name: Uint8Array): string {
  return (
    decodeStrict(name) ??
    Array.from(name.subarray(0, 512), (byte) => (byte < 0x80 ? String.fromCharCode(byte) : '\ufffd')).join('')
  )
}

function hostileText(text: string, mode: number): string | null {
  if (text === '.' || text === '..') return 'leads out of its folder'
  if (C1_CONTROL.test(text)) return 'contains control characters'
  if (isDotGit(text)) return 'is an alias of .git'
  if (BIDI.test(text)) return 'contains characters that change the direction of text'
  if (isSymlinkMode(mode) && CONFIGURATION.test(ntfsBase(text.replace(HFS_IGNORED, '')))) {
    return "is a symbolic link in place of git's configuration"
  }
  return null
}

/** `.git` to git, HFS+ or NTFS. */
export function isDotGit(name: string): boolean {
  const hfs = name.replace(HFS_IGNORED, '')
  return /^(\.git|git~1)$/i.test(ntfsBase(hfs))
}

/** NTFS drops dots and spaces at the end and what follows a colon (streams: `.git::$INDEX_ALLOCATION`). */
function ntfsBase(name: string): string {
  const colon = name.indexOf(':')
  return (colon < 0 ? name : name.slice(0, colon)).replace(/[. ]+$/, '')
}

/**
 * Why a symbolic link's target is hostile, or null: absolute, with a backslash or drive letter, into `.git`, or out of the
 * tree. `depth` is the number of folders above the link: 0 in the root.
 */
export function hostileTarget(target: Uint8Array, depth: number): string | null {
  if (target.length === 0) return 'has no target'
  const text = decodeLoosely(target)
  if (target.some((byte) => CLASS[byte] === CONTROL)) return 'has control characters in its target'
  if (C1_CONTROL.test(text) || BIDI.test(text)) return 'has a target with characters that change how it reads'
  if (text.startsWith('/') || text.includes('\\') || /^[A-Za-z]:/.test(text)) return 'leads out of the repository'
  let level = depth
  for (const part of text.split('/')) {
    if (part === '..') level--
    else if (part !== '' && part !== '.') level++
    if (level < 0) return 'leads out of the repository'
    if (isDotGit(part)) return 'leads into .git'
  }
  return null
}
