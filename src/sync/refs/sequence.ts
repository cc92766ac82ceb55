import { sameBytes } from '../document/digest.ts'
import { HeaderError } from './errors.ts'
import type { OpenedHeader } from './header.ts'

/** Milliseconds that a header's sequence may be ahead of the clock: clocks differ, and a sequence can never be taken back. */
export const MAX_SEQUENCE_AHEAD = 24 * 60 * 60 * 1000

/** The sequence of a writer's next header. Throws `HeaderError` where others would refuse it. */
export function nextSequence(highestSeen: number | null, now: number = Date.now()): number {
  const sequence = Math.max((highestSeen ?? 0) + 1, now)
  if (!Number.isSafeInteger(sequence) || sequence > now + MAX_SEQUENCE_AHEAD) {
    throw new HeaderError('the last one of this device is dated more than a day ahead; set the clock right')
  }
  return sequence
}

/** What is known of a header's writer in this repository. */
export interface WriterRecord {
  /** Of any header whose signature held, even if its objects never came. */
  highestSeen: number
  /** Hash of the header at `highestSeen`; null where it was not kept. */
  highestHash: Uint8Array | null
  /** The header whose objects are here; null where there is none. */
  held: { sequence: number; hash: Uint8Array } | null
}

export type HeaderVerdict =
  /** New, or seen before but its objects are not here: fetch them. */
  | { kind: 'accept' }
  /** Held already. */
  | { kind: 'duplicate' }
  /** Older than what this writer signed since. */
  | { kind: 'stale'; highestSeen: number }
  /** The writer signed two headers with one sequence: keep both, show it, follow neither. `other` is the known one's hash. */
  | { kind: 'equivocation'; other: Uint8Array }
  /** Signed under a document that is not here: hold it back until it is. */
  | { kind: 'unknown-document'; document: Uint8Array }
  | { kind: 'refused'; cause: 'other-repository' | 'sequence-ahead' }

export interface AcceptContext {
  /** Digest of the repository's id. */
  repository: Uint8Array
  knowsDocument: (hash: Uint8Array) => boolean
  /** Undefined: nothing was seen of this writer. */
  writer: WriterRecord | undefined
  /** Unix milliseconds. */
  now: number
}

/**
 * Judges a header whose signature holds. Unless it is refused, the writer's highest seen rises to its sequence at once,
 * before any object comes.
 */
export function acceptHeader(header: OpenedHeader, context: AcceptContext): HeaderVerdict {
  if (!sameBytes(header.repository, context.repository)) return { kind: 'refused', cause: 'other-repository' }
  if (header.sequence > context.now + MAX_SEQUENCE_AHEAD) return { kind: 'refused', cause: 'sequence-ahead' }
  const { writer } = context
  if (writer != null) {
    const known = knownHash(writer, header.sequence)
    if (known != null && !sameBytes(known, header.hash)) return { kind: 'equivocation', other: known }
    if (writer.held?.sequence === header.sequence) return { kind: 'duplicate' }
    if (header.sequence < writer.highestSeen) return { kind: 'stale', highestSeen: writer.highestSeen }
  }
  if (!context.knowsDocument(header.document)) return { kind: 'unknown-document', document: header.document }
  return { kind: 'accept' }
}

function knownHash(writer: WriterRecord, sequence: number): Uint8Array | null {
  if (writer.held?.sequence === sequence) return writer.held.hash
  return writer.highestSeen === sequence ? writer.highestHash : null
}
