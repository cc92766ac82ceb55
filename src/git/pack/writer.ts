import { MissingObjectError } from '../errors.ts'
import { Sha1 } from '../object/hash.ts'
import { fromHex, OID_BYTES, toHex, typeCode } from '../object/oid.ts'
import type { CallOptions, ObjectType, Oid } from '../types.ts'
import { crc32 } from './crc32.ts'
import {
  entryHeader,
  OFS_DELTA,
  ofsDistance,
  packHeader,
  parseEntryHeader,
  REF_DELTA,
  type EntryHeader,
} from './entry.ts'
import { PackEntryError, PackRowError } from './errors.ts'
import { deflateBytes } from './inflate.ts'
import { OidTable } from './oid-table.ts'
import { Slices } from './pause.ts'
import { MAX_DELTA_CHAIN } from './read-entry.ts'
import type { EntryLocation, EntrySource } from './types.ts'

/** Bytes of the pieces that a pack is given out in; the last is shorter. */
export const PIECE_BYTES = 64 * 1024
/** Entries up to this size are checked before any byte of them goes out; of bigger ones the end is checked. */
const WHOLE_BYTES = 4 * 1024 * 1024

export interface WritePackOptions extends CallOptions {
  /** Each object once (again is ignored): oids, or 20 bytes each. They are written in this order, bases before deltas. */
  objects: Iterable<Oid> | Uint8Array
  source: EntrySource
  /** What the reader has: a delta against it is copied as it is, which makes the pack thin. */
  thinBases?: (oid: Oid) => boolean
  /** Sort by type first, as git does: commits, tags, trees, blobs. Costs a look at each object. */
  sortByType?: boolean
}

export interface PackOutput {
  /** Known before the first byte: it stands in the header. */
  objects: number
  /** The pack in pieces of 64 KiB, each the caller's own. Closing it early (`return`) is fine. */
  bytes: AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined>
}

/**
 * Writes a pack of compressed entries that are copied as they stand, each with its CRC-32 checked. A delta is copied if its
 * base is in the pack too, or the reader has it; what else is a delta, or loose, is written whole. The generator throws
 * `MissingObjectError` for an object that the source does not have, `PackRowError` for an entry that was changed.
 */
export async function writePack(options: WritePackOptions): Promise<PackOutput> {
  const table = await collect(options)
  return { objects: table.count, bytes: new PackWriter(options, table, new Sha1()).run() }
}

const TYPE_ORDER: Record<ObjectType, number> = { commit: 0, tag: 1, tree: 2, blob: 3 }

async function collect({ objects, source, sortByType, signal }: WritePackOptions): Promise<OidTable> {
  const table = new OidTable()
  if (objects instanceof Uint8Array) for (let at = 0; at < objects.length; at += OID_BYTES) table.add(objects, at)
  else for (const oid of objects) table.add(fromHex(oid))
  if (sortByType !== true) return table
  const slices = new Slices(signal)
  const sorted = new OidTable(table.count)
  const numbers: number[][] = [[], [], [], []]
  for (let number = 0; number < table.count; number++) {
    const oid = toHex(table.oid(number))
    const info = await source.info(oid)
    if (info === null) throw new MissingObjectError(oid)
    numbers[TYPE_ORDER[info.type]]?.push(number)
    if (slices.due) await slices.next()
  }
  for (const number of numbers.flat()) sorted.add(table.oids, number * OID_BYTES)
  return sorted
}

/** How an object is to be written. */
type Plan =
  | { kind: 'whole'; oid: Oid }
  | {
      kind: 'copy'
      location: EntryLocation
      header: EntryHeader
      base: { number: number } | { oid: Uint8Array } | null
    }

class PackWriter {
  readonly #options: WritePackOptions
  readonly #table: OidTable
  readonly #sha1: Sha1
  /** Where each object was written; 0 before. */
  readonly #written: Float64Array
  /** Deltas below each object in this pack. */
  readonly #depths: Uint16Array
  #at = 0
  #piece = new Uint8Array(PIECE_BYTES)
  #filled = 0

  constructor(options: WritePackOptions, table: OidTable, sha1: Sha1) {
    this.#options = options
    this.#table = table
    this.#sha1 = sha1
    this.#written = new Float64Array(table.count)
    this.#depths = new Uint16Array(table.count)
  }

