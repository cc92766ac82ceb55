/**
 * How alike two files are, by git's measure (diffcore-delta.c): both are cut after each line feed, and after 64 bytes, and
 * the bytes in pieces that both have are counted.
 */
export interface Pieces {
  size: number
  /** Bytes in all pieces of one hash. */
  counts: Map<number, number>
  /** The last piece where no line feed ends it; null where there is none. */
  rest: { hash: number; length: number } | null
}

/** Similarities run from 0 to this; git's `-M50%` is half of it. */
export const MAX_SCORE = 60_000

const PIECE_BYTES = 64
/** git's `HASHBASE`: few enough that pieces share a hash by chance, and then count as common for git as well. */
const HASHES = 107_927

export function pieces(bytes: Uint8Array): Pieces {
  const counts = new Map<number, number>()
  const binary = isBinary(bytes)
  let [low, high, length] = [0, 0, 0]
  const cut = (): { hash: number; length: number } => {
    const piece = { hash: ((low + Math.imul(high, 0x61)) >>> 0) % HASHES, length }
    counts.set(piece.hash, (counts.get(piece.hash) ?? 0) + length)
    low = high = length = 0
    return piece
  }
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    // A text's lines are the same with either ending.
    if (!binary && byte === 13 && bytes[i + 1] === 10) continue
    const before = low
    low = (((low << 7) ^ (high >>> 25)) + byte) | 0
    high = (high << 7) ^ (before >>> 25)
    length++
    if (length === PIECE_BYTES || byte === 10) cut()
  }
  return { size: bytes.length, counts, rest: length > 0 ? cut() : null }
}

/** 0 to `MAX_SCORE`. */
export function similarity(a: Pieces, b: Pieces): number {
  return scoreOf(a, b, common(a, b))
}

/** The similarity as git before 2.44 sees it, which left out a last piece without a line feed: never more. */
export function olderSimilarity(a: Pieces, b: Pieces): number {
  let copied = common(a, b)
  for (const hash of new Set([a.rest?.hash, b.rest?.hash])) {
    if (hash === undefined) continue
    const [left, right] = [a.counts.get(hash) ?? 0, b.counts.get(hash) ?? 0]
    const without = (count: number, { rest }: Pieces) => count - (rest?.hash === hash ? rest.length : 0)
    copied -= Math.min(left, right) - Math.min(without(left, a), without(right, b))
  }
  return scoreOf(a, b, copied)
}

function common(a: Pieces, b: Pieces): number {
  let copied = 0
  for (const [hash, count] of a.counts) copied += Math.min(count, b.counts.get(hash) ?? 0)
  return copied
}

function scoreOf(a: Pieces, b: Pieces, copied: number): number {
  return b.size === 0 ? 0 : Math.floor((copied * MAX_SCORE) / Math.max(a.size, b.size))
}

/** Sizes so far apart that no content could make them similar enough. */
export function sizesDiffer(a: number, b: number, minimum: number): boolean {
  return Math.max(a, b) * (MAX_SCORE - minimum) < Math.abs(a - b) * MAX_SCORE
}

/** git's rule: a NUL in the first 8,000 bytes. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 8000).includes(0)
}
