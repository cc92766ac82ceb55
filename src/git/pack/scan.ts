import type { Sha1 } from '../object/hash.ts'
import { equalBytes, toHex, typeName, type TypeCode } from '../object/oid.ts'
import type { InflationBudget } from './budget.ts'
import { crc32 } from './crc32.ts'
import { DELTA_HEADER_BYTES, parseDeltaHeader } from './delta.ts'
import {
  ENTRY_HEADER_BYTES,
  OFS_DELTA,
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  parseEntryHeader,
  parsePackHeader,
  REF_DELTA,
} from './entry.ts'
import { type DeltaArena, EntryTable } from './entry-table.ts'
import {
  DeltaChainError,
  DeltaError,
  MissingBaseError,
  ObjectTooLargeError,
  PackEntryError,
  PackTrailerError,
  PackTruncatedError,
} from './errors.ts'
import type { ObjectGraph } from './graph.ts'
import { Inflater, INFLATE_SLACK } from './inflate.ts'
import type { IndexLimits } from './types.ts'

const SCRATCH_BYTES = 128 * 1024

export interface ScanOptions {
  limits: IndexLimits
  /** Inflate blobs above the limit to their end, without keeping them, so that the error can name them. */
  nameOversized: boolean
  graph: ObjectGraph
  budget: InflationBudget
  arena: DeltaArena
  /** Two hashers: one for the pack, one for its objects. */
  packHash: Sha1
  objectHash: Sha1
}

/**
 * The first pass over a pack, while its bytes arrive in pieces of any length: entries are inflated, undeltified objects
 * hashed, deltas only measured. Holds one object at a time, and of a blob only as much as fits its buffer.
 */
export class PackScanner {
  readonly entries = new EntryTable()
  /** Heads of the lists of ref-deltas, by the number of their base in the oid table. */
  readonly refChildren = new Map<number, number>()
  readonly inflater = new Inflater()
  deltas = 0
  /** Objects that the header claims; nothing is sized by it. */
  claimed = 0
  /** Bytes taken so far. */
  received = 0
  trailer: Uint8Array | null = null

  readonly #options: ScanOptions
  readonly #scratch = new Uint8Array(SCRATCH_BYTES)
  #state: 'header' | 'entry' | 'data' | 'trailer' | 'done' = 'header'
  #carry: Uint8Array = new Uint8Array(0)
  /** Offset in the pack of the first byte of the input at hand. */
  #origin = 0

  // The entry whose data is being inflated.
  #entry = -1
  #crc = 0
  #out: Uint8Array<ArrayBuffer> = this.#scratch
  #filled = 0
  /** Bytes that were hashed and dropped: a blob bigger than the buffer. */
  #flushed = 0
  #oversized = 0

  constructor(options: ScanOptions) {
    this.#options = options
    options.packHash.init()
  }

