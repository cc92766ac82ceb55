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
  /** Deltas that build on this one, as a list: the first, and each one's next; -1 ends it. */
  firstChild = new Int32Array(START)
  nextSibling = new Int32Array(START)
  /** Length of the chain of ofs-deltas below. */
  depths = new Uint16Array(START)
  /** Where the inflated delta is kept, see `DeltaArena`; 0 if it is not. */
  deltas = new Uint32Array(START)

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
    this.deltas = copy(new Uint32Array(capacity), this.deltas)
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

  /** Where it is kept, or 0 if there is no room. */
  put(delta: Uint8Array): number {
    if (delta.length > BLOCK_BYTES / 8) return 0
    if (this.#used + delta.length > BLOCK_BYTES) {
      if (this.#blocks.length >= this.#maxBlocks) return 0
      this.#blocks.push(new Uint8Array(BLOCK_BYTES))
      this.#used = 0
    }
    ;(this.#blocks[this.#blocks.length - 1] as Uint8Array).set(delta, this.#used)
    const at = (this.#blocks.length - 1) * BLOCK_BYTES + this.#used + 1
    this.#used += delta.length
    return at
  }

  get(at: number, length: number): Uint8Array {
    const from = (at - 1) % BLOCK_BYTES
    return (this.#blocks[Math.floor((at - 1) / BLOCK_BYTES)] as Uint8Array).subarray(from, from + length)
  }
}

const BLOCK_BYTES = 512 * 1024
