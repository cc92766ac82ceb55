import { DeltaError, ObjectTooLargeError } from './errors.ts'

/**
 * git's deltas (gitformat-pack, "Deltified representation"): two sizes, then copies from the base and literal bytes.
 */

/** Up to here a loop is quicker than `set` with a view. */
const SHORT_COPY = 24

/** What a delta declares, and where its instructions begin. */
export interface DeltaHeader {
  baseSize: number
  size: number
  at: number
}

/** Enough for both sizes of any delta: two numbers of up to eight bytes. */
export const DELTA_HEADER_BYTES = 16

/** Throws `DeltaError` where the delta is shorter than its header or a size is beyond 53 bits. */
export function parseDeltaHeader(delta: Uint8Array): DeltaHeader {
  let at = 0
  const number = (): number => {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = delta[at++]
      if (byte === undefined || factor > 2 ** 49) throw new DeltaError()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
  }
  const baseSize = number()
  const size = number()
  if (size > Number.MAX_SAFE_INTEGER || baseSize > Number.MAX_SAFE_INTEGER) throw new DeltaError()
  return { baseSize, size, at }
}

/**
 * The object that `delta` makes of `base`. Nothing is written beyond the size that the delta declares, and nothing is
 * allocated if that is above `maxBytes` (`ObjectTooLargeError`). Throws `DeltaError` for everything else.
 */
export function applyDelta(base: Uint8Array, delta: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
  const header = parseDeltaHeader(delta)
  if (header.baseSize !== base.length) throw new DeltaError('A delta in the pack is for another base. Get it again.')
  if (header.size > maxBytes) throw new ObjectTooLargeError(header.size, maxBytes)
  // No instruction makes more than 16 MiB, so a short delta that claims gigabytes is refused before they are got.
  if (header.size > (delta.length - header.at) * 0xffffff) throw new DeltaError()
  const out = new Uint8Array(header.size)
  const end = delta.length
  let at = header.at
  let to = 0
  while (at < end) {
    const op = delta[at++] as number
    if ((op & 0x80) !== 0) {
      let from = 0
      let length = 0
      if ((op & 0x01) !== 0) from = delta[at++] as number
      if ((op & 0x02) !== 0) from |= (delta[at++] as number) << 8
      if ((op & 0x04) !== 0) from |= (delta[at++] as number) << 16
      if ((op & 0x08) !== 0) from += (delta[at++] as number) * 0x1000000
      if ((op & 0x10) !== 0) length = delta[at++] as number
      if ((op & 0x20) !== 0) length |= (delta[at++] as number) << 8
      if ((op & 0x40) !== 0) length |= (delta[at++] as number) << 16
      if (length === 0) length = 0x10000
      // Past the end of the delta the operands are undefined; `at` says so, whatever they added up to.
      if (at > end || !(from + length <= base.length) || to + length > out.length) throw new DeltaError()
      if (length <= SHORT_COPY) for (const stop = from + length; from < stop;) out[to++] = base[from++] as number
      else {
        out.set(base.subarray(from, from + length), to)
        to += length
      }
    } else {
      // 0 is reserved.
      if (op === 0 || at + op > end || to + op > out.length) throw new DeltaError()
      if (op <= SHORT_COPY) for (const stop = at + op; at < stop;) out[to++] = delta[at++] as number
      else {
        out.set(delta.subarray(at, at + op), to)
        at += op
        to += op
      }
    }
  }
  if (to !== out.length) throw new DeltaError('A delta in the pack makes less than it says. Get it again.')
  return out
}