  write(bytes: Uint8Array): void {
    this.received += bytes.length
    this.#options.budget.received(bytes.length)
    let input = bytes
    if (this.#carry.length > 0) {
      input = new Uint8Array(this.#carry.length + bytes.length)
      input.set(this.#carry)
      input.set(bytes, this.#carry.length)
    }
    const used = this.#pump(input)
    this.#carry = input.slice(used)
    this.#origin += used
  }

  /** No more bytes. Throws `PackTruncatedError` where the pack is not complete. */
  end(): void {
    if (this.#state !== 'done') throw new PackTruncatedError()
  }

  #pump(input: Uint8Array): number {
    let at = 0
    let hashed = 0
    for (let more = true; more;) {
      const left = input.length - at
      switch (this.#state) {
        case 'header':
          more = left >= PACK_HEADER_BYTES
          if (!more) break
          this.claimed = parsePackHeader(input.subarray(at))
          at += PACK_HEADER_BYTES
          this.#state = this.claimed === 0 ? 'trailer' : 'entry'
          break
        case 'entry':
          // The shortest entry and the trailer are longer than the longest header, so this waits for no more than comes.
          more = left >= ENTRY_HEADER_BYTES
          if (!more) break
          at += this.#begin(input, at)
          this.#state = 'data'
          break
        case 'data':
          more = left > 0
          if (!more) break
          at = this.#inflate(input, at)
          break
        case 'trailer':
          this.#options.packHash.update(input.subarray(hashed, at))
          hashed = at
          more = left >= PACK_TRAILER_BYTES
          if (!more) break
          this.trailer = input.slice(at, at + PACK_TRAILER_BYTES)
          if (!equalBytes(this.#options.packHash.digest(), this.trailer)) throw new PackTrailerError()
          at += PACK_TRAILER_BYTES
          this.#state = 'done'
          return this.#pump(input.subarray(at)) + at
        case 'done':
          if (left > 0) throw new PackTrailerError('Something follows the end of the pack. Get it again.')
          return at
      }
    }
    this.#options.packHash.update(input.subarray(hashed, at))
    return at
  }

  /** Reads an entry's header and prepares for its data; returns the header's length. */
  #begin(input: Uint8Array, at: number): number {
    const { limits, budget, graph, nameOversized } = this.#options
    const offset = this.#origin + at
    const header = parseEntryHeader(input, at)
    if (header === null) throw new PackEntryError(undefined, offset)
    const { type, size } = header
    this.#oversized = 0
    if (size > limits.maxObjectBytes) {
      if (!nameOversized || type !== 3) throw new ObjectTooLargeError(size, limits.maxObjectBytes, { offset })
      this.#oversized = size
    }
    budget.spend(size)
    const entries = this.entries
    const entry = entries.add(offset, type, Math.min(size, 0xffffffff), header.length)
    if (type === OFS_DELTA) {
      const base = entries.at(offset - header.baseDistance)
      if (base < 0 || base === entry) throw new MissingBaseError()
      entries.bases[entry] = base
      entries.nextSibling[entry] = entries.firstChild[base] as number
      entries.firstChild[base] = entry
      const depth = (entries.depths[base] as number) + 1
      if (depth > limits.maxDeltaChain) throw new DeltaChainError(limits.maxDeltaChain)
      entries.depths[entry] = depth
      this.deltas++
    } else if (type === REF_DELTA) {
      const base = graph.table.add(input, header.baseOidAt)
      entries.bases[entry] = base
      entries.nextSibling[entry] = this.refChildren.get(base) ?? -1
      this.refChildren.set(base, entry)
      this.deltas++
    }
    this.#entry = entry
    this.#crc = crc32(input, at, at + header.length)
    this.#filled = 0
    this.#flushed = 0
    this.#out = this.#scratch
    this.inflater.reset()
    return header.length
  }

  /** Goes on with the data of the entry; returns where in `input` it stopped. */
  #inflate(input: Uint8Array, at: number): number {
    const { inflater } = this
    const size = this.#oversized > 0 ? this.#oversized : (this.entries.sizes[this.#entry] as number)
    const room = Math.min(this.#out.length, size - this.#flushed + INFLATE_SLACK)
    const step = inflater.step(input, at, input.length, this.#out, this.#filled, room)
    const end = at + inflater.consumed
    this.#crc = crc32(input, at, end, this.#crc)
    this.#filled += inflater.produced
    const total = this.#flushed + this.#filled
    if (total > size || (step === 'end' && total < size)) {
      const offset = this.entries.offsets[this.#entry] as number
      throw new PackEntryError('An object in the pack is not as big as it says. Get it again.', offset)
    }
    if (step === 'output') this.#makeRoom(size)
    else if (step === 'end') {
      this.#finish()
      this.#state = this.entries.count === this.claimed ? 'trailer' : 'entry'
    }
    return end
  }

  #makeRoom(size: number): void {
    if (this.entries.types[this.#entry] === 3) {
      if (this.#flushed === 0) this.#options.objectHash.begin('blob', size)
      this.#options.objectHash.update(this.#out.subarray(0, this.#filled))
      this.#flushed += this.#filled
      this.#filled = 0
      return
    }
    // Doubled as the data comes, so that a size that is only claimed costs nothing.
    const larger = new Uint8Array(Math.min(2 * this.#out.length, size + INFLATE_SLACK))
    larger.set(this.#out.subarray(0, this.#filled))
    this.#out = larger
  }

  #finish(): void {
    const { entries } = this
    const entry = this.#entry
    const type = entries.types[entry] as number
    const content = this.#out.subarray(0, this.#filled)
    entries.crcs[entry] = this.#crc
    if (type === OFS_DELTA || type === REF_DELTA) this.#finishDelta(entry, content)
    else this.#finishObject(entry, type as TypeCode, content)
    this.#out = this.#scratch
  }

  #finishObject(entry: number, type: TypeCode, content: Uint8Array): void {
    const { objectHash, graph, limits } = this.#options
    if (this.#flushed > 0) objectHash.update(content)
    const oid = this.#flushed > 0 ? objectHash.digest() : objectHash.object(typeName(type), content)
    if (this.#oversized > 0) {
      const offset = this.entries.offsets[entry] as number
      throw new ObjectTooLargeError(this.#oversized, limits.maxObjectBytes, { offset, oid: toHex(oid) })
    }
    const number = graph.add(type, oid)
    this.entries.ids[entry] = number + 1
    if (type !== 3) graph.link(type, number, content)
  }

  #finishDelta(entry: number, delta: Uint8Array): void {
    const { limits, budget, arena } = this.#options
    const offset = this.entries.offsets[entry] as number
    const { size } = parseDeltaHeader(delta.length > DELTA_HEADER_BYTES ? delta.subarray(0, DELTA_HEADER_BYTES) : delta)
    if (size > limits.maxObjectBytes) throw new ObjectTooLargeError(size, limits.maxObjectBytes, { offset })
    if (size > delta.length * 0xffffff) throw new DeltaError()
    budget.spend(size)
    this.entries.deltas[entry] = arena.put(delta)
  }
}
