import { fromHex, isOid, OID_BYTES, typeCode, typeName, type TypeCode } from '../object/oid.ts'
import type { GitObject, ObjectType, Oid } from '../types.ts'
import { BaseCache } from './base-cache.ts'
import { crc32 } from './crc32.ts'
import { applyDelta, DELTA_HEADER_BYTES, parseDeltaHeader } from './delta.ts'
import { OFS_DELTA, parseEntryHeader, REF_DELTA, type EntryHeader } from './entry.ts'
import { DeltaChainError, MissingBaseError, ObjectTooLargeError, PackEntryError, PackRowError } from './errors.ts'
import { findInIndex, findPrefix } from './idx.ts'
import { Inflater } from './inflate.ts'
import { PackOrder } from './order.ts'
import type { EntryLocation, EntrySource, PackBytes, PackIndex } from './types.ts'

/** Limits of reading (the design's, for what is already verified too: a row may have been changed). */
export const MAX_OBJECT_BYTES = 100 * 1024 * 1024
export const MAX_DELTA_CHAIN = 4096

/** Entries up to this size are read whole, and so checked, even where their header is all that is asked for. */
const WHOLE_ENTRY_BYTES = 16 * 1024
/** Of others: the entry's header, zlib's code lengths, and a delta's sizes after them. */
const HEAD_BYTES = 1024
/** Compressed deltas of one chain that are kept on the way to its base; the rest is read again. */
const HELD_BYTES = 8 * 1024 * 1024

export interface PackObjectsOptions {
  /** Names the pack in the shared cache and in locations. */
  key: string
  bytes: PackBytes
  index: PackIndex
  /** Shared by all packs that are read together. */
  cache?: BaseCache
  maxObjectBytes?: number
  maxDeltaChain?: number
}

interface Entry {
  header: EntryHeader
  raw: Uint8Array
  offset: number
}

/**
 * The objects of one verified, complete pack. Every entry's CRC-32 is checked when it is read: `PackRowError` where bytes
 * were changed or lost since. Results are the caller's own.
 */
export class PackObjects implements EntrySource {
  readonly key: string
  readonly bytes: PackBytes
  readonly index: PackIndex
  readonly #cache: BaseCache
  readonly #inflater = new Inflater()
  readonly #maxObjectBytes: number
  readonly #maxDeltaChain: number
  #order: PackOrder | undefined

  constructor(options: PackObjectsOptions) {
    this.key = options.key
    this.bytes = options.bytes
    this.index = options.index
    this.#cache = options.cache ?? new BaseCache()
    this.#maxObjectBytes = options.maxObjectBytes ?? MAX_OBJECT_BYTES
    this.#maxDeltaChain = options.maxDeltaChain ?? MAX_DELTA_CHAIN
  }

  /** Entries by offset; sorted when first asked for. */
  get order(): PackOrder {
    this.#order ??= new PackOrder(this.index, this.bytes.size)
    return this.#order
  }

  async has(oid: Oid): Promise<boolean> {
    return this.find(oid) >= 0
  }

  /** Position in the index, or -1. */
  find(oid: Oid): number {
    return isOid(oid) ? findInIndex(this.index, fromHex(oid)) : -1
  }

  /** Positions `[from, to)` of the oids that begin so. */
  findPrefix(prefix: string): { from: number; to: number } {
    return findPrefix(this.index, prefix)
  }

  async read(oid: Oid): Promise<GitObject | null> {
    const position = this.find(oid)
    return position < 0 ? null : this.readAt(this.index.offsets[position] as number)
  }

  async info(oid: Oid): Promise<{ type: ObjectType; size: number } | null> {
    const position = this.find(oid)
    return position < 0 ? null : this.infoAt(this.index.offsets[position] as number)
  }

  async locate(oid: Oid): Promise<EntryLocation | null> {
    const position = this.find(oid)
    if (position < 0) return null
    const offset = this.index.offsets[position] as number
    return {
      pack: this.bytes,
      offset,
      end: this.order.endOf(offset),
      packKey: this.key,
      crc: this.index.crcs[position] as number,
      oidAt: async (at) => this.order.oidAt(at),
    }
  }

