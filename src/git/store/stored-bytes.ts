import { ROW_BYTES, type PackKey } from '../backend/backend.ts'
import { PackRowError } from '../errors.ts'
import type { PackBytes } from '../pack/types.ts'
import type { RowCache } from './row-cache.ts'

/** A stored row of a pack is missing, short, or not what the index says. */
export class StoredRowError extends PackRowError {
  readonly key: PackKey
  /** Number of the row; null where it is not known which one it is. */
  readonly row: number | null
  /** Where the entry begins that did not match its CRC; undefined where a row is missing or short. */
  readonly entry: number | undefined
  constructor(key: PackKey, row: number | null, entry?: number) {
    super(undefined, entry ?? (row === null ? undefined : row * ROW_BYTES))
    this.key = key
    this.row = row
    this.entry = entry
  }
}

/** The bytes of a pack as rows of the backend. */
export class StoredBytes implements PackBytes {
  readonly size: number
  readonly key: PackKey
  readonly #rows: RowCache

  constructor(key: PackKey, size: number, rows: RowCache) {
    this.key = key
    this.size = size
    this.#rows = rows
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < 0 || length < 0 || offset + length > this.size)
      throw new RangeError('Read beyond the end of the pack.')
    if (length === 0) return new Uint8Array()
    const first = Math.floor(offset / ROW_BYTES)
    const last = Math.floor((offset + length - 1) / ROW_BYTES)
    const start = offset - first * ROW_BYTES
    // Most reads are of an entry within one row: they get a view of it, without a copy.
    if (first === last) return (await this.#row(first)).subarray(start, start + length)
    const bytes = new Uint8Array(length)
    for (let n = first; n <= last; n++) {
      const row = await this.#row(n)
      const from = n * ROW_BYTES - offset
      if (from < 0) bytes.set(row.subarray(-from, -from + length), 0)
      else bytes.set(row.subarray(0, length - from), from)
    }
    return bytes
  }

  async #row(n: number): Promise<Uint8Array> {
    const row = await this.#rows.read(this.key, n)
    if (row?.length !== rowLength(this.size, n)) throw new StoredRowError(this.key, n)
    return row
  }
}

/** Bytes of row `n` of a pack of `size` bytes. */
export function rowLength(size: number, n: number): number {
  return Math.min(ROW_BYTES, size - n * ROW_BYTES)
}

export function rowCount(size: number): number {
  return Math.ceil(size / ROW_BYTES)
}
