import type { Oid, RefEntry } from '../../git/index.ts'
import { compareBytes, concatenate } from '../document/digest.ts'
import { MAX_LIST_BYTES } from '../wire/limits.ts'
import { RefsListError } from './errors.ts'
import { refNameProblem } from './names.ts'

export const MAX_REFS = 10_000
/** Values of other writers that one entry may replace: one for each delegate there can be. */
export const MAX_REPLACES = 64
/** In a list: this ref is deleted; in `replaces`: that deletion is undone. */
export const DELETED: Oid = '0'.repeat(40)

/** One ref as its writer signs it. */
export interface SignedRef {
  /** `refs/heads/…` or `refs/tags/…`. */
  name: string
  /** Null: deleted. */
  oid: Oid | null
  /** Values that other writers had when this one was moved, and that it takes the place of; ascending. */
  replaces: Oid[]
}

const OID = /^[0-9a-f]{40}$/
const encoder = new TextEncoder()
const NUL = 0
const LF = 10

/**
 * The bytes that a header hashes: for each ref, ascending by the bytes of its name, `name NUL oid (SP oid)* LF`. Throws
 * `RefsListError` where names clash or a limit is passed.
 */
export function encodeRefsList(refs: SignedRef[]): Uint8Array<ArrayBuffer> {
  const sorted = refs
    .map((ref) => ({ ref, name: encoder.encode(ref.name) }))
    .sort((a, b) => compareBytes(a.name, b.name))
  const bytes = concatenate(
    sorted.flatMap(({ ref, name }) => {
      const oids = [ref.oid ?? DELETED, ...[...new Set(ref.replaces)].sort()]
      return [name, encoder.encode(`\0${oids.join(' ')}\n`)]
    }),
  )
  decodeRefsList(bytes)
  return bytes
}

/** Throws `RefsListError` unless `bytes` is the one encoding of a list within the limits. */
export function decodeRefsList(bytes: Uint8Array): SignedRef[] {
  if (bytes.byteLength > MAX_LIST_BYTES) throw new RefsListError('', `is longer than ${MAX_LIST_BYTES} bytes`)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const refs: SignedRef[] = []
  let previous: Uint8Array = new Uint8Array(0)
  for (let start = 0; start < bytes.byteLength;) {
    if (refs.length === MAX_REFS) throw new RefsListError('', `has more than ${MAX_REFS} refs`)
    const nul = bytes.indexOf(NUL, start)
    const end = nul < 0 ? -1 : bytes.indexOf(LF, nul)
    if (end < 0) throw new RefsListError('', 'is cut off')
    const nameBytes = bytes.subarray(start, nul)
    if (compareBytes(nameBytes, previous) <= 0) throw new RefsListError('', 'is not sorted')
    refs.push(decodeRef(decodeText(decoder, nameBytes), decodeText(decoder, bytes.subarray(nul + 1, end))))
    previous = nameBytes
    start = end + 1
  }
  checkConflicts(refs)
  return refs
}

/** The refs of a list that name something, as the store keeps them for reachability. */
export function entriesOf(refs: SignedRef[]): RefEntry[] {
  return refs.flatMap(({ name, oid }) => (oid == null ? [] : [{ name, oid }]))
}

function decodeText(decoder: TextDecoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) throw new RefsListError('', 'has a name that is not UTF-8')
    throw error
  }
}

function decodeRef(name: string, values: string): SignedRef {
  const problem = refNameProblem(name)
  if (problem != null) throw new RefsListError(printable(name), problem)
  const [oid, ...replaces] = values.split(' ')
  if (oid == null || !OID.test(oid) || !replaces.every((value) => OID.test(value))) {
    throw new RefsListError(name, 'has an object id that is none')
  }
  if (replaces.length > MAX_REPLACES) throw new RefsListError(name, `replaces more than ${MAX_REPLACES} values`)
  if (replaces.some((value, i) => i > 0 && value <= (replaces[i - 1] as string))) {
    throw new RefsListError(name, 'replaces values that are not sorted')
  }
  return { name, oid: oid === DELETED ? null : oid, replaces }
}

/** git keeps `a` and `a/b` in one place: only one of them can exist. */
function checkConflicts(refs: SignedRef[]): void {
  const names = new Set(refs.filter(({ oid }) => oid != null).map(({ name }) => name))
  for (const name of names) {
    const blocked = prefixes(name).find((prefix) => names.has(prefix))
    if (blocked != null) throw new RefsListError(name, `cannot exist beside ${blocked}`)
  }
}

/** `refs/heads/a/b` → `refs/heads/a`: the names that cannot exist beside it. */
export function prefixes(name: string): string[] {
  const parts = name.split('/')
  return parts.slice(3).map((_, i) => parts.slice(0, i + 3).join('/'))
}

/** A hostile name must not reach an error's text as it is. */
function printable(name: string): string {
  return JSON.stringify(name.slice(0, 80)).replace(/[^\x20-\x7e]/g, '?')
}
