import { adler32 } from './checksums'
import {
  DISTANCE_BITS,
  DISTANCE_COUNTS,
  DISTANCE_ENTRIES,
  DISTANCE_SYMBOLS,
  DISTANCE_TABLE,
  END_OF_BLOCK,
  findLongCode,
  LITERAL,
  LITERAL_BITS,
  LITERAL_COUNTS,
  LITERAL_ENTRIES,
  LITERAL_SYMBOLS,
  LITERAL_TABLE,
  makeCode,
  NO_CODE,
  SPECIAL,
} from './huffman'

/** What `inflate` returns: the stream is complete, it needs more input, it needs more room, or it is no zlib stream. */
const END: u32 = 0
const INPUT: u32 = 1
const OUTPUT: u32 = 2
const DAMAGED: u32 = 3
/** Among its parts: there is more to do. */
const GO_ON: u32 = 4

/** Where in the stream it stopped. */
const AT_HEADER: u32 = 0
const AT_BLOCK: u32 = 1
const IN_STORED: u32 = 2
const IN_CODES: u32 = 3
const AT_TRAILER: u32 = 4
const AT_END: u32 = 5

/** The fast loop reads up to two words of 8 bytes a symbol, and writes a match of 258 bytes and up to 7 more. */
const FAST_INPUT: usize = 16
const FAST_OUTPUT: usize = 274

/** Bits that are certain to be there after a refill; the longest symbol with its distance has 48. */
const REFILLED: u64 = 48

/** Code lengths: of the code that codes lengths, then of the two codes of a block. */
const LENGTHS: usize = memory.data(32 + 320, 8)
/** The order in which the lengths of that first code come. */
const ORDER: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])

let state: u32 = AT_HEADER
/** Bits of the input that were taken and not used: fewer than 8 between two calls, the next one lowest. */
let heldBits: u64 = 0
let heldCount: u32 = 0
let isLast: bool = false
/** Bytes of a stored block, or of a match, that are still to come; and from how far back a match is copied. */
let pending: u32 = 0
let pendingDistance: u32 = 0
let adler: u32 = 1
/** The tables are those of fixed blocks. */
let isFixed: bool = false
/** Where it stopped in the input and in the output. */
let inputAt: usize = 0
let outputAt: usize = 0

export function inflateInputAt(): usize {
  return inputAt
}

export function inflateOutputAt(): usize {
  return outputAt
}

/** Begins a stream, whatever became of the one before. */
export function inflateReset(): void {
  state = AT_HEADER
  heldBits = 0
  heldCount = 0
  pending = 0
  adler = 1
}

/**
 * Goes on with the stream: from the input in `[from, to)` into `[out, outEnd)`; matches reach back to `window` and no
 * further. Input that is not used is to be given again with what follows it: at most a block's header, 300 bytes.
 */
export function inflate(from: usize, to: usize, window: usize, out: usize, outEnd: usize): u32 {
  inputAt = from
  outputAt = out
  let result: u32
  do {
    switch (state) {
      case AT_HEADER:
        result = streamHeader(to)
        break
      case AT_BLOCK:
        result = blockHeader(to)
        break
      case IN_STORED:
        result = stored(to, outEnd)
        break
      case IN_CODES:
        result = codes(to, window, outEnd)
        break
      case AT_TRAILER:
        result = END
        break
      default:
        result = DAMAGED
    }
  } while (result == END && state < AT_TRAILER)
  adler = adler32(out, outputAt, adler)
  return result == END ? trailer(to) : result
}

function streamHeader(to: usize): u32 {
  if (inputAt + 2 > to) return INPUT
  const method = <u32>load<u8>(inputAt)
  const flags = <u32>load<u8>(inputAt, 1)
  // Deflate with a window of up to 32 KiB; no preset dictionary.
  if ((method & 15) != 8 || method >> 4 > 7 || (flags & 32) != 0 || ((method << 8) | flags) % 31 != 0) return DAMAGED
  inputAt += 2
  state = AT_BLOCK
  return END
}

