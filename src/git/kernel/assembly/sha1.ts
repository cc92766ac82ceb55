/** SHA-1 (FIPS 180-4), its rounds written out: in a loop it would be half as fast. */

/** A hash on its way: five words, the bytes in the block that is not full (u32), all bytes (u64), that block. */
const FILLED: usize = 20
const LENGTH: usize = 24
const BLOCK: usize = 32
const BLOCK_BYTES: u32 = 64
export const SHA1_STATE_BYTES: usize = 96

export function sha1Begin(state: usize): void {
  store<u32>(state, 0x67452301)
  store<u32>(state, 0xefcdab89, 4)
  store<u32>(state, 0x98badcfe, 8)
  store<u32>(state, 0x10325476, 12)
  store<u32>(state, 0xc3d2e1f0, 16)
  store<u32>(state, 0, FILLED)
  store<u64>(state, 0, LENGTH)
}

export function sha1Update(state: usize, from: usize, to: usize): void {
  store<u64>(state, load<u64>(state, LENGTH) + (to - from), LENGTH)
  let filled = load<u32>(state, FILLED)
  if (filled > 0) {
    const length = min(BLOCK_BYTES - filled, <u32>(to - from))
    memory.copy(state + BLOCK + filled, from, length)
    from += length
    filled += length
    if (filled == BLOCK_BYTES) {
      addBlock(state, state + BLOCK)
      filled = 0
    }
  }
  for (; from + BLOCK_BYTES <= to; from += BLOCK_BYTES) addBlock(state, from)
  if (from < to) {
    memory.copy(state + BLOCK, from, to - from)
    filled = <u32>(to - from)
  }
  store<u32>(state, filled, FILLED)
}

/** Writes the 20 bytes of the hash to `out`. */
export function sha1End(state: usize, out: usize): void {
  const block = state + BLOCK
  let filled = load<u32>(state, FILLED)
  store<u8>(block + filled++, 0x80)
  if (filled > 56) {
    memory.fill(block + filled, 0, BLOCK_BYTES - filled)
    addBlock(state, block)
    filled = 0
  }
  memory.fill(block + filled, 0, 56 - filled)
  store<u64>(block, bswap<u64>(load<u64>(state, LENGTH) << 3), 56)
  addBlock(state, block)
  for (let i: usize = 0; i < 20; i += 4) store<u32>(out + i, bswap<u32>(load<u32>(state + i)))
}

const K0: u32 = 0x5a827999
const K1: u32 = 0x6ed9eba1
const K2: u32 = 0x8f1bbcdc
const K3: u32 = 0xca62c1d6

function choose(b: u32, c: u32, d: u32): u32 {
  return d ^ (b & (c ^ d))
}

function parity(b: u32, c: u32, d: u32): u32 {
  return b ^ c ^ d
}

function majority(b: u32, c: u32, d: u32): u32 {
  return (b & c) | (d & (b | c))
}

