/** git's deltas (gitformat-pack, "Deltified representation"): two sizes, then copies from the base and literal bytes. */

/** What `applyDelta` returns. */
const MADE: u32 = 0
const DAMAGED: u32 = 1
/** It ends before the object does. */
const SHORT: u32 = 2

/** Up to here words are copied, of which the last may reach 7 bytes beyond; beyond it a bulk copy is quicker. */
const SHORT_COPY: u32 = 64

let baseSize: u64 = 0
let resultSize: u64 = 0
let instructions: usize = 0

/** False where the delta in `[from, to)` is shorter than its header, or a size is beyond 53 bits. */
export function readDeltaHeader(from: usize, to: usize): bool {
  instructions = from
  const base = readSize(to)
  const size = readSize(to)
  baseSize = base
  resultSize = size
  return base >= 0 && size >= 0
}

/** The sizes that the header gave: of the base that the delta is for, and of the object that it makes. */
export function deltaBaseSize(): f64 {
  return <f64>baseSize
}

export function deltaResultSize(): f64 {
  return <f64>resultSize
}

function readSize(to: usize): i64 {
  let value: i64 = 0
  for (let shift: i64 = 0; shift < 56; shift += 7) {
    if (instructions >= to) return -1
    const byte = <i64>load<u8>(instructions++)
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return value >> 53 == 0 ? value : -1
  }
  return -1
}

/**
 * Makes the object in `[out, out + size)` from the base and the delta in `[from, to)`, whose header was read just now and is
 * fulfilled. Up to 8 bytes beyond the object are overwritten.
 */
export function applyDelta(base: usize, baseLength: u32, to: usize, out: usize, size: u32): u32 {
  let at = instructions
  const end = out + size
  while (at < to) {
    const op = <u32>load<u8>(at++)
    if (op >= 0x80) {
      let offset: u32 = 0
      let length: u32 = 0
      // Bytes beyond `to` are read as whatever stands there; `at` says so.
      if ((op & 0x01) != 0) offset = load<u8>(at++)
      if ((op & 0x02) != 0) offset |= (<u32>load<u8>(at++)) << 8
      if ((op & 0x04) != 0) offset |= (<u32>load<u8>(at++)) << 16
      if ((op & 0x08) != 0) offset |= (<u32>load<u8>(at++)) << 24
      if ((op & 0x10) != 0) length = load<u8>(at++)
      if ((op & 0x20) != 0) length |= (<u32>load<u8>(at++)) << 8
      if ((op & 0x40) != 0) length |= (<u32>load<u8>(at++)) << 16
      if (length == 0) length = 0x10000
      if (at > to || <u64>offset + length > baseLength || length > <u32>(end - out)) return DAMAGED
      copy(out, base + offset, length)
      out += length
    } else {
      // 0 is reserved.
      if (op == 0 || op > <u32>(to - at) || op > <u32>(end - out)) return DAMAGED
      copy(out, at, op)
      at += op
      out += op
    }
  }
  return out == end ? MADE : SHORT
}

function copy(to: usize, from: usize, length: u32): void {
  if (length > SHORT_COPY) memory.copy(to, from, length)
  else for (let at: usize = 0; at < length; at += 8) store<u64>(to + at, load<u64>(from + at))
}
