/** CRC-32 as in `.idx` files (ITU-T V.42), eight bytes a step, and Adler-32 as zlib streams end in (RFC 1950). */

const CRC_TABLES: usize = memory.data(8 * 256 * 4, 8)

function initialize(): void {
  for (let n: u32 = 0; n < 256; n++) {
    let c = n
    for (let k = 0; k < 8; k++) c = (c & 1) != 0 ? 0xedb88320 ^ (c >> 1) : c >> 1
    store<u32>(CRC_TABLES + 4 * n, c)
  }
  for (let n: u32 = 256; n < 8 * 256; n++) {
    const before = load<u32>(CRC_TABLES + 4 * (n - 256))
    store<u32>(CRC_TABLES + 4 * n, load<u32>(CRC_TABLES + 4 * (before & 0xff)) ^ (before >> 8))
  }
}
initialize()

/** The CRC of what `crc` covers and the bytes in `[from, to)` after it; begin with 0. */
export function crc32(from: usize, to: usize, crc: u32): u32 {
  let c = ~crc
  for (; from + 8 <= to; from += 8) {
    const low = load<u32>(from) ^ c
    const high = load<u32>(from, 4)
    c =
      load<u32>(CRC_TABLES + 7 * 1024 + 4 * (low & 0xff)) ^
      load<u32>(CRC_TABLES + 6 * 1024 + 4 * ((low >> 8) & 0xff)) ^
      load<u32>(CRC_TABLES + 5 * 1024 + 4 * ((low >> 16) & 0xff)) ^
      load<u32>(CRC_TABLES + 4 * 1024 + 4 * (low >> 24)) ^
      load<u32>(CRC_TABLES + 3 * 1024 + 4 * (high & 0xff)) ^
      load<u32>(CRC_TABLES + 2 * 1024 + 4 * ((high >> 8) & 0xff)) ^
      load<u32>(CRC_TABLES + 1024 + 4 * ((high >> 16) & 0xff)) ^
      load<u32>(CRC_TABLES + 4 * (high >> 24))
  }
  for (; from < to; from++) c = load<u32>(CRC_TABLES + 4 * ((c ^ load<u8>(from)) & 0xff)) ^ (c >> 8)
  return ~c
}

/** Bytes after which the sums have to be reduced, or they would overflow 32 bits (zlib's NMAX). */
const ADLER_RUN: usize = 5552
const ADLER_BASE: u32 = 65521

/** The Adler-32 of what `adler` covers and the bytes in `[from, to)` after it; begin with 1. */
export function adler32(from: usize, to: usize, adler: u32): u32 {
  let a = adler & 0xffff
  let b = adler >> 16
  while (from < to) {
    const stop = min(to, from + ADLER_RUN)
    for (; from + 8 <= stop; from += 8) {
      const word = load<u64>(from)
      a += <u32>(word & 0xff)
      b += a
      a += <u32>((word >> 8) & 0xff)
      b += a
      a += <u32>((word >> 16) & 0xff)
      b += a
      a += <u32>((word >> 24) & 0xff)
      b += a
      a += <u32>((word >> 32) & 0xff)
      b += a
      a += <u32>((word >> 40) & 0xff)
      b += a
      a += <u32>((word >> 48) & 0xff)
      b += a
      a += <u32>(word >> 56)
      b += a
    }
    for (; from < stop; from++) {
      a += load<u8>(from)
      b += a
    }
    a %= ADLER_BASE
    b %= ADLER_BASE
  }
  return (b << 16) | a
}