function trailer(to: usize): u32 {
  if (inputAt + 4 > to) return INPUT
  if (bswap<u32>(load<u32>(inputAt)) != adler) return DAMAGED
  inputAt += 4
  state = AT_END
  return END
}

function blockHeader(to: usize): u32 {
  let at = inputAt
  let bits = heldBits
  let count = heldCount
  if (count < 3) {
    if (at >= to) return INPUT
    bits |= (<u64>load<u8>(at++)) << count
    count += 8
  }
  const last = (bits & 1) != 0
  const kind = (<u32>(bits >> 1)) & 3
  if (kind == 0) {
    // What is left of the byte is skipped.
    if (at + 4 > to) return INPUT
    const length = <u32>load<u16>(at)
    if ((length ^ (<u32>load<u16>(at, 2))) != 0xffff) return DAMAGED
    inputAt = at + 4
    heldBits = 0
    heldCount = 0
    pending = length
    state = IN_STORED
  } else if (kind == 1) {
    hold(at, bits >> 3, count - 3)
    useFixedCodes()
    state = IN_CODES
  } else if (kind == 2) {
    const result = dynamicCodes(at, to, bits >> 3, count - 3)
    if (result != END) return result
    state = IN_CODES
  } else return DAMAGED
  isLast = last
  return END
}

/** Keeps where it is between two calls: whole bytes that were not used are given back. */
function hold(at: usize, bits: u64, count: u64): void {
  inputAt = at - <usize>(count >> 3)
  heldCount = (<u32>count) & 7
  heldBits = bits & (((<u64>1) << heldCount) - 1)
}

function useFixedCodes(): void {
  if (isFixed) return
  memory.fill(LENGTHS, 8, 144)
  memory.fill(LENGTHS + 144, 9, 112)
  memory.fill(LENGTHS + 256, 7, 24)
  memory.fill(LENGTHS + 280, 8, 8)
  makeLiteralCode(LENGTHS, 288)
  memory.fill(LENGTHS, 5, 32)
  makeDistanceCode(LENGTHS, 32)
  isFixed = true
}

function makeLiteralCode(lengths: usize, count: u32): bool {
  return makeCode(lengths, count, LITERAL_TABLE, LITERAL_BITS, LITERAL_COUNTS, LITERAL_ENTRIES, LITERAL_SYMBOLS, true)
}

function makeDistanceCode(lengths: usize, count: u32): bool {
  return makeCode(
    lengths,
    count,
    DISTANCE_TABLE,
    DISTANCE_BITS,
    DISTANCE_COUNTS,
    DISTANCE_ENTRIES,
    DISTANCE_SYMBOLS,
    true,
  )
}

/** Reads the codes of a block. All or nothing: where the input ends within them, they are read again from their start. */
function dynamicCodes(at: usize, to: usize, bits: u64, count: u64): u32 {
  for (; count < REFILLED && at < to; count += 8) bits |= (<u64>load<u8>(at++)) << count
  if (count < 14) return INPUT
  const literals = <u32>(bits & 31) + 257
  const distances = <u32>((bits >> 5) & 31) + 1
  const lengths = <u32>((bits >> 10) & 15) + 4
  if (literals > 286 || distances > 30) return DAMAGED
  bits >>= 14
  count -= 14
  memory.fill(LENGTHS, 0, 19)
  for (let i: u32 = 0; i < lengths; i++) {
    for (; count < 3 && at < to; count += 8) bits |= (<u64>load<u8>(at++)) << count
    if (count < 3) return INPUT
    store<u8>(LENGTHS + load<u8>(ORDER + i), <u8>(bits & 7))
    bits >>= 3
    count -= 3
  }
  isFixed = false
  // The distances' tables are free until their own code is known.
  if (!makeCode(LENGTHS, 19, DISTANCE_TABLE, 7, DISTANCE_COUNTS, DISTANCE_ENTRIES, 0, false)) return DAMAGED
  const all = literals + distances
  const list = LENGTHS + 32
  for (let i: u32 = 0; i < all;) {
    for (; count < 14 && at < to; count += 8) bits |= (<u64>load<u8>(at++)) << count
    const entry = load<u32>(DISTANCE_TABLE + 4 * ((<usize>bits) & 127))
    const used = entry & 15
    const symbol = entry >> 16
    // Such a code is complete, so an entry is only absent where its bits are.
    const extra: u32 = symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7
    if (used + extra > count) return INPUT
    bits >>= used
    const repeat = symbol < 16 ? 1 : (symbol == 18 ? 11 : 3) + ((<u32>bits) & ((1 << extra) - 1))
    bits >>= extra
    count -= used + extra
    if (i + repeat > all || (symbol == 16 && i == 0)) return DAMAGED
    const length: u8 = symbol < 16 ? <u8>symbol : symbol == 16 ? load<u8>(list + i - 1) : 0
    memory.fill(list + i, length, repeat)
    i += repeat
  }
  // Without an end a block would have none.
  if (load<u8>(list + 256) == 0) return DAMAGED
  if (!makeLiteralCode(list, literals) || !makeDistanceCode(list + literals, distances)) return DAMAGED
  hold(at, bits, count)
  return END
}

