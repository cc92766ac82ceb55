import type { Oid } from '../types.ts'
import type { Entry, Reader } from './reader.ts'
import { olderSimilarity, pieces, similarity, sizesDiffer, type Pieces } from './similarity.ts'

/** How alike two files are, from 0 to `MAX_SCORE`: `low` for git before 2.44, `high` for today's. Mostly they are equal. */
export interface Likeness {
  low: number
  high: number
}

export interface LikenessLimits {
  /** Scores below it count as 0. */
  minimum: number
  /** Bytes of a file, and of all, that are read to compare. */
  maxFileBytes: number
  maxTotalBytes: number
}

const UNLIKE: Likeness = { low: 0, high: 0 }

/** Compares files, and remembers what it read of each. */
export class Comparison {
  readonly #reader: Reader
  readonly #limits: LikenessLimits
  readonly #sizes = new Map<Oid, number>()
  readonly #pieces = new Map<Oid, Pieces | null>()
  #bytes = 0

  constructor(reader: Reader, limits: LikenessLimits) {
    this.#reader = reader
    this.#limits = limits
  }

  /** Null where one is beyond the limits, so that nobody knows. Only regular files are alike without being equal. */
  async likeness(a: Entry, b: Entry): Promise<Likeness | null> {
    const { minimum } = this.#limits
    if (!isRegular(a.mode) || !isRegular(b.mode)) return UNLIKE
    if (sizesDiffer(await this.#size(a.oid), await this.#size(b.oid), minimum)) return UNLIKE
    const [left, right] = [await this.#piecesOf(a.oid), await this.#piecesOf(b.oid)]
    if (left === null || right === null) return null
    const high = similarity(left, right)
    if (high < minimum) return UNLIKE
    return { low: left.rest === null && right.rest === null ? high : olderSimilarity(left, right), high }
  }

  async #size(oid: Oid): Promise<number> {
    const known = this.#sizes.get(oid)
    if (known !== undefined) return known
    const size = (await this.#reader.objects.info(oid))?.size ?? Infinity
    this.#sizes.set(oid, size)
    return size
  }

  /** Null for what is too big to compare. */
  async #piecesOf(oid: Oid): Promise<Pieces | null> {
    const known = this.#pieces.get(oid)
    if (known !== undefined) return known
    const size = await this.#size(oid)
    const fits = size <= this.#limits.maxFileBytes && this.#bytes + size <= this.#limits.maxTotalBytes
    if (fits) this.#bytes += size
    const cut = fits ? pieces(await this.#reader.bytes(oid, 'blob')) : null
    this.#pieces.set(oid, cut)
    return cut
  }
}

export function isRegular(mode: number): boolean {
  return (mode & 0o170000) === 0o100000
}

/** Whether one may be a renamed other of the same content: what is no regular file stays what it is. */
export function comparable(a: number, b: number): boolean {
  return a === b || (isRegular(a) && isRegular(b))
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
