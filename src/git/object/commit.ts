import { ObjectFormatError } from '../pack/errors.ts'
import type { Oid } from '../types.ts'
import { asciiText, concat, LF, utf8 } from './bytes.ts'
import { parseHeaders, writeHeader, type Header } from './headers.ts'
import { hexAt, isOid, OID_BYTES, toHex } from './oid.ts'
import { parseSignature, type Signature } from './person.ts'

export interface Commit {
  tree: Oid
  parents: Oid[]
  author: Signature
  committer: Signature
  /** What follows the committer, in order: `gpgsig`, `mergetag`, `encoding` and whatever else. */
  headers: Header[]
  /** The `encoding` header: of names and message, UTF-8 without it. */
  encoding?: string
  message: Uint8Array
}

const TREE = utf8('tree ')
const PARENT = utf8('parent ')
const OID_DIGITS = 2 * OID_BYTES

export function startsWith(bytes: Uint8Array, prefix: Uint8Array, at = 0): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[at + i] !== prefix[i]) return false
  return true
}

/**
 * The links of a commit: its tree and parents, as bytes, through one buffer that the caller must not keep. Throws
 * `ObjectFormatError` where they cannot be read; the rest is not looked at.
 *
 * @returns where the headers after the parents begin
 */
export function scanCommit(bytes: Uint8Array, link: (oid: Uint8Array, parent: boolean) => void): number {
  const oid = new Uint8Array(OID_BYTES)
  let at = TREE.length + OID_DIGITS + 1
  if (!startsWith(bytes, TREE) || !hexAt(bytes, TREE.length, oid, 0) || bytes[at - 1] !== LF) {
    throw new ObjectFormatError('A commit does not begin with its tree.')
  }
  link(oid, false)
  while (startsWith(bytes, PARENT, at)) {
    if (!hexAt(bytes, at + PARENT.length, oid, 0) || bytes[at + PARENT.length + OID_DIGITS] !== LF) {
      throw new ObjectFormatError('A commit names a parent that is no object id.')
    }
    link(oid, true)
    at += PARENT.length + OID_DIGITS + 1
  }
  return at
}

/** Throws `ObjectFormatError` where tree or parents cannot be read; everything else is taken as it comes. */
export function parseCommit(bytes: Uint8Array): Commit {
  let tree: Oid = ''
  const parents: Oid[] = []
  const rest = scanCommit(bytes, (oid, parent) => {
    if (parent) parents.push(toHex(oid))
    else tree = toHex(oid)
  })
  const headers: Header[] = []
  const message = bytes.subarray(parseHeaders(bytes, rest, headers))
  const author = take(headers, 'author')
  const committer = take(headers, 'committer')
  const encoding = headers.find((header) => header.name === 'encoding')?.value
  return {
    tree,
    parents,
    author: parseSignature(author),
    committer: parseSignature(committer),
    headers,
    ...(encoding === undefined ? {} : { encoding: asciiText(encoding, 0, Math.min(encoding.length, 64)) }),
    message,
  }
}

/** The bytes of a commit: exactly those that were parsed, for any commit that git wrote. */
export function serializeCommit(commit: Omit<Commit, 'encoding'>): Uint8Array<ArrayBuffer> {
  for (const oid of [commit.tree, ...commit.parents]) {
    if (!isOid(oid)) throw new ObjectFormatError('A commit needs object ids for its tree and parents.')
  }
  return concat([
    utf8(`tree ${commit.tree}\n`),
    ...commit.parents.map((parent) => utf8(`parent ${parent}\n`)),
    writeHeader('author', commit.author.raw),
    writeHeader('committer', commit.committer.raw),
    ...commit.headers.map((header) => writeHeader(header.name, header.value)),
    new Uint8Array([LF]),
    commit.message,
  ])
}

function take(headers: Header[], name: string): Uint8Array {
  const index = headers.findIndex((header) => header.name === name)
  if (index < 0) return new Uint8Array(0)
  const [header] = headers.splice(index, 1)
  return header?.value ?? new Uint8Array(0)
}