function stored(to: usize, outEnd: usize): u32 {
  const length = min(<usize>pending, min(to - inputAt, outEnd - outputAt))
  memory.copy(outputAt, inputAt, length)
  outputAt += length
  inputAt += length
  pending -= <u32>length
  if (pending > 0) return inputAt == to ? INPUT : OUTPUT
  endBlock()
  return END
}

function endBlock(): void {
  state = isLast ? AT_TRAILER : AT_BLOCK
}

/** The rest of a match for which there was no room. */
function copyPending(outEnd: usize): bool {
  for (; pending > 0 && outputAt < outEnd; pending--) {
    store<u8>(outputAt, load<u8>(outputAt - pendingDistance))
    outputAt++
  }
  return pending == 0
}

function codes(to: usize, window: usize, outEnd: usize): u32 {
  if (!copyPending(outEnd)) return OUTPUT
  let result = GO_ON
  while (result == GO_ON) {
    if (to - inputAt >= FAST_INPUT && outEnd - outputAt >= FAST_OUTPUT) {
      result = fastCodes(to - FAST_INPUT, window, outEnd - FAST_OUTPUT)
    }
    if (result == GO_ON) result = oneCode(to, window, outEnd)
  }
  return result
}

/** One symbol near the end of the input or of the room; all or nothing. */
function oneCode(to: usize, window: usize, outEnd: usize): u32 {
  let at = inputAt
  let bits = heldBits
  let count: u64 = heldCount
  for (; count <= REFILLED && at < to; count += 8) bits |= (<u64>load<u8>(at++)) << count
  let entry = load<u32>(LITERAL_TABLE + 4 * ((<usize>bits) & ((1 << LITERAL_BITS) - 1)))
  if (entry == 0) entry = findLongCode(LITERAL_COUNTS, LITERAL_ENTRIES, bits)
  let used: u64 = entry & 15
  if (used > count) return INPUT
  if ((entry & END_OF_BLOCK) != 0) {
    hold(at, bits >> used, count - used)
    endBlock()
    return END
  }
  if ((entry & NO_CODE) != 0) return DAMAGED
  if (outputAt >= outEnd) return OUTPUT
  if ((entry & LITERAL) != 0) {
    store<u8>(outputAt++, <u8>(entry >> 16))
    hold(at, bits >> used, count - used)
    return GO_ON
  }
  let extra: u64 = (entry >> 8) & 15
  const length = (entry >> 16) + ((<u32>(bits >> used)) & ((1 << (<u32>extra)) - 1))
  used += extra
  entry = load<u32>(DISTANCE_TABLE + 4 * ((<usize>(bits >> used)) & ((1 << DISTANCE_BITS) - 1)))
  if (entry == 0) entry = findLongCode(DISTANCE_COUNTS, DISTANCE_ENTRIES, bits >> used)
  used += entry & 15
  extra = (entry >> 8) & 15
  if (used + extra > count) return INPUT
  if ((entry & NO_CODE) != 0) return DAMAGED
  const distance = (entry >> 16) + ((<u32>(bits >> used)) & ((1 << (<u32>extra)) - 1))
  used += extra
  if (distance > <u32>(outputAt - window)) return DAMAGED
  hold(at, bits >> used, count - used)
  pending = length
  pendingDistance = distance
  return copyPending(outEnd) ? GO_ON : OUTPUT
}

