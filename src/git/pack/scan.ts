import { INFLATE_END, INFLATE_INPUT, INFLATE_OUTPUT, INFLATE_REST, INFLATE_SLACK } from '../kernel/index.ts'
import { equalBytes, OID_BYTES, toHex, type TypeCode } from '../object/oid.ts'
import type { InflationBudget } from './budget.ts'
import { ByteCollector } from './byte-collector.ts'
import { DELTA_HEADER_BYTES } from './delta.ts'
import {
  ENTRY_HEADER_BYTES,
  OFS_DELTA,
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  parseEntryHeader,
  parsePackHeader,
  REF_DELTA,
} from './entry.ts'
import { type DeltaArena, EntryTable, MADE, MAX_KEPT_DELTA, WAITED } from './entry-table.ts'
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
import { PIECE_BYTES, WORK_BYTES, type IndexMemory } from './index-memory.ts'
import { checkInflated, INFLATE_WINDOW } from './inflate.ts'
import { ObjectIds } from './object-ids.ts'
import { RecentObjects } from './ring.ts'
import type { IndexLimits } from './types.ts'

export interface ScanOptions {
  limits: IndexLimits
  /** Inflate blobs above the limit to their end, without keeping them, so that the error can name them. */
  nameOversized: boolean
  graph: ObjectGraph
  budget: InflationBudget
  arena: DeltaArena
  memory: IndexMemory
}

/**
 * The first pass over a pack, while its bytes arrive in pieces of any length: entries are inflated, objects hashed. A delta
 * whose base is among the objects made last is made at once, the others wait for the second pass.
 */
export class PackScanner {
  readonly entries = new EntryTable()
  readonly ids: ObjectIds
  /** Heads of the lists of ref-deltas, by the number of their base in the oid table. */
  readonly refChildren = new Map<number, number>()
  /** Deltas that wait for the second pass. */
  waiting = 0
  /** Numbers of other entries that were only counted: the second pass makes them. */
  readonly skipped: number[] = []
  /** Objects that the header claims; nothing is sized by it. */
  claimed = 0
  /** Bytes taken so far. */
  received = 0
  trailer: Uint8Array | null = null

  readonly #o: ScanOptions
  readonly #recent: RecentObjects
  #state: 'header' | 'entry' | 'data' | 'trailer' | 'done' = 'header'
  /** Bytes at the start of the input that were there before and are still to be used. */
  #rest = 0
  /** Offset in the pack of the first byte of the input at hand. */
  #origin = 0

  // The entry whose data is being inflated.
  #entry = -1
  #size = 0
  #crc = 0
  /** Where its content begins, or the window of what is inflated in parts. */
  #out = 0
  #outEnd = 0
  #outAt = 0
  /** What is too big to be kept is inflated in parts: hashed, and kept only where its links are needed. */
  #inParts = false
  /** It is only counted now. */
  #isSkipped = false
  /** Bytes of it that were hashed and dropped, and where those begin that were not. */
  #dropped = 0
  #freshAt = 0
  #kept: ByteCollector | null = null

  constructor(options: ScanOptions) {
    this.#o = options
    this.#recent = new RecentObjects(options.memory)
    this.ids = new ObjectIds(options.memory, this.entries, options.graph)
    options.memory.kernel.run.sha1Begin(options.memory.packHash)
  }

