import { OFS_DELTA } from './entry.ts'

/** The object was made, and hashed or is about to be. */
export const MADE = 1
/** A delta that was made in the first pass, and which others that wait for the second build on. */
export const NEEDED = 2
/** A delta that waits for the second pass, or was made in it. */
export const WAITED = 4
/** The second pass was here. */
export const VISITED = 8

/**
 * What an indexer keeps of each entry, in pack order: typed arrays that grow with the entries that came, never with the
 * number that the header claims.
 */
export class EntryTable {
  count = 0
  offsets = new Float64Array(START)
  crcs = new Uint32Array(START)
  /** `EntryType`. */
  types = new Uint8Array(START)
  /** Bytes before the compressed data. */
  headers = new Uint8Array(START)
  /** Inflated bytes: of the object or of its delta. */
  sizes = new Uint32Array(START)
  /** Number in the oid table, plus one; 0 until it is known. */
  ids = new Uint32Array(START)
  /** ofs-delta: number of the base's entry; ref-delta: number of the base in the oid table; else -1. */
  bases = new Int32Array(START)
  /** `MADE`, `NEEDED`, `WAITED`, `VISITED`. */
  states = new Uint8Array(START)
  /** Deltas that build on this one and wait for the second pass, as a list: the first, and each one's next; -1 ends it. */
  firstChild = new Int32Array(START)
  nextSibling = new Int32Array(START)
  /** Length of the chain of ofs-deltas below. */
  depths = new Uint16Array(START)
  /** Where the object stands in the `Ring`, once it is made; before, where its delta stands in the `DeltaArena`. -1: nowhere. */
  places = new Float64Array(START)

  /** Adds an entry that begins at `offset`; its other fields are to be set. */
  add(offset: number, type: number, size: number, header: number): number {
    const entry = this.count++
    if (entry >= this.types.length) this.#grow()
    this.offsets[entry] = offset
    this.types[entry] = type
    this.sizes[entry] = size
    this.headers[entry] = header
    this.bases[entry] = -1
    this.firstChild[entry] = -1
    this.nextSibling[entry] = -1
    this.places[entry] = -1
    return entry
  }

  /** The entry that begins at `offset`, or -1. */
  at(offset: number): number {
    let low = 0
    let high = this.count - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const value = this.offsets[middle] as number
      if (value === offset) return middle
      if (value < offset) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  /** Has a delta wait below its base; and that below its own, if it is an ofs-delta that was made: it is to be made again. */
  hang(delta: number): void {
    for (let entry = delta; ;) {
      const base = this.bases[entry] as number
      this.nextSibling[entry] = this.firstChild[base] as number
      this.firstChild[base] = entry
      if (this.types[base] !== OFS_DELTA || this.states[base] !== MADE) return
      this.states[base] = MADE | NEEDED
      entry = base
    }
  }

  #grow(): void {
    const capacity = this.types.length * 2
    this.offsets = copy(new Float64Array(capacity), this.offsets)
    this.crcs = copy(new Uint32Array(capacity), this.crcs)
    this.types = copy(new Uint8Array(capacity), this.types)
    this.headers = copy(new Uint8Array(capacity), this.headers)
    this.sizes = copy(new Uint32Array(capacity), this.sizes)
    this.ids = copy(new Uint32Array(capacity), this.ids)
    this.bases = copy(new Int32Array(capacity), this.bases)
    this.firstChild = copy(new Int32Array(capacity), this.firstChild)
    this.nextSibling = copy(new Int32Array(capacity), this.nextSibling)
    this.depths = copy(new Uint16Array(capacity), this.depths)
    this.places = copy(new Float64Array(capacity), this.places)
    this.states = copy(new Uint8Array(capacity), this.states)
  }
}

const START = 1024

function copy<T extends { set(from: T): void }>(to: T, from: T): T {
  to.set(from)
  return to
}

/** Deltas are small: those that fit are kept inflated from the first pass for the second, up to `maxBytes`. */
export class DeltaArena {
  readonly #blocks: Uint8Array[] = []
  readonly #maxBlocks: number
  #used = BLOCK_BYTES

  constructor(maxBytes: number) {
    this.#maxBlocks = Math.floor(Math.min(maxBytes, 2 ** 31) / BLOCK_BYTES)
  }

  /** Where it is kept, or -1 if there is no room. */
  put(delta: Uint8Array): number {
    if (delta.length > MAX_KEPT_DELTA) return -1
    if (this.#used + delta.length > BLOCK_BYTES) {
      if (this.#blocks.length >= this.#maxBlocks) return -1
      this.#blocks.push(new Uint8Array(BLOCK_BYTES))
      this.#used = 0
    }
    ;(this.#blocks[this.#blocks.length - 1] as Uint8Array).set(delta, this.#used)
    const at = (this.#blocks.length - 1) * BLOCK_BYTES + this.#used
    this.#used += delta.length
    return at
  }

  get(at: number, length: number): Uint8Array {
    const from = at % BLOCK_BYTES
    return (this.#blocks[Math.floor(at / BLOCK_BYTES)] as Uint8Array).subarray(from, from + length)
  }
}

const BLOCK_BYTES = 512 * 1024
/** Bigger deltas are few: they are inflated again. */
export const MAX_KEPT_DELTA = BLOCK_BYTES / 8