/**
 * Symbols as long as there is input up to `lastInput` and room up to `lastOutput` at the start of each. Returns `GO_ON` where
 * it stopped for want of one of them.
 */
function fastCodes(lastInput: usize, window: usize, lastOutput: usize): u32 {
  let at = inputAt
  let out = outputAt
  let bits = heldBits
  let count: u64 = heldCount
  let result: u32 = GO_ON
  while (at <= lastInput && out <= lastOutput) {
    // At least 56 bits; those above `count` are the right ones too, so the next refill may set them again.
    bits |= load<u64>(at) << count
    at += <usize>((63 - count) >> 3)
    count |= 56
    let entry = load<u32>(LITERAL_TABLE + 4 * ((<usize>bits) & ((1 << LITERAL_BITS) - 1)))
    if ((entry & LITERAL) != 0) {
      bits >>= entry & 15
      count -= entry & 15
      store<u8>(out++, <u8>(entry >> 16))
      entry = load<u32>(LITERAL_TABLE + 4 * ((<usize>bits) & ((1 << LITERAL_BITS) - 1)))
      if ((entry & LITERAL) != 0) {
        bits >>= entry & 15
        count -= entry & 15
        store<u8>(out++, <u8>(entry >> 16))
        entry = load<u32>(LITERAL_TABLE + 4 * ((<usize>bits) & ((1 << LITERAL_BITS) - 1)))
      }
    }
    if (entry == 0) entry = findLongCode(LITERAL_COUNTS, LITERAL_ENTRIES, bits)
    bits >>= entry & 15
    count -= entry & 15
    if ((entry & SPECIAL) != 0) {
      if ((entry & LITERAL) != 0) {
        store<u8>(out++, <u8>(entry >> 16))
        continue
      }
      if ((entry & END_OF_BLOCK) != 0) {
        endBlock()
        result = END
      } else result = DAMAGED
      break
    }
    let extra = (entry >> 8) & 15
    const length = (entry >> 16) + ((<u32>bits) & ((1 << extra) - 1))
    bits >>= extra
    count -= extra
    if (count < 28) {
      bits |= load<u64>(at) << count
      at += <usize>((63 - count) >> 3)
      count |= 56
    }
    entry = load<u32>(DISTANCE_TABLE + 4 * ((<usize>bits) & ((1 << DISTANCE_BITS) - 1)))
    if (entry == 0) entry = findLongCode(DISTANCE_COUNTS, DISTANCE_ENTRIES, bits)
    bits >>= entry & 15
    count -= entry & 15
    extra = (entry >> 8) & 15
    const distance = (entry >> 16) + ((<u32>bits) & ((1 << extra) - 1))
    bits >>= extra
    count -= extra
    if ((entry & NO_CODE) != 0 || distance > <u32>(out - window)) {
      result = DAMAGED
      break
    }
    copyMatch(out, distance, length)
    out += length
  }
  outputAt = out
  hold(at, bits, count)
  return result
}

/** Up to 7 bytes beyond the match are overwritten. */
function copyMatch(out: usize, distance: u32, length: u32): void {
  const end = out + length
  let from = out - distance
  if (distance >= 8) {
    do {
      store<u64>(out, load<u64>(from))
      out += 8
      from += 8
    } while (out < end)
  } else if (distance == 1) {
    const word = <u64>load<u8>(from) * 0x0101010101010101
    do {
      store<u64>(out, word)
      out += 8
    } while (out < end)
  } else {
    do {
      store<u8>(out++, load<u8>(from++))
    } while (out < end)
  }
}
