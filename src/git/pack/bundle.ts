import { asciiText, decodeStrict, decodeText, LF, utf8 } from '../object/bytes.ts'
import { isOid } from '../object/oid.ts'
import { checkRefName } from '../object/ref-name.ts'
import type { Oid, RefEntry } from '../types.ts'
import {
  BundleCapabilityError,
  BundleError,
  BundleFormatError,
  BundleTooLargeError,
  NotABundleError,
  PartialBundleError,
} from './bundle-errors.ts'

/**
 * Bundles of version 2 and 3 (gitformat-bundle): a line with the version, capabilities `@key[=value]` (version 3),
 * prerequisites `-oid comment`, refs `oid name`, an empty line, a pack.
 */

/** Longest header that is read: 100,000 refs of ordinary length. */
export const MAX_BUNDLE_HEADER_BYTES = 16 * 1024 * 1024
const MAX_LINE_BYTES = 64 * 1024

export interface BundleHeader {
  version: 2 | 3
  /** Commits that the reader must have; their comments are for people. */
  prerequisites: Array<{ oid: Oid; comment: string }>
  /** All refs, in the file's order, `HEAD` left out. */
  refs: RefEntry[]
  /** What `HEAD` names, if it is in the bundle. Its branch is not told: see `guessHead`. */
  head: Oid | null
  /** Where the pack begins. */
  packAt: number
}

const SIGNATURES = [utf8('# v2 git bundle\n'), utf8('# v3 git bundle\n')] as const

/**
 * The header at the beginning of `bytes`, or null if it does not end within them: call again with more. Throws a
 * `BundleError` as soon as it is certain that this is no bundle that can be opened.
 */
export function parseBundleHeader(bytes: Uint8Array): BundleHeader | null {
  const version = versionOf(bytes)
  if (version === null) return null
  const header: BundleHeader = { version, prerequisites: [], refs: [], head: null, packAt: 0 }
  for (let at = SIGNATURES[0].length; ;) {
    const end = bytes.indexOf(LF, at)
    if (end < 0) {
      if (bytes.length - at > MAX_LINE_BYTES) throw new BundleError()
      if (bytes.length > MAX_BUNDLE_HEADER_BYTES) throw new BundleTooLargeError()
      return null
    }
    if (end > MAX_BUNDLE_HEADER_BYTES) throw new BundleTooLargeError()
    if (end === at) {
      header.packAt = end + 1
      return header
    }
    parseLine(bytes.subarray(at, end), header)
    at = end + 1
  }
}

function versionOf(bytes: Uint8Array): 2 | 3 | null {
  const candidates = SIGNATURES.map((signature) => signature.every((byte, i) => i >= bytes.length || bytes[i] === byte))
  if (!candidates.includes(true)) throw new NotABundleError()
  if (bytes.length < SIGNATURES[0].length) return null
  return candidates[0] === true ? 2 : 3
}

function parseLine(line: Uint8Array, header: BundleHeader): void {
  const first = line[0]
  if (first === 0x40 && header.version === 3) {
    // They stand before everything else.
    if (header.refs.length > 0 || header.head !== null || header.prerequisites.length > 0) throw new BundleError()
    checkCapability(decodeText(line.subarray(1)))
    return
  }
  const prerequisite = first === 0x2d
  const oidAt = prerequisite ? 1 : 0
  const oid = asciiText(line, oidAt, Math.min(line.length, oidAt + 40))
  const after = line[oidAt + 40]
  if (/^[0-9a-f]{64}$/.test(asciiText(line, oidAt, Math.min(line.length, oidAt + 64)))) throw new BundleFormatError()
  if (!isOid(oid)) throw new BundleError()
  if (prerequisite) {
    // git leaves the space out where there is no comment.
    if (header.refs.length > 0 || header.head !== null || (after !== undefined && after !== 0x20))
      throw new BundleError()
    header.prerequisites.push({ oid, comment: decodeText(line.subarray(oidAt + 41)) })
    return
  }
  const name = decodeStrict(line.subarray(41))
  if (after !== 0x20 || name === undefined || name === '') throw new BundleError()
  if (name === 'HEAD') header.head = oid
  // git names what was given on its command line: anything that is no ref is not for us.
  else if (checkRefName(name) === null) header.refs.push({ name, oid })
}

function checkCapability(capability: string): void {
  const [key, value] = capability.split(/=(.*)/s)
  if (key === 'object-format') {
    if (value !== 'sha1') throw new BundleFormatError(value)
  } else if (key === 'filter') throw new PartialBundleError(value)
  else throw new BundleCapabilityError(capability)
}

/**
 * The branch that HEAD most likely names: a bundle has only its oid. `main` or `master` where they are at it, else the first
 * branch that is, else null (detached).
 */
export function guessHead(header: Pick<BundleHeader, 'refs' | 'head'>): string | null {
  const branches = header.refs.filter((ref) => ref.name.startsWith('refs/heads/'))
  const usual = ['refs/heads/main', 'refs/heads/master']
  const preferred = (refs: RefEntry[]): string | null =>
    usual.find((name) => refs.some((ref) => ref.name === name)) ?? refs[0]?.name ?? null
  if (header.head === null) return preferred(branches)
  return preferred(branches.filter((ref) => ref.oid === header.head))
}

/** The header of a bundle of version 2 without prerequisites: a whole pack follows it. */
export function encodeBundleHeader(refs: readonly RefEntry[], head: Oid | null): Uint8Array<ArrayBuffer> {
  const lines = refs.map(({ name, oid }) => `${oid} ${name}\n`)
  // Stock git clones a bundle whose HEAD is there and checks that branch out.
  if (head !== null) lines.unshift(`${head} HEAD\n`)
  return utf8(`# v2 git bundle\n${lines.join('')}\n`)
}
