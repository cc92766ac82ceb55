import { sha1Begin, sha1End, SHA1_STATE_BYTES, sha1Update } from './sha1'

/** The longest header of an object: `commit`, a space, 10 digits and a NUL, with room to spare. */
export const OBJECT_HEADER_BYTES: usize = 24

const STATE: usize = memory.data(96, 8)
const HEADER: usize = memory.data(24, 8)

/** Writes git's header of an object (`type SP size NUL`) so that it ends before `end`; returns where it begins. */
export function writeObjectHeader(type: u32, size: u32, end: usize): usize {
  let at = end - 1
  store<u8>(at, 0)
  do {
    store<u8>(--at, <u8>(48 + (size % 10)))
    size /= 10
  } while (size > 0)
  store<u8>(--at, 32)
  const name = typeName(type)
  const length: usize = type == 1 ? 6 : type == 4 ? 3 : 4
  at -= length
  for (let i: usize = 0; i < length; i++) store<u8>(at + i, <u8>(name >> (8 * i)))
  return at
}

/** `commit`, `tree`, `blob` or `tag`, the first letter lowest. */
function typeName(type: u32): u64 {
  return type == 1 ? 0x74696d6d6f63 : type == 2 ? 0x65657274 : type == 3 ? 0x626f6c62 : 0x676174
}

/** Begins the id of an object of `size` bytes, which are to follow in `sha1Update`. */
export function beginObject(state: usize, type: u32, size: u32): void {
  sha1Begin(state)
  const end = HEADER + OBJECT_HEADER_BYTES
  sha1Update(state, writeObjectHeader(type, size, end), end)
}

/** Writes the 20 bytes of the id of the object in `[from, to)` to `out`. */
export function hashObject(type: u32, from: usize, to: usize, out: usize): void {
  beginObject(STATE, type, <u32>(to - from))
  sha1Update(STATE, from, to)
  sha1End(STATE, out)
}