  /** At most `PIECE_BYTES`. */
  write(piece: Uint8Array): void {
    if (piece.length > PIECE_BYTES) throw new RangeError('A piece of a pack is too long.')
    this.received += piece.length
    this.#o.budget.received(piece.length)
    const { kernel, input } = this.#o.memory
    kernel.bytes.set(piece, input + this.#rest)
    const end = input + this.#rest + piece.length
    const used = this.#pump(input, end)
    kernel.bytes.copyWithin(input, used, end)
    this.#rest = end - used
    this.#origin += used - input
    if (this.#rest > INFLATE_REST) throw new PackEntryError()
  }

  /** No more bytes. Throws `PackTruncatedError` where the pack is not complete. */
  end(): void {
    if (this.#state !== 'done') throw new PackTruncatedError()
  }

  /** Uses the input in `[from, end)` as far as it goes; returns where it stopped. */
  #pump(from: number, end: number): number {
    const { kernel, packHash } = this.#o.memory
    const { run } = kernel
    let at = from
    let hashed = from
    for (let more = true; more;) {
      const left = end - at
      switch (this.#state) {
        case 'header':
          more = left >= PACK_HEADER_BYTES
          if (!more) break
          this.claimed = parsePackHeader(kernel.bytes.subarray(at, at + PACK_HEADER_BYTES))
          at += PACK_HEADER_BYTES
          this.#state = this.claimed === 0 ? 'trailer' : 'entry'
          break
        case 'entry':
          // The shortest entry and the trailer are longer than the longest header, so this waits for no more than comes.
          more = left >= ENTRY_HEADER_BYTES
          if (!more) break
          at += this.#begin(at, this.#origin + at - from)
          this.#state = 'data'
          break
        case 'data': {
          const status = this.#inflate(at, end)
          at = run.inflateInputAt()
          more = status !== INFLATE_INPUT
          break
        }
        case 'trailer': {
          run.sha1Update(packHash, hashed, at)
          hashed = at
          more = left >= PACK_TRAILER_BYTES
          if (!more) break
          this.trailer = kernel.bytes.slice(at, at + PACK_TRAILER_BYTES)
          const { oid } = this.#o.memory
          run.sha1End(packHash, oid)
          if (!equalBytes(kernel.bytes.subarray(oid, oid + OID_BYTES), this.trailer)) throw new PackTrailerError()
          at += PACK_TRAILER_BYTES
          hashed = at
          this.#state = 'done'
          break
        }
        case 'done':
          if (left > 0) throw new PackTrailerError('Something follows the end of the pack. Get it again.')
          more = false
      }
    }
    run.sha1Update(packHash, hashed, at)
    return at
  }

  /** Reads the header of the entry at an address, and prepares for its data; returns the header's length. */
  #begin(at: number, offset: number): number {
    const { limits, budget, memory, nameOversized } = this.#o
    const { run, bytes } = memory.kernel
    const header = parseEntryHeader(bytes, at, at + ENTRY_HEADER_BYTES)
    if (header === null) throw new PackEntryError(undefined, offset)
    const { type, size } = header
    const named = nameOversized && type === 3
    if (size > limits.maxObjectBytes && !named) throw new ObjectTooLargeError(size, limits.maxObjectBytes, { offset })
    budget.spend(size)
    const entry = this.entries.add(offset, type, Math.min(size, 0xffffffff), header.length)
    this.#entry = entry
    this.#size = size
    this.#crc = run.crc32(at, at + header.length, 0)
    if (type === OFS_DELTA) this.#findBase(entry, offset - header.baseDistance)
    else if (type === REF_DELTA) this.#noteBase(entry, bytes, header.baseOidAt)
    run.inflateReset()
    this.#place(type, size)
    return header.length
  }

  #findBase(entry: number, offset: number): void {
    const { entries } = this
    const { maxDeltaChain } = this.#o.limits
    const base = entries.at(offset)
    if (base < 0 || base === entry) throw new MissingBaseError()
    entries.bases[entry] = base
    const depth = (entries.depths[base] as number) + 1
    if (depth > maxDeltaChain) throw new DeltaChainError(maxDeltaChain)
    entries.depths[entry] = depth
  }