  async *run(): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    const slices = new Slices(this.#options.signal)
    this.#sha1.init()
    yield* this.#put(packHeader(this.#table.count))
    for (let number = 0; number < this.#table.count; number++) {
      yield* this.#write(number)
      if (!slices.due) continue
      this.#options.onProgress?.({
        phase: 'write',
        bytes: this.#at,
        objects: number + 1,
        totalObjects: this.#table.count,
      })
      await slices.next()
    }
    this.#sha1.update(this.#piece.subarray(0, this.#filled))
    const trailer = this.#sha1.digest()
    const last = new Uint8Array(this.#filled + trailer.length)
    last.set(this.#piece.subarray(0, this.#filled))
    last.set(trailer, this.#filled)
    yield last
  }

  /** Writes object `number`, and before it the bases that its delta needs. */
  async *#write(number: number): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    const waiting: number[] = [number]
    const begun = new Set<number>()
    for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
      if (this.#written[next] !== 0) {
        waiting.pop()
        continue
      }
      let plan = await this.#plan(next)
      if (plan.kind === 'copy' && plan.base !== null && 'number' in plan.base) {
        const base = plan.base.number
        if (this.#written[base] === 0 && !begun.has(base) && waiting.length < MAX_DELTA_CHAIN) {
          begun.add(next)
          waiting.push(base)
          continue
        }
        // Copies of two packs can name each other as base; and a chain over many packs can become too long.
        const depth = (this.#depths[base] as number) + 1
        if (this.#written[base] === 0 || depth > MAX_DELTA_CHAIN)
          plan = { kind: 'whole', oid: toHex(this.#table.oid(next)) }
        else this.#depths[next] = depth
      }
      waiting.pop()
      this.#written[next] = this.#at
      if (plan.kind === 'whole') yield* this.#writeWhole(plan.oid)
      else yield* this.#copy(plan)
    }
  }

  async #plan(number: number): Promise<Plan> {
    const oid = toHex(this.#table.oid(number))
    const location = await this.#options.source.locate(oid)
    if (location === null) return { kind: 'whole', oid }
    const head = await location.pack.read(location.offset, Math.min(32, location.end - location.offset))
    const header = parseEntryHeader(head, 0)
    if (header === null) throw new PackEntryError(undefined, location.offset)
    if (header.type !== OFS_DELTA && header.type !== REF_DELTA) return { kind: 'copy', location, header, base: null }
    const baseOid = await this.#baseOid(location, header, head)
    if (baseOid === null) return { kind: 'whole', oid }
    const base = this.#table.find(baseOid)
    if (base >= 0) return { kind: 'copy', location, header, base: { number: base } }
    if (this.#options.thinBases?.(toHex(baseOid)) !== true) return { kind: 'whole', oid }
    return { kind: 'copy', location, header, base: { oid: baseOid } }
  }

  async #baseOid(location: EntryLocation, header: EntryHeader, head: Uint8Array): Promise<Uint8Array | null> {
    if (header.type === REF_DELTA) return head.slice(header.baseOidAt, header.baseOidAt + OID_BYTES)
    const oid = await location.oidAt(location.offset - header.baseDistance)
    return oid === null ? null : fromHex(oid)
  }

  async *#writeWhole(oid: Oid): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    const object = await this.#options.source.read(oid)
    if (object === null) throw new MissingObjectError(oid)
    yield* this.#put(Uint8Array.from(entryHeader(typeCode(object.type), object.bytes.length)))
    yield* this.#put(deflateBytes(object.bytes))
  }

  async *#copy({
    location,
    header,
    base,
  }: Extract<Plan, { kind: 'copy' }>): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    const { pack, offset, end, crc } = location
    const start = this.#at
    const head: number[] = []
    if (base === null) head.push(...entryHeader(header.type, header.size))
    else if ('oid' in base) head.push(...entryHeader(REF_DELTA, header.size), ...base.oid)
    else {
      const distance = start - (this.#written[base.number] as number)
      head.push(...entryHeader(OFS_DELTA, header.size), ...ofsDistance(distance))
    }
    let sum = 0
    for (let at = offset; at < end; at += WHOLE_BYTES) {
      const bytes = await pack.read(at, Math.min(WHOLE_BYTES, end - at))
      sum = crc32(bytes, 0, bytes.length, sum)
      if (at + bytes.length >= end && crc !== undefined && sum !== crc) throw new PackRowError(undefined, offset)
      if (at === offset) yield* this.#put(Uint8Array.from(head))
      yield* this.#put(at === offset ? bytes.subarray(header.length) : bytes)
    }
  }

  *#put(bytes: Uint8Array): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
    this.#at += bytes.length
    for (let from = 0; from < bytes.length;) {
      const part = bytes.subarray(from, from + PIECE_BYTES - this.#filled)
      this.#piece.set(part, this.#filled)
      this.#filled += part.length
      from += part.length
      if (this.#filled < PIECE_BYTES) break
      const piece = this.#piece
      this.#sha1.update(piece)
      this.#piece = new Uint8Array(PIECE_BYTES)
      this.#filled = 0
      yield piece
    }
  }
}
