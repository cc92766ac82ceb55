import { OID_BYTES, toHex } from '../object/oid.ts'
import type { Oid } from '../types.ts'
import { PACK_TRAILER_BYTES } from './entry.ts'
import type { PackIndex } from './types.ts'

/** A pack's entries by where they stand: where the next one begins, and whose the entry at an offset is. */
export class PackOrder {
  /** Offsets, ascending. */
  readonly offsets: Float64Array
  /** For each of `offsets`, the position in the index. */
  readonly positions: Uint32Array
  readonly #index: PackIndex
  readonly #end: number

  /** `size` is the pack's, in bytes. */
  constructor(index: PackIndex, size: number) {
    this.#index = index
    this.#end = size - PACK_TRAILER_BYTES
    this.offsets = index.offsets.slice(0, index.count).sort()
    this.positions = new Uint32Array(index.count)
    for (let i = 0; i < index.count; i++) this.positions[this.rank(index.offsets[i] as number)] = i
  }

  /** Which of `offsets` is `offset`, or -1. */
  rank(offset: number): number {
    let low = 0
    let high = this.offsets.length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const at = this.offsets[middle] as number
      if (at === offset) return middle
      if (at < offset) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  /** Position in the index of the entry that begins at `offset`, or -1. */
  positionAt(offset: number): number {
    const rank = this.rank(offset)
    return rank < 0 ? -1 : (this.positions[rank] as number)
  }

  oidAt(offset: number): Oid | null {
    const position = this.positionAt(offset)
    return position < 0 ? null : toHex(this.#index.oids, position * OID_BYTES)
  }

  /** Where the entry that begins at `offset` ends, or -1 where none begins there. */
  endOf(offset: number): number {
    const rank = this.rank(offset)
    if (rank < 0) return -1
    return this.offsets[rank + 1] ?? this.#end
  }
}
