import { OID_BYTES, type TypeCode } from '../object/oid.ts'
import { PackEntryError, PackHeaderError } from './errors.ts'

/** Layout of packs (gitformat-pack): a header of 12 bytes, entries, a SHA-1 of 20. */
export const PACK_HEADER_BYTES = 12
export const PACK_TRAILER_BYTES = 20
export const OFS_DELTA = 6
export const REF_DELTA = 7

/** Longest header of an entry: a size of 53 bits (8 bytes), and an offset of 53 bits (8) or an oid (20). */
export const ENTRY_HEADER_BYTES = 28

/** Bytes of the shortest entry: its header, and the shortest zlib stream (2 + 1 + 1 + 4). */
export const MIN_ENTRY_BYTES = 9

export type EntryType = TypeCode | typeof OFS_DELTA | typeof REF_DELTA

/** What stands before an entry's compressed data. */
export interface EntryHeader {
  type: EntryType
  /** Inflated bytes: of the object, or of the delta. */
  size: number
  /** Bytes of the header. */
  length: number
  /** ofs-delta: how far before this entry its base begins; else 0. */
  baseDistance: number
  /** ref-delta: where in the bytes given the base's oid stands; else -1. */
  baseOidAt: number
}

/**
 * The header at `bytes[at]`, of which there are `to`. Returns null where the bytes end within it; throws `PackEntryError`
 * for a reserved type or numbers beyond 53 bits.
 */
export function parseEntryHeader(bytes: Uint8Array, at: number, to = bytes.length): EntryHeader | null {
  const start = at
  if (at >= to) return null
  let byte = bytes[at++] as number
  const type = (byte >> 4) & 7
  let size = byte & 15
  for (let factor = 16; byte >= 0x80; factor *= 128) {
    if (factor > 2 ** 46) throw new PackEntryError('An object in the pack has an impossible size. Get it again.')
    if (at >= to) return null
    byte = bytes[at++] as number
    size += (byte & 0x7f) * factor
  }
  switch (type) {
    case 1:
    case 2:
    case 3:
    case 4:
      return { type, size, length: at - start, baseDistance: 0, baseOidAt: -1 }
    case OFS_DELTA: {
      let distance = -1
      do {
        if (distance > 2 ** 45) throw new PackEntryError('A delta in the pack has an impossible base. Get it again.')
        if (at >= to) return null
        byte = bytes[at++] as number
        distance = (distance + 1) * 128 + (byte & 0x7f)
      } while (byte >= 0x80)
      return { type, size, length: at - start, baseDistance: distance, baseOidAt: -1 }
    }
    case REF_DELTA:
      if (at + OID_BYTES > to) return null
      return { type, size, length: at + OID_BYTES - start, baseDistance: 0, baseOidAt: at }
    default:
      throw new PackEntryError('The pack has an object of a reserved type. Get it again.')
  }
}

/** `type` and `size` as they begin an entry. */
export function entryHeader(type: EntryType, size: number): number[] {
  const bytes: number[] = []
  let rest = Math.floor(size / 16)
  let byte = (type << 4) | (size % 16)
  while (rest > 0) {
    bytes.push(byte | 0x80)
    byte = rest % 128
    rest = Math.floor(rest / 128)
  }
  bytes.push(byte)
  return bytes
}

/** The distance back to an ofs-delta's base. */
export function ofsDistance(distance: number): number[] {
  const bytes = [distance % 128]
  let rest = Math.floor(distance / 128)
  while (rest > 0) {
    rest -= 1
    bytes.unshift((rest % 128) | 0x80)
    rest = Math.floor(rest / 128)
  }
  return bytes
}

/** `PACK`, version 2, the number of objects. */
export function packHeader(objects: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(PACK_HEADER_BYTES)
  const view = new DataView(header.buffer)
  view.setUint32(0, 0x5041434b)
  view.setUint32(4, 2)
  view.setUint32(8, objects)
  return header
}

/** The number of objects; throws `PackHeaderError` where the first 12 bytes are no header of version 2 or 3. */
export function parsePackHeader(bytes: Uint8Array): number {
  if (bytes.length < PACK_HEADER_BYTES) throw new PackHeaderError()
  const view = new DataView(bytes.buffer, bytes.byteOffset, PACK_HEADER_BYTES)
  const version = view.getUint32(4)
  if (view.getUint32(0) !== 0x5041434b || (version !== 2 && version !== 3)) throw new PackHeaderError()
  return view.getUint32(8)
}
