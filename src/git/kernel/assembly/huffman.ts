/**
 * Huffman codes of deflate (RFC 1951, 3.2.2). A code of up to `bits` bits is found in one step in a table by the bits that
 * come; the few longer ones bit by bit. So tables stay small: for most objects making them takes longer than using them.
 *
 * An entry of a table: bits 0–3 the code's length, bits 8–11 how many extra bits follow it, bits 13–15 what it is, bits
 * 16–31 the literal, or the base of the length or distance. 0 stands for a longer code, or for none.
 */

export const LITERAL: u32 = 0x4000
export const END_OF_BLOCK: u32 = 0x8000
export const NO_CODE: u32 = 0x2000
/** Anything but a length or a distance. */
export const SPECIAL: u32 = LITERAL | END_OF_BLOCK | NO_CODE

export const LITERAL_BITS: u32 = 10
export const DISTANCE_BITS: u32 = 8
export const MAX_CODE_BITS: u32 = 15

/** A code's tables: by the next bits, how many codes have each length (u16), and the entries in the order of their codes. */
export const LITERAL_TABLE: usize = memory.data(4 << LITERAL_BITS, 8)
export const LITERAL_COUNTS: usize = memory.data(2 * 16, 8)
export const LITERAL_ENTRIES: usize = memory.data(4 * 288, 8)
export const DISTANCE_TABLE: usize = memory.data(4 << DISTANCE_BITS, 8)
export const DISTANCE_COUNTS: usize = memory.data(2 * 16, 8)
export const DISTANCE_ENTRIES: usize = memory.data(4 * 32, 8)

/** Entries without a code's length, by symbol. */
export const LITERAL_SYMBOLS: usize = memory.data(4 * 288, 8)
export const DISTANCE_SYMBOLS: usize = memory.data(4 * 32, 8)
/** Where the codes of each length begin among the entries (u16). */
const STARTS: usize = memory.data(2 * 16, 8)

function initialize(): void {
  for (let symbol: u32 = 0; symbol < 256; symbol++) store<u32>(LITERAL_SYMBOLS + 4 * symbol, (symbol << 16) | LITERAL)
  store<u32>(LITERAL_SYMBOLS + 4 * 256, END_OF_BLOCK)
  let base: u32 = 3
  for (let symbol: u32 = 257; symbol < 285; symbol++) {
    const extra: u32 = symbol < 265 ? 0 : (symbol - 261) >> 2
    store<u32>(LITERAL_SYMBOLS + 4 * symbol, (base << 16) | (extra << 8))
    base += 1 << extra
  }
  store<u32>(LITERAL_SYMBOLS + 4 * 285, 258 << 16)
  store<u32>(LITERAL_SYMBOLS + 4 * 286, NO_CODE)
  store<u32>(LITERAL_SYMBOLS + 4 * 287, NO_CODE)
  base = 1
  for (let symbol: u32 = 0; symbol < 30; symbol++) {
    const extra: u32 = symbol < 4 ? 0 : (symbol - 2) >> 1
    store<u32>(DISTANCE_SYMBOLS + 4 * symbol, (base << 16) | (extra << 8))
    base += 1 << extra
  }
  store<u32>(DISTANCE_SYMBOLS + 4 * 30, NO_CODE)
  store<u32>(DISTANCE_SYMBOLS + 4 * 31, NO_CODE)
}
initialize()

/**
 * Makes a code's tables from the `count` lengths at `lengths`. False where more codes are given than there can be, or fewer;
 * `mayLack`: none at all, or a single one of one bit, is allowed, as zlib has it. `symbols` 0: the symbols themselves.
 */
export function makeCode(
  lengths: usize,
  count: u32,
  table: usize,
  bits: u32,
  counts: usize,
  entries: usize,
  symbols: usize,
  mayLack: bool,
): bool {
  memory.fill(counts, 0, 32)
  for (let i: u32 = 0; i < count; i++) {
    const at = counts + 2 * <usize>load<u8>(lengths + i)
    store<u16>(at, load<u16>(at) + 1)
  }
  store<u16>(counts, 0)
  let left: i32 = 1
  let longest: u32 = 0
  let start: u32 = 0
  for (let length: u32 = 1; length <= MAX_CODE_BITS; length++) {
    const codes = <u32>load<u16>(counts + 2 * length)
    store<u16>(STARTS + 2 * length, <u16>start)
    start += codes
    left = 2 * left - <i32>codes
    if (left < 0) return false
    if (codes > 0) longest = length
  }
  memory.fill(table, 0, 4 << bits)
  if (longest == 0) return mayLack
  if (left > 0 && !(mayLack && longest == 1)) return false
  for (let i: u32 = 0; i < count; i++) {
    const length = <u32>load<u8>(lengths + i)
    if (length == 0) continue
    const at = STARTS + 2 * length
    const place = <usize>load<u16>(at)
    store<u16>(at, <u16>(place + 1))
    store<u32>(entries + 4 * place, (symbols == 0 ? i << 16 : load<u32>(symbols + 4 * i)) | length)
  }
  fillTable(table, bits, counts, entries)
  return true
}

/** Codes stand in the table under all bits that begin with them, their first bit being the lowest. */
function fillTable(table: usize, bits: u32, counts: usize, entries: usize): void {
  const size: u32 = 1 << bits
  /** The code, its bits reversed. */
  let code: u32 = 0
  for (let length: u32 = 1; length <= bits; length++) {
    for (let left = <u32>load<u16>(counts + 2 * length); left > 0; left--) {
      const entry = load<u32>(entries)
      entries += 4
      for (let i = code; i < size; i += 1 << length) store<u32>(table + 4 * i, entry)
      // One more, with the carry going to the lower bits; what is beyond the last code of its length is not used.
      let bit: u32 = 1 << (length - 1)
      while ((code & bit) != 0) bit >>= 1
      code = bit == 0 ? 0 : (code & (bit - 1)) | bit
    }
  }
}

/** The entry of the code that `bits` begin with, whatever its length; `NO_CODE` where there is none. */
export function findLongCode(counts: usize, entries: usize, bits: u64): u32 {
  let code: i32 = 0
  let first: i32 = 0
  for (let length: u32 = 1; length <= MAX_CODE_BITS; length++) {
    code |= <i32>(bits & 1)
    bits >>= 1
    const codes = <i32>load<u16>(counts + 2 * length)
    if (code - first < codes) return load<u32>(entries + 4 * (code - first))
    entries += 4 * codes
    first = (first + codes) << 1
    code <<= 1
  }
  return NO_CODE | MAX_CODE_BITS
}
