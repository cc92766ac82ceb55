/**
 * How alike two files are, by git's measure (diffcore-delta.c): both are cut after each line feed, and after 64 bytes, and
 * the bytes in pieces that both have are counted.
 */
export interface Pieces {
  size: number
  /** Bytes in all pieces of one hash. */
  counts: Map<number, number>
}

/** Similarities run from 0 to this; git's `-M50%` is half of it. */
export const MAX_SCORE = 60_000

const PIECE_BYTES = 64

export function pieces(bytes: Uint8Array): Pieces {
  const counts = new Map<number, number>()
  const binary = isBinary(bytes)
  let [hash, length] = [0x811c9dc5, 0]
  const cut = (): void => {
    counts.set(hash, (counts.get(hash) ?? 0) + length)
    hash = 0x811c9dc5
    length = 0
  }
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    // A text's lines are the same with either ending.
    if (!binary && byte === 13 && bytes[i + 1] === 10) continue
    hash = Math.imul(hash ^ byte, 0x01000193)
    length++
    if (length === PIECE_BYTES || byte === 10) cut()
  }
  if (length > 0) cut()
  return { size: bytes.length, counts }
}

/** 0 to `MAX_SCORE`. */
export function similarity(a: Pieces, b: Pieces): number {
  if (b.size === 0) return 0
  let copied = 0
  for (const [hash, count] of a.counts) copied += Math.min(count, b.counts.get(hash) ?? 0)
  return Math.floor((copied * MAX_SCORE) / Math.max(a.size, b.size))
}

/** Sizes so far apart that no content could make them similar enough. */
export function sizesDiffer(a: number, b: number, minimum: number): boolean {
  return Math.max(a, b) * (MAX_SCORE - minimum) < Math.abs(a - b) * MAX_SCORE
}

/** git's rule: a NUL in the first 8,000 bytes. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 8000).includes(0)
}
