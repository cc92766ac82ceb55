import { compareOids, equalBytes, OID_BYTES } from '../object/oid.ts'
import { IdxError } from './errors.ts'
import type { PackIndex } from './types.ts'

/**
 * `.idx` files of version 2 (gitformat-pack): magic, version, 256 counts, oids, CRCs, 31-bit offsets, 63-bit offsets, the
 * pack's SHA-1, the file's own SHA-1. All numbers big-endian.
 */
const MAGIC = 0xff744f63
const FANOUT_AT = 8
const OIDS_AT = FANOUT_AT + 256 * 4
const OVERHEAD = OIDS_AT + 2 * OID_BYTES
const LARGE = 0x80000000

/** Throws `IdxError` where anything does not fit, the SHA-1 at its end included. */
export async function decodeIdx(bytes: Uint8Array): Promise<PackIndex> {
  if (bytes.length < OVERHEAD) throw new IdxError()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0) !== MAGIC || view.getUint32(4) !== 2) throw new IdxError()
  const count = view.getUint32(FANOUT_AT + 255 * 4)
  const large = (bytes.length - OVERHEAD - count * 28) / 8
  if (!Number.isInteger(large) || large < 0 || large > count)
    throw new IdxError('The pack index is of the wrong length.')
  const body = bytes.subarray(0, bytes.length - OID_BYTES)
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-1', new Uint8Array(body)))
  if (!equalBytes(sum, bytes.subarray(body.length))) throw new IdxError("The pack index's checksum does not match.")

  const oids = bytes.slice(OIDS_AT, OIDS_AT + count * OID_BYTES)
  checkOrder(oids, count, (byte) => view.getUint32(FANOUT_AT + byte * 4))
  const crcs = new Uint32Array(count)
  const offsets = new Float64Array(count)
  const crcsAt = OIDS_AT + count * OID_BYTES
  const offsetsAt = crcsAt + count * 4
  const largeAt = offsetsAt + count * 4
  for (let i = 0; i < count; i++) {
    crcs[i] = view.getUint32(crcsAt + i * 4)
    const offset = view.getUint32(offsetsAt + i * 4)
    offsets[i] = offset < LARGE ? offset : largeOffset(view, largeAt, offset - LARGE, large)
  }
  return { count, oids, offsets, crcs, trailer: bytes.slice(body.length - OID_BYTES, body.length) }
}

function largeOffset(view: DataView, at: number, number: number, count: number): number {
  if (number >= count) throw new IdxError('The pack index has an offset outside of its table.')
  const offset = view.getUint32(at + number * 8) * 2 ** 32 + view.getUint32(at + number * 8 + 4)
  if (!Number.isSafeInteger(offset)) throw new IdxError('The pack index has an impossible offset.')
  return offset
}

function checkOrder(oids: Uint8Array, count: number, fanout: (byte: number) => number): void {
  let before = 0
  for (let byte = 0; byte < 256; byte++) {
    const end = fanout(byte)
    if (end < before || end > count) throw new IdxError('The pack index is not in order.')
    for (let i = before; i < end; i++) {
      if (oids[i * OID_BYTES] !== byte) throw new IdxError('The pack index is not in order.')
      if (i > 0 && compareOids(oids, (i - 1) * OID_BYTES, oids, i * OID_BYTES) >= 0) {
        throw new IdxError('The pack index is not in order.')
      }
    }
    before = end
  }
}

/** The file that `git index-pack` would write, byte for byte. */
export async function encodeIdx(index: PackIndex): Promise<Uint8Array<ArrayBuffer>> {
  const { count, oids, offsets, crcs } = index
  const large = offsets.reduce((sum, offset) => sum + (offset >= LARGE ? 1 : 0), 0)
  const bytes = new Uint8Array(OVERHEAD + count * 28 + large * 8)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC)
  view.setUint32(4, 2)
  const fanout = fanoutOf(index)
  for (let byte = 0; byte < 256; byte++) view.setUint32(FANOUT_AT + byte * 4, fanout[byte + 1] as number)
  bytes.set(oids.subarray(0, count * OID_BYTES), OIDS_AT)
  const crcsAt = OIDS_AT + count * OID_BYTES
  const offsetsAt = crcsAt + count * 4
  const largeAt = offsetsAt + count * 4
  let next = 0
  for (let i = 0; i < count; i++) {
    const offset = offsets[i] as number
    view.setUint32(crcsAt + i * 4, crcs[i] as number)
    if (offset < LARGE) view.setUint32(offsetsAt + i * 4, offset)
    else {
      view.setUint32(offsetsAt + i * 4, LARGE + next)
      view.setUint32(largeAt + next * 8, Math.floor(offset / 2 ** 32))
      view.setUint32(largeAt + next * 8 + 4, offset % 2 ** 32)
      next++
    }
  }
  const end = bytes.length - OID_BYTES
  bytes.set(index.trailer, end - OID_BYTES)
  bytes.set(new Uint8Array(await crypto.subtle.digest('SHA-1', bytes.subarray(0, end))), end)
  return bytes
}

const fanouts = new WeakMap<PackIndex, Uint32Array>()

/** 257 positions: oids that begin with byte b stand at `[f[b], f[b + 1])`. Computed once an index. */
export function fanoutOf(index: PackIndex): Uint32Array {
  let fanout = fanouts.get(index)
  if (fanout === undefined) {
    fanout = new Uint32Array(257)
    for (let i = 0; i < index.count; i++) {
      const after = (index.oids[i * OID_BYTES] as number) + 1
      fanout[after] = (fanout[after] as number) + 1
    }
    for (let i = 1; i < 257; i++) fanout[i] = (fanout[i] as number) + (fanout[i - 1] as number)
    fanouts.set(index, fanout)
  }
  return fanout
}

/** Position of the oid at `oid[at]` in the index, or -1. */
export function findInIndex(index: PackIndex, oid: Uint8Array, at = 0): number {
  const fanout = fanoutOf(index)
  const first = oid[at] as number
  let low = fanout[first] as number
  let high = fanout[first + 1] as number
  while (low < high) {
    const middle = (low + high) >>> 1
    const order = compareOids(index.oids, middle * OID_BYTES, oid, at)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle
  }
  return -1
}

/**
 * Positions `[from, to)` of the oids that begin with `prefix`: 1 to 40 lowercase hexadecimal digits, else the range is empty.
 */
export function findPrefix(index: PackIndex, prefix: string): { from: number; to: number } {
  if (!/^[0-9a-f]{1,40}$/.test(prefix)) return { from: 0, to: 0 }
  return { from: lowerBound(index, prefix.padEnd(40, '0'), false), to: lowerBound(index, prefix.padEnd(40, 'f'), true) }
}

/** The first position whose oid is at least `hex` (or above it, if `after`). */
function lowerBound(index: PackIndex, hex: string, after: boolean): number {
  const oid = Uint8Array.from({ length: OID_BYTES }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16))
  let low = 0
  let high = index.count
  while (low < high) {
    const middle = (low + high) >>> 1
    const order = compareOids(index.oids, middle * OID_BYTES, oid, 0)
    if (order < 0 || (after && order === 0)) low = middle + 1
    else high = middle
  }
  return low
}