function addBlock(state: usize, at: usize): void {
  let a = load<u32>(state)
  let b = load<u32>(state, 4)
  let c = load<u32>(state, 8)
  let d = load<u32>(state, 12)
  let e = load<u32>(state, 16)
  let w0 = bswap<u32>(load<u32>(at, 0))
  e += rotl<u32>(a, 5) + choose(b, c, d) + K0 + w0
  b = rotl<u32>(b, 30)
  let w1 = bswap<u32>(load<u32>(at, 4))
  d += rotl<u32>(e, 5) + choose(a, b, c) + K0 + w1
  a = rotl<u32>(a, 30)
  let w2 = bswap<u32>(load<u32>(at, 8))
  c += rotl<u32>(d, 5) + choose(e, a, b) + K0 + w2
  e = rotl<u32>(e, 30)
  let w3 = bswap<u32>(load<u32>(at, 12))
  b += rotl<u32>(c, 5) + choose(d, e, a) + K0 + w3
  d = rotl<u32>(d, 30)
  let w4 = bswap<u32>(load<u32>(at, 16))
  a += rotl<u32>(b, 5) + choose(c, d, e) + K0 + w4
  c = rotl<u32>(c, 30)
  let w5 = bswap<u32>(load<u32>(at, 20))
  e += rotl<u32>(a, 5) + choose(b, c, d) + K0 + w5
  b = rotl<u32>(b, 30)
  let w6 = bswap<u32>(load<u32>(at, 24))
  d += rotl<u32>(e, 5) + choose(a, b, c) + K0 + w6
  a = rotl<u32>(a, 30)
  let w7 = bswap<u32>(load<u32>(at, 28))
  c += rotl<u32>(d, 5) + choose(e, a, b) + K0 + w7
  e = rotl<u32>(e, 30)
  let w8 = bswap<u32>(load<u32>(at, 32))
  b += rotl<u32>(c, 5) + choose(d, e, a) + K0 + w8
  d = rotl<u32>(d, 30)
  let w9 = bswap<u32>(load<u32>(at, 36))
  a += rotl<u32>(b, 5) + choose(c, d, e) + K0 + w9
  c = rotl<u32>(c, 30)
  let w10 = bswap<u32>(load<u32>(at, 40))
  e += rotl<u32>(a, 5) + choose(b, c, d) + K0 + w10
  b = rotl<u32>(b, 30)
  let w11 = bswap<u32>(load<u32>(at, 44))
  d += rotl<u32>(e, 5) + choose(a, b, c) + K0 + w11
  a = rotl<u32>(a, 30)
  let w12 = bswap<u32>(load<u32>(at, 48))
  c += rotl<u32>(d, 5) + choose(e, a, b) + K0 + w12
  e = rotl<u32>(e, 30)
  let w13 = bswap<u32>(load<u32>(at, 52))
  b += rotl<u32>(c, 5) + choose(d, e, a) + K0 + w13
  d = rotl<u32>(d, 30)
  let w14 = bswap<u32>(load<u32>(at, 56))
  a += rotl<u32>(b, 5) + choose(c, d, e) + K0 + w14
  c = rotl<u32>(c, 30)
  let w15 = bswap<u32>(load<u32>(at, 60))
  e += rotl<u32>(a, 5) + choose(b, c, d) + K0 + w15
  b = rotl<u32>(b, 30)
  w0 = rotl<u32>(w13 ^ w8 ^ w2 ^ w0, 1)
  d += rotl<u32>(e, 5) + choose(a, b, c) + K0 + w0
  a = rotl<u32>(a, 30)
  w1 = rotl<u32>(w14 ^ w9 ^ w3 ^ w1, 1)
  c += rotl<u32>(d, 5) + choose(e, a, b) + K0 + w1
  e = rotl<u32>(e, 30)
  w2 = rotl<u32>(w15 ^ w10 ^ w4 ^ w2, 1)
  b += rotl<u32>(c, 5) + choose(d, e, a) + K0 + w2
  d = rotl<u32>(d, 30)
  w3 = rotl<u32>(w0 ^ w11 ^ w5 ^ w3, 1)
  a += rotl<u32>(b, 5) + choose(c, d, e) + K0 + w3
  c = rotl<u32>(c, 30)
  w4 = rotl<u32>(w1 ^ w12 ^ w6 ^ w4, 1)
  e += rotl<u32>(a, 5) + parity(b, c, d) + K1 + w4
  b = rotl<u32>(b, 30)
  w5 = rotl<u32>(w2 ^ w13 ^ w7 ^ w5, 1)
  d += rotl<u32>(e, 5) + parity(a, b, c) + K1 + w5
  a = rotl<u32>(a, 30)
  w6 = rotl<u32>(w3 ^ w14 ^ w8 ^ w6, 1)
  c += rotl<u32>(d, 5) + parity(e, a, b) + K1 + w6
  e = rotl<u32>(e, 30)
  w7 = rotl<u32>(w4 ^ w15 ^ w9 ^ w7, 1)
  b += rotl<u32>(c, 5) + parity(d, e, a) + K1 + w7
  d = rotl<u32>(d, 30)
  w8 = rotl<u32>(w5 ^ w0 ^ w10 ^ w8, 1)
  a += rotl<u32>(b, 5) + parity(c, d, e) + K1 + w8
  c = rotl<u32>(c, 30)
  w9 = rotl<u32>(w6 ^ w1 ^ w11 ^ w9, 1)
  e += rotl<u32>(a, 5) + parity(b, c, d) + K1 + w9
  b = rotl<u32>(b, 30)
  w10 = rotl<u32>(w7 ^ w2 ^ w12 ^ w10, 1)
  d += rotl<u32>(e, 5) + parity(a, b, c) + K1 + w10
  a = rotl<u32>(a, 30)
  w11 = rotl<u32>(w8 ^ w3 ^ w13 ^ w11, 1)
  c += rotl<u32>(d, 5) + parity(e, a, b) + K1 + w11
  e = rotl<u32>(e, 30)
  w12 = rotl<u32>(w9 ^ w4 ^ w14 ^ w12, 1)
  b += rotl<u32>(c, 5) + parity(d, e, a) + K1 + w12
  d = rotl<u32>(d, 30)
  w13 = rotl<u32>(w10 ^ w5 ^ w15 ^ w13, 1)
  a += rotl<u32>(b, 5) + parity(c, d, e) + K1 + w13
  c = rotl<u32>(c, 30)
  w14 = rotl<u32>(w11 ^ w6 ^ w0 ^ w14, 1)
  e += rotl<u32>(a, 5) + parity(b, c, d) + K1 + w14
  b = rotl<u32>(b, 30)
  w15 = rotl<u32>(w12 ^ w7 ^ w1 ^ w15, 1)
  d += rotl<u32>(e, 5) + parity(a, b, c) + K1 + w15
  a = rotl<u32>(a, 30)
  w0 = rotl<u32>(w13 ^ w8 ^ w2 ^ w0, 1)
  c += rotl<u32>(d, 5) + parity(e, a, b) + K1 + w0
  e = rotl<u32>(e, 30)
  w1 = rotl<u32>(w14 ^ w9 ^ w3 ^ w1, 1)
  b += rotl<u32>(c, 5) + parity(d, e, a) + K1 + w1
  d = rotl<u32>(d, 30)
  w2 = rotl<u32>(w15 ^ w10 ^ w4 ^ w2, 1)
  a += rotl<u32>(b, 5) + parity(c, d, e) + K1 + w2
  c = rotl<u32>(c, 30)
  w3 = rotl<u32>(w0 ^ w11 ^ w5 ^ w3, 1)
  e += rotl<u32>(a, 5) + parity(b, c, d) + K1 + w3
  b = rotl<u32>(b, 30)
  w4 = rotl<u32>(w1 ^ w12 ^ w6 ^ w4, 1)
  d += rotl<u32>(e, 5) + parity(a, b, c) + K1 + w4
  a = rotl<u32>(a, 30)
  w5 = rotl<u32>(w2 ^ w13 ^ w7 ^ w5, 1)
  c += rotl<u32>(d, 5) + parity(e, a, b) + K1 + w5
  e = rotl<u32>(e, 30)
  w6 = rotl<u32>(w3 ^ w14 ^ w8 ^ w6, 1)
  b += rotl<u32>(c, 5) + parity(d, e, a) + K1 + w6
  d = rotl<u32>(d, 30)
  w7 = rotl<u32>(w4 ^ w15 ^ w9 ^ w7, 1)
  a += rotl<u32>(b, 5) + parity(c, d, e) + K1 + w7
  c = rotl<u32>(c, 30)
  w8 = rotl<u32>(w5 ^ w0 ^ w10 ^ w8, 1)
  e += rotl<u32>(a, 5) + majority(b, c, d) + K2 + w8
  b = rotl<u32>(b, 30)
  w9 = rotl<u32>(w6 ^ w1 ^ w11 ^ w9, 1)
  d += rotl<u32>(e, 5) + majority(a, b, c) + K2 + w9
  a = rotl<u32>(a, 30)
  w10 = rotl<u32>(w7 ^ w2 ^ w12 ^ w10, 1)
  c += rotl<u32>(d, 5) + majority(e, a, b) + K2 + w10
  e = rotl<u32>(e, 30)
  w11 = rotl<u32>(w8 ^ w3 ^ w13 ^ w11, 1)
  b += rotl<u32>(c, 5) + majority(d, e, a) + K2 + w11
  d = rotl<u32>(d, 30)
  w12 = rotl<u32>(w9 ^ w4 ^ w14 ^ w12, 1)
  a += rotl<u32>(b, 5) + majority(c, d, e) + K2 + w12
  c = rotl<u32>(c, 30)
  w13 = rotl<u32>(w10 ^ w5 ^ w15 ^ w13, 1)
  e += rotl<u32>(a, 5) + majority(b, c, d) + K2 + w13
  b = rotl<u32>(b, 30)
  w14 = rotl<u32>(w11 ^ w6 ^ w0 ^ w14, 1)
  d += rotl<u32>(e, 5) + majority(a, b, c) + K2 + w14
  a = rotl<u32>(a, 30)
  w15 = rotl<u32>(w12 ^ w7 ^ w1 ^ w15, 1)
  c += rotl<u32>(d, 5) + majority(e, a, b) + K2 + w15
  e = rotl<u32>(e, 30)
  w0 = rotl<u32>(w13 ^ w8 ^ w2 ^ w0, 1)
  b += rotl<u32>(c, 5) + majority(d, e, a) + K2 + w0
  d = rotl<u32>(d, 30)
  w1 = rotl<u32>(w14 ^ w9 ^ w3 ^ w1, 1)
  a += rotl<u32>(b, 5) + majority(c, d, e) + K2 + w1
  c = rotl<u32>(c, 30)
  w2 = rotl<u32>(w15 ^ w10 ^ w4 ^ w2, 1)
  e += rotl<u32>(a, 5) + majority(b, c, d) + K2 + w2
  b = rotl<u32>(b, 30)
  w3 = rotl<u32>(w0 ^ w11 ^ w5 ^ w3, 1)
  d += rotl<u32>(e, 5) + majority(a, b, c) + K2 + w3
  a = rotl<u32>(a, 30)
  w4 = rotl<u32>(w1 ^ w12 ^ w6 ^ w4, 1)
  c += rotl<u32>(d, 5) + majority(e, a, b) + K2 + w4
  e = rotl<u32>(e, 30)
  w5 = rotl<u32>(w2 ^ w13 ^ w7 ^ w5, 1)
  b += rotl<u32>(c, 5) + majority(d, e, a) + K2 + w5
  d = rotl<u32>(d, 30)
  w6 = rotl<u32>(w3 ^ w14 ^ w8 ^ w6, 1)
  a += rotl<u32>(b, 5) + majority(c, d, e) + K2 + w6
  c = rotl<u32>(c, 30)
  w7 = rotl<u32>(w4 ^ w15 ^ w9 ^ w7, 1)
  e += rotl<u32>(a, 5) + majority(b, c, d) + K2 + w7
  b = rotl<u32>(b, 30)
  w8 = rotl<u32>(w5 ^ w0 ^ w10 ^ w8, 1)
  d += rotl<u32>(e, 5) + majority(a, b, c) + K2 + w8
  a = rotl<u32>(a, 30)
  w9 = rotl<u32>(w6 ^ w1 ^ w11 ^ w9, 1)
  c += rotl<u32>(d, 5) + majority(e, a, b) + K2 + w9
  e = rotl<u32>(e, 30)
  w10 = rotl<u32>(w7 ^ w2 ^ w12 ^ w10, 1)
  b += rotl<u32>(c, 5) + majority(d, e, a) + K2 + w10
  d = rotl<u32>(d, 30)
  w11 = rotl<u32>(w8 ^ w3 ^ w13 ^ w11, 1)
  a += rotl<u32>(b, 5) + majority(c, d, e) + K2 + w11
  c = rotl<u32>(c, 30)
  w12 = rotl<u32>(w9 ^ w4 ^ w14 ^ w12, 1)
  e += rotl<u32>(a, 5) + parity(b, c, d) + K3 + w12
  b = rotl<u32>(b, 30)
  w13 = rotl<u32>(w10 ^ w5 ^ w15 ^ w13, 1)
  d += rotl<u32>(e, 5) + parity(a, b, c) + K3 + w13
  a = rotl<u32>(a, 30)
  w14 = rotl<u32>(w11 ^ w6 ^ w0 ^ w14, 1)
  c += rotl<u32>(d, 5) + parity(e, a, b) + K3 + w14
  e = rotl<u32>(e, 30)
  w15 = rotl<u32>(w12 ^ w7 ^ w1 ^ w15, 1)
  b += rotl<u32>(c, 5) + parity(d, e, a) + K3 + w15
  d = rotl<u32>(d, 30)
  w0 = rotl<u32>(w13 ^ w8 ^ w2 ^ w0, 1)
  a += rotl<u32>(b, 5) + parity(c, d, e) + K3 + w0
  c = rotl<u32>(c, 30)
  w1 = rotl<u32>(w14 ^ w9 ^ w3 ^ w1, 1)
  e += rotl<u32>(a, 5) + parity(b, c, d) + K3 + w1
  b = rotl<u32>(b, 30)
  w2 = rotl<u32>(w15 ^ w10 ^ w4 ^ w2, 1)
  d += rotl<u32>(e, 5) + parity(a, b, c) + K3 + w2
  a = rotl<u32>(a, 30)
  w3 = rotl<u32>(w0 ^ w11 ^ w5 ^ w3, 1)
  c += rotl<u32>(d, 5) + parity(e, a, b) + K3 + w3
  e = rotl<u32>(e, 30)
  w4 = rotl<u32>(w1 ^ w12 ^ w6 ^ w4, 1)
  b += rotl<u32>(c, 5) + parity(d, e, a) + K3 + w4
  d = rotl<u32>(d, 30)
  w5 = rotl<u32>(w2 ^ w13 ^ w7 ^ w5, 1)
  a += rotl<u32>(b, 5) + parity(c, d, e) + K3 + w5
  c = rotl<u32>(c, 30)
  w6 = rotl<u32>(w3 ^ w14 ^ w8 ^ w6, 1)
  e += rotl<u32>(a, 5) + parity(b, c, d) + K3 + w6
  b = rotl<u32>(b, 30)
  w7 = rotl<u32>(w4 ^ w15 ^ w9 ^ w7, 1)
  d += rotl<u32>(e, 5) + parity(a, b, c) + K3 + w7
  a = rotl<u32>(a, 30)
  w8 = rotl<u32>(w5 ^ w0 ^ w10 ^ w8, 1)
  c += rotl<u32>(d, 5) + parity(e, a, b) + K3 + w8
  e = rotl<u32>(e, 30)
  w9 = rotl<u32>(w6 ^ w1 ^ w11 ^ w9, 1)
  b += rotl<u32>(c, 5) + parity(d, e, a) + K3 + w9
  d = rotl<u32>(d, 30)
  w10 = rotl<u32>(w7 ^ w2 ^ w12 ^ w10, 1)
  a += rotl<u32>(b, 5) + parity(c, d, e) + K3 + w10
  c = rotl<u32>(c, 30)
  w11 = rotl<u32>(w8 ^ w3 ^ w13 ^ w11, 1)
  e += rotl<u32>(a, 5) + parity(b, c, d) + K3 + w11
  b = rotl<u32>(b, 30)
  w12 = rotl<u32>(w9 ^ w4 ^ w14 ^ w12, 1)
  d += rotl<u32>(e, 5) + parity(a, b, c) + K3 + w12
  a = rotl<u32>(a, 30)
  w13 = rotl<u32>(w10 ^ w5 ^ w15 ^ w13, 1)
  c += rotl<u32>(d, 5) + parity(e, a, b) + K3 + w13
  e = rotl<u32>(e, 30)
  w14 = rotl<u32>(w11 ^ w6 ^ w0 ^ w14, 1)
  b += rotl<u32>(c, 5) + parity(d, e, a) + K3 + w14
  d = rotl<u32>(d, 30)
  w15 = rotl<u32>(w12 ^ w7 ^ w1 ^ w15, 1)
  a += rotl<u32>(b, 5) + parity(c, d, e) + K3 + w15
  c = rotl<u32>(c, 30)
  store<u32>(state, load<u32>(state) + a)
  store<u32>(state, load<u32>(state, 4) + b, 4)
  store<u32>(state, load<u32>(state, 8) + c, 8)
  store<u32>(state, load<u32>(state, 12) + d, 12)
  store<u32>(state, load<u32>(state, 16) + e, 16)
}