  /** The object whose entry begins at `offset`. */
  async readAt(offset: number): Promise<GitObject> {
    const chain: Array<{ offset: number; entry: Entry | null }> = []
    let held = 0
    let base = this.#cache.get(this.key, offset)
    if (base !== undefined) return { type: typeName(base.type), bytes: base.bytes.slice() }
    let at = offset
    for (;;) {
      const entry = await this.#entry(at)
      this.#checkSize(entry.header.size, at)
      if (entry.header.type !== OFS_DELTA && entry.header.type !== REF_DELTA) {
        base = { type: entry.header.type, bytes: this.#inflate(entry) }
        break
      }
      held += entry.raw.length
      chain.push({ offset: at, entry: held <= HELD_BYTES ? entry : null })
      if (chain.length > this.#maxDeltaChain) throw new DeltaChainError(this.#maxDeltaChain)
      at = this.#baseOf(entry)
      base = this.#cache.get(this.key, at)
      if (base !== undefined) break
    }
    for (let link = chain.pop(); link !== undefined; link = chain.pop()) {
      this.#cache.set(this.key, at, base)
      const delta = this.#inflate(link.entry ?? (await this.#entry(link.offset)))
      base = { type: base.type, bytes: applyDelta(base.bytes, delta, this.#maxObjectBytes) }
      at = link.offset
    }
    return { type: typeName(base.type), bytes: base.bytes }
  }

  /** Type and size of the object whose entry begins at `offset`: headers only, and the first bytes of one delta. */
  async infoAt(offset: number): Promise<{ type: ObjectType; size: number }> {
    const cached = this.#cache.get(this.key, offset)
    if (cached !== undefined) return { type: typeName(cached.type), size: cached.bytes.length }
    const first = await this.#entry(offset, true)
    const size = this.#resultSize(first) ?? this.#resultSize(await this.#entry(offset))
    if (size === null) throw new PackEntryError(undefined, offset)
    let entry = first
    for (let depth = 0; ; depth++) {
      const { type } = entry.header
      if (type !== OFS_DELTA && type !== REF_DELTA) return { type: typeName(type), size }
      if (depth >= this.#maxDeltaChain) throw new DeltaChainError(this.#maxDeltaChain)
      const at = this.#baseOf(entry)
      const base = this.#cache.get(this.key, at)
      if (base !== undefined) return { type: typeName(base.type), size }
      entry = await this.#entry(at, true)
    }
  }

  /** Null where too little of the entry was read to say. */
  #resultSize(entry: Entry): number | null {
    const { type, size, length } = entry.header
    if (type !== OFS_DELTA && type !== REF_DELTA) return size
    const head = this.#inflater.head(entry.raw, length, entry.raw.length, Math.min(size, DELTA_HEADER_BYTES))
    return head === null ? null : parseDeltaHeader(head).size
  }

  #checkSize(size: number, offset: number): void {
    if (size > this.#maxObjectBytes) {
      const oid = this.order.oidAt(offset)
      throw new ObjectTooLargeError(size, this.#maxObjectBytes, { offset, ...(oid === null ? {} : { oid }) })
    }
  }

  /** Reads and checks the entry at `offset`; of a big one only what its header needs, if `headOnly`. */
  async #entry(offset: number, headOnly = false): Promise<Entry> {
    const end = this.order.endOf(offset)
    if (end < 0) throw new MissingBaseError()
    const length = end - offset
    const whole = !headOnly || length <= WHOLE_ENTRY_BYTES
    const raw = await this.bytes.read(offset, whole ? length : HEAD_BYTES)
    if (whole && (raw.length !== length || crc32(raw) !== this.index.crcs[this.order.positionAt(offset)])) {
      throw new PackRowError(undefined, offset)
    }
    const header = parseEntryHeader(raw, 0)
    if (header === null) throw new PackEntryError(undefined, offset)
    return { header, raw, offset }
  }

  #baseOf({ header, raw, offset }: Entry): number {
    if (header.type === OFS_DELTA) return offset - header.baseDistance
    const position = findInIndex(this.index, raw, header.baseOidAt)
    if (position < 0) throw new MissingBaseError()
    return this.index.offsets[position] as number
  }

  #inflate({ header, raw, offset }: Entry): Uint8Array {
    const bytes = this.#inflater.inflate(raw, header.length, raw.length, header.size)
    if (bytes === null) throw new PackEntryError(undefined, offset)
    return bytes
  }
}

/** An object of a known type, as a base that an indexer or writer builds on. */
export function asBase(object: GitObject): { type: TypeCode; bytes: Uint8Array } {
  return { type: typeCode(object.type), bytes: object.bytes }
}

/** The oid at `position` of an index, as bytes: a view. */
export function oidAtPosition(index: PackIndex, position: number): Uint8Array {
  return index.oids.subarray(position * OID_BYTES, (position + 1) * OID_BYTES)
}