  #noteBase(entry: number, bytes: Uint8Array, oidAt: number): void {
    const base = this.#o.graph.table.add(bytes, oidAt)
    this.entries.bases[entry] = base
    this.entries.nextSibling[entry] = this.refChildren.get(base) ?? -1
    this.refChildren.set(base, entry)
  }

  /** Chooses where the entry's data is inflated to. */
  #place(type: number, size: number): void {
    const { memory, limits, budget } = this.#o
    const isDelta = type === OFS_DELTA || type === REF_DELTA
    this.#kept = null
    this.#dropped = 0
    this.#isSkipped = !isDelta && budget.isSteep && size <= limits.maxObjectBytes
    // What a big delta makes is a blob, as good as always.
    const room = isDelta ? Math.max(this.#recent.most(3), MAX_KEPT_DELTA) : this.#recent.most(type)
    const most = Math.min(room, limits.maxObjectBytes)
    this.#inParts = this.#isSkipped || size > most
    if (this.#inParts) {
      this.#out = memory.work
      this.#outEnd = memory.work + WORK_BYTES
    }
    if (this.#inParts && !this.#isSkipped) {
      // Of a delta only its sizes are read now; a blob links to nothing.
      if (type !== 3) this.#kept = new ByteCollector(isDelta ? DELTA_HEADER_BYTES : size)
      if (!isDelta) memory.kernel.run.beginObject(memory.objectHash, type, size)
    } else if (!this.#inParts) {
      this.#out = isDelta && size <= MAX_KEPT_DELTA ? memory.work : this.#recent.reserve(isDelta ? 3 : type, size)
      this.#outEnd = this.#out + size + INFLATE_SLACK
    }
    this.#outAt = this.#out
    this.#freshAt = this.#out
  }

  /** Goes on with the data of the entry. */
  #inflate(at: number, end: number): number {
    const { run } = this.#o.memory.kernel
    const status = run.inflate(at, end, this.#out, this.#outAt, this.#outEnd)
    checkInflated(status)
    this.#crc = run.crc32(at, run.inflateInputAt(), this.#crc)
    this.#outAt = run.inflateOutputAt()
    const total = this.#dropped + this.#outAt - this.#freshAt
    if (total > this.#size || (status === INFLATE_END && total < this.#size)) {
      const offset = this.entries.offsets[this.#entry] as number
      throw new PackEntryError('An object in the pack is not as big as it says. Get it again.', offset)
    }
    if (this.#inParts && status !== INFLATE_INPUT) this.#takePart(status === INFLATE_OUTPUT)
    if (status === INFLATE_END) {
      this.#finish()
      this.#state = this.entries.count === this.claimed ? 'trailer' : 'entry'
    }
    return status
  }

  /** Hashes what was inflated of a big object, and makes room for more of it. */
  #takePart(more: boolean): void {
    const { kernel, objectHash, work } = this.#o.memory
    const type = this.entries.types[this.#entry] as number
    const isHashed = type !== OFS_DELTA && type !== REF_DELTA && !this.#isSkipped
    if (isHashed) kernel.run.sha1Update(objectHash, this.#freshAt, this.#outAt)
    this.#kept?.add(kernel.bytes.subarray(this.#freshAt, this.#outAt))
    this.#dropped += this.#outAt - this.#freshAt
    if (more) {
      kernel.bytes.copyWithin(work, this.#outAt - INFLATE_WINDOW, this.#outAt)
      this.#outAt = work + INFLATE_WINDOW
    }
    this.#freshAt = this.#outAt
  }

  #finish(): void {
    const entry = this.#entry
    const type = this.entries.types[entry] as number
    this.entries.crcs[entry] = this.#crc
    if (type === OFS_DELTA || type === REF_DELTA) this.#finishDelta(entry, type)
    else if (this.#isSkipped) this.skipped.push(entry)
    else if (this.#inParts) this.#finishParts(entry, type as TypeCode)
    else this.#made(entry, type as TypeCode, this.#out, this.#size)
  }

  /** The object stands where room for it was reserved last. */
  #made(entry: number, type: TypeCode, at: number, size: number): void {
    const { entries } = this
    entries.states[entry] = MADE
    entries.places[entry] = this.#recent.keep(type, size)
    this.ids.note(entry, type, at, size, false)
  }

  #finishParts(entry: number, type: TypeCode): void {
    const { memory, limits } = this.#o
    const { run, bytes } = memory.kernel
    run.sha1End(memory.objectHash, memory.oid)
    if (this.#size > limits.maxObjectBytes) {
      const offset = this.entries.offsets[entry] as number
      throw new ObjectTooLargeError(this.#size, limits.maxObjectBytes, { offset, oid: toHex(bytes, memory.oid) })
    }
    this.entries.states[entry] = MADE
    this.ids.named(entry, type, bytes, memory.oid)
    if (this.#kept !== null) this.ids.linked(entry, type, this.#kept.bytes)
    this.#kept = null
  }

  #finishDelta(entry: number, type: number): void {
    const { limits, budget, memory } = this.#o
    const { kernel, work } = memory
    let [from, to] = [this.#out, this.#outAt]
    if (this.#kept !== null) {
      // It is not wholly here any more, but the work area is free.
      kernel.bytes.set(this.#kept.bytes, work)
      ;[from, to] = [work, work + this.#kept.bytes.length]
    }
    if (!kernel.run.readDeltaHeader(from, to)) throw new DeltaError()
    const size = kernel.run.deltaResultSize()
    const offset = this.entries.offsets[entry] as number
    if (size > limits.maxObjectBytes) throw new ObjectTooLargeError(size, limits.maxObjectBytes, { offset })
    if (size > this.#size * 0xffffff) throw new DeltaError()
    budget.spend(size)
    if (this.#inParts) return this.#wait(entry, type)
    // A big delta must not be overwritten by what it makes.
    if (from !== work) this.#recent.keep(3, this.#size)
    if (type === OFS_DELTA && this.#makeNow(entry, to, size)) return
    this.entries.places[entry] = this.#o.arena.put(kernel.bytes.subarray(from, to))
    this.#wait(entry, type)
  }

  /** Makes the object of a delta whose header was just read, if its base is at hand. */
  #makeNow(entry: number, deltaEnd: number, size: number): boolean {
    const { entries } = this
    if (this.#o.budget.isSteep) return false
    const base = entries.bases[entry] as number
    const place = entries.places[base] as number
    let from = ((entries.states[base] as number) & MADE) === 0 ? -1 : this.#recent.find(place)
    if (from < 0) return false
    const type = this.#recent.typeAt(from) as TypeCode
    if (size > this.#recent.most(type)) return false
    const out = this.#recent.reserve(type, size)
    // Where it stood may be needed for what it helps to make.
    from = this.#recent.find(place)
    if (from < 0) return false
    this.#o.memory.makeDelta(from, this.#recent.sizeAt(from), deltaEnd, out, size)
    this.#made(entry, type, out, size)
    return true
  }

  /** Leaves a delta for the second pass, and with it the deltas between it and what stands below them all. */
  #wait(entry: number, type: number): void {
    this.entries.states[entry] = WAITED
    this.waiting++
    // A ref-delta hangs on the id of its base.
    if (type === OFS_DELTA) this.entries.hang(entry)
  }
}
