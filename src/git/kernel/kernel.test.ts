import { createHash } from 'node:crypto'
import {
  crc32 as zlibCrc32,
  constants,
  deflateRawSync,
  deflateSync,
  inflateRawSync,
  inflateSync,
  type ZlibOptions,
} from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { assemblyDigest } from '../../../scripts/kernel.ts'
import { DeltaError, PackError } from '../errors.ts'
import { applyDelta as applyDeltaInJs, parseDeltaHeader } from '../pack/delta.ts'
import { copyOp, craftDelta, insertOp } from '../pack/testing/craft.ts'
import { DELTA_MADE, DELTA_SLACK, INFLATE_END, INFLATE_INPUT, INFLATE_OUTPUT, INFLATE_REST, Kernel } from './kernel.ts'
import { SOURCES } from './wasm.ts'

/** Cases of each kind; fast-check prints the seed of a failure, `GUTS_SEED` tries it again. */
const long = process.env.GUTS_LONG === '1'
const options = {
  numRuns: long ? 100_000 : 2_000,
  ...(process.env.GUTS_SEED === undefined ? {} : { seed: Number(process.env.GUTS_SEED) }),
}
vi.setConfig({ testTimeout: long ? 3_600_000 : 120_000 })

const kernel = new Kernel(4 * 1024 * 1024)
const { run, bytes } = kernel
const input = kernel.heap
const output = input + 1024 * 1024
/** What stands around what may be written. */
const GUARD = 0xa5
const GUARDED = 32
const WINDOW = 32 * 1024
/** Of a stream that is damaged; no caller asks for it by name. */
const DAMAGED = 3
/** Bytes that a damaged stream may inflate to. */
const MOST = 1024 * 1024
const HEADER = Uint8Array.of(0x78, 0x9c)

test('is made from the sources that are there', () => {
  expect(SOURCES, 'npm run kernel makes it anew').toBe(assemblyDigest())
})

interface Inflated {
  status: number
  content: Uint8Array
  /** Bytes of the stream that were used. */
  used: number
}

/** Inflates a stream of which `pieces` bytes come at a time, into at most `room` bytes at a time. */
function inflate(stream: Uint8Array, most: number, pieces: () => number, room: () => number): Inflated {
  run.inflateReset()
  const parts: Uint8Array[] = []
  let [from, length, total] = [0, 0, 0]
  let out = output
  for (;;) {
    bytes.set(stream.subarray(from, from + length), input)
    const outEnd = out + Math.min(room(), most - total)
    bytes.fill(GUARD, outEnd, outEnd + GUARDED)
    const status = run.inflate(input, input + length, output, out, outEnd)
    const used = run.inflateInputAt() - input
    const end = run.inflateOutputAt()
    if (used > length || end > outEnd) throw new Error('It went beyond its input or its room.')
    for (let at = outEnd; at < outEnd + GUARDED; at++)
      if (bytes[at] !== GUARD) throw new Error('It wrote beyond its room.')
    parts.push(bytes.slice(out, end))
    total += end - out
    out = end
    from += used
    length -= used
    if (status === INFLATE_INPUT) {
      if (length > INFLATE_REST) throw new Error('It left too much of its input.')
      if (from + length === stream.length) return { status, content: Buffer.concat(parts), used: from }
      length = Math.min(length + pieces(), stream.length - from)
    } else if (status !== INFLATE_OUTPUT || total === most) {
      return { status, content: Buffer.concat(parts), used: from }
    }
    // As whoever inflates in parts does: what is further back is forgotten.
    if (out - output > 3 * WINDOW) {
      bytes.copyWithin(output, out - WINDOW, out)
      out = output + WINDOW
    }
  }
}

/** What zlib makes of deflate's blocks: null where it refuses them or they are not complete. */
function inflateRawByZlib(blocks: Uint8Array): { content: Uint8Array; used: number } | null {
  try {
    const { buffer, engine } = inflateRawSync(blocks, { info: true }) as unknown as {
      buffer: Buffer
      engine: { bytesWritten: number }
    }
    return { content: buffer, used: engine.bytesWritten }
  } catch {
    return null
  }
}

function inflateByZlib(stream: Uint8Array): boolean {
  try {
    inflateSync(stream)
    return true
  } catch {
    return false
  }
}

function adler32(content: Uint8Array): Uint8Array {
  let [a, b] = [1, 0]
  for (const byte of content) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return Uint8Array.of(b >> 8, b, a >> 8, a)
}

/** Bytes as repositories have them: random, words, runs, and repeated from near and far. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.string({ maxLength: 60 }).map((text) => new Uint8Array(Buffer.from(text))),
      fc.tuple(fc.nat(255), fc.nat(3000)).map(([byte, length]) => new Uint8Array(length).fill(byte)),
      fc.tuple(fc.nat(40_000), fc.nat(700)).map(([back, length]) => ({ back, length })),
    ),
    { maxLength: 24 },
  )
  .map((parts) => {
    let made = Buffer.alloc(0)
    for (const part of parts) {
      const next = part instanceof Uint8Array ? part : made.subarray(-part.back).subarray(0, part.length)
      made = Buffer.concat([made, next])
    }
    return new Uint8Array(made)
  })

const deflateOptions: fc.Arbitrary<ZlibOptions> = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FILTERED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
    constants.Z_FIXED,
  ),
})

/** Numbers between 1 and some most, the same again for the same seed. */
const steps = fc.tuple(fc.nat(), fc.constantFrom(1, 7, 300, 5_000, 1_000_000)).map(([seed, most]) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return 1 + (state % most)
  }
})

/** Lengths of codes that are complete, of which a few are then changed, for some of `symbols` symbols. */
function codeLengths(symbols: number): fc.Arbitrary<number[]> {
  const splits = fc.array(fc.nat(), { maxLength: 40 })
  const places = fc.uniqueArray(fc.nat(symbols - 1), { minLength: 41, maxLength: 41 })
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(15)), { maxLength: 2 })
  return fc.tuple(splits, symbols < 41 ? fc.constant([]) : places, changes).map(([all, where, changed]) => {
    const leaves = [0]
    for (const split of all) {
      const leaf = split % leaves.length
      const depth = (leaves[leaf] as number) + 1
      if (depth > 15 || leaves.length >= symbols) continue
      leaves[leaf] = depth
      leaves.push(depth)
    }
    const lengths = new Array<number>(symbols).fill(0)
    leaves.forEach((depth, n) => (lengths[where[n] ?? n] = depth))
    // Half of them stay as they are.
    if ((all.length & 1) === 0) for (const [place, length] of changed) lengths[place % symbols] = length
    return lengths
  })
}

/** The beginning of a deflate block with codes of its own: lengths as they are, or as repetitions. */
const dynamicBlock = fc
  .record({
    literals: fc.integer({ min: 257, max: 288 }).chain((count) => codeLengths(count)),
    distances: fc.integer({ min: 1, max: 32 }).chain((count) => codeLengths(count)),
    end: fc.nat(3),
    last: fc.nat(1),
    repeats: fc.array(fc.tuple(fc.oneof(fc.constant(0), fc.nat(300)), fc.constantFrom(16, 17, 18), fc.nat(127)), {
      maxLength: 2,
    }),
  })
  .map(({ literals, distances, end, last, repeats }) => {
    const bits: number[] = []
    const put = (value: number, count: number): void => {
      for (let i = 0; i < count; i++) bits.push((value >> i) & 1)
    }
    // A block without an end is refused: mostly it has one.
    if (end > 0 && literals[256] === 0) {
      const other = literals.findIndex((length) => length > 0)
      if (other >= 0) [literals[256], literals[other]] = [literals[other] as number, 0]
    }
    put(last | 4, 3)
    put(literals.length - 257, 5)
    put(distances.length - 1, 5)
    put(15, 4)
    // Thirteen codes of four bits, for the symbols 0 to 12, and six of five.
    for (const symbol of [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]) put(symbol < 13 ? 4 : 5, 3)
    const symbol = (value: number): void => {
      const [code, length] = value < 13 ? [value, 4] : [26 + value - 13, 5]
      for (let i = length - 1; i >= 0; i--) bits.push((code >> i) & 1)
    }
    const all = [...literals, ...distances]
    for (let at = 0; at < all.length; at++) {
      const repeat = repeats.find(([place]) => place === at)
      if (repeat !== undefined) {
        const extra = repeat[1] === 16 ? 2 : repeat[1] === 17 ? 3 : 7
        const more = repeat[2] & ((1 << extra) - 1)
        symbol(repeat[1])
        put(more, extra)
        at += (repeat[1] === 18 ? 11 : 3) + more - 1
      } else symbol(all[at] as number)
    }
    const block = new Uint8Array(Math.ceil(bits.length / 8))
    bits.forEach((bit, n) => (block[n >> 3] = (block[n >> 3] as number) | (bit << (n & 7))))
    return block
  })

describe('inflate, beside zlib', () => {
  test('whatever zlib made, however it comes and goes', () => {
    const property = fc.property(
      content,
      deflateOptions,
      steps,
      steps,
      fc.uint8Array({ maxLength: 30 }),
      (whole, how, pieces, room, after) => {
        const stream = deflateSync(whole, how)
        const made = inflate(Buffer.concat([stream, after]), whole.length, pieces, room)
        expect(made.status).toBe(INFLATE_END)
        expect(made.used).toBe(stream.length)
        expect(Buffer.compare(made.content, whole)).toBe(0)
      },
    )
    fc.assert(property, options)
  })

  /**
   * The same verdict, and the same content: of the blocks alone, since with a checksum nearly all that was changed is refused
   * for that. So our own gets the checksum that is right for what it makes.
   */
  function compare(blocks: Uint8Array, pieces: () => number, room: () => number): void {
    const expected = inflateRawByZlib(blocks)
    const first = inflate(Buffer.concat([HEADER, blocks, new Uint8Array(4)]), MOST, pieces, room)
    const end = first.used - (first.status === INFLATE_END ? 4 : 0)
    const stream = Buffer.concat([HEADER, blocks.subarray(0, end - HEADER.length), adler32(first.content)])
    const made = end < HEADER.length ? first : inflate(stream, MOST, pieces, room)
    expect(made.status === INFLATE_END && end <= HEADER.length + blocks.length).toBe(expected !== null)
    if (expected === null) return
    expect(made.used - 4 - HEADER.length).toBe(expected.used)
    expect(Buffer.compare(made.content, expected.content)).toBe(0)
  }

  test('whatever was changed of it, or cut', () => {
    // Mostly bits at the beginning, where the codes are.
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 3 })
    const cut = fc.option(fc.nat())
    const property = fc.property(content, deflateOptions, edits, cut, steps, steps, (whole, how, at, end, a, b) => {
      const blocks = new Uint8Array(deflateRawSync(whole, how))
      for (const [place, bit] of at) {
        const byte = (place % 3 === 0 ? place : place % 60) % blocks.length
        blocks[byte] = (blocks[byte] as number) ^ (1 << bit)
      }
      compare(end === null ? blocks : blocks.subarray(0, end % blocks.length), a, b)
    })
    fc.assert(property, options)
  })

  test('whatever the bytes', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(7), steps, steps, (body, kind, a, b) => {
      // The first block is of each of the three kinds, last or not.
      if (body.length > 0) body[0] = ((body[0] as number) & ~7) | kind
      compare(body, a, b)
    })
    fc.assert(property, options)
  })

  test('whatever codes a block may have, or may not have', () => {
    const property = fc.property(dynamicBlock, fc.uint8Array({ maxLength: 60 }), steps, steps, (block, body, a, b) => {
      compare(Buffer.concat([block, body]), a, b)
    })
    fc.assert(property, options)
  })

  test('a checksum that is wrong', () => {
    const stream = new Uint8Array(deflateSync(Buffer.from('what it is')))
    stream[stream.length - 1] = (stream[stream.length - 1] as number) ^ 1
    expect(
      inflate(
        stream,
        MOST,
        () => 100,
        () => 100,
      ).status,
    ).toBe(DAMAGED)
  })

  test('headers that zlib refuses, and those that it takes', () => {
    const body = deflateSync(Buffer.from('what it is')).subarray(2)
    for (let method = 0; method < 256; method++) {
      for (let flags = 0; flags < 256; flags++) {
        const stream = Buffer.concat([Uint8Array.of(method, flags), body])
        const isTaken =
          inflate(
            stream,
            MOST,
            () => 100,
            () => 100,
          ).status === INFLATE_END
        if (isTaken || flags % 31 === 0) expect(isTaken).toBe(inflateByZlib(stream))
      }
    }
  })

  test('a stream that is complete is not gone on with', () => {
    const stream = deflateSync(Buffer.from('a'))
    bytes.set(stream, input)
    run.inflateReset()
    expect(run.inflate(input, input + stream.length, output, output, output + 100)).toBe(INFLATE_END)
    expect(run.inflate(input, input + stream.length, output, output, output + 100)).toBe(DAMAGED)
  })
})

describe('checksums and hashes', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 })

  test('crc32 is zlib’s, sha1 is OpenSSL’s, in any pieces', () => {
    const property = fc.property(pieces, (parts) => {
      const state = output
      const out = output + 200
      run.sha1Begin(state)
      let crc = 0
      for (const part of parts) {
        bytes.set(part, input)
        run.sha1Update(state, input, input + part.length)
        crc = run.crc32(input, input + part.length, crc)
      }
      run.sha1End(state, out)
      const whole = Buffer.concat(parts)
      expect(Buffer.from(bytes.slice(out, out + 20)).toString('hex')).toBe(
        createHash('sha1').update(whole).digest('hex'),
      )
      expect(crc >>> 0).toBe(zlibCrc32(whole))
    })
    fc.assert(property, options)
  })

  test('ids of objects, whatever their type and size', () => {
    for (const [type, name] of [
      [1, 'commit'],
      [2, 'tree'],
      [3, 'blob'],
      [4, 'tag'],
    ] as const) {
      for (const size of [0, 9, 10, 55, 56, 63, 64, 99, 100, 999_999, 1_000_000]) {
        const content = bytes.subarray(input, input + size).fill(size)
        run.hashObject(type, input, input + size, output)
        const expected = createHash('sha1').update(`${name} ${size}\0`).update(content).digest()
        expect(Buffer.compare(bytes.slice(output, output + 20), expected)).toBe(0)
      }
    }
    const start = run.writeObjectHeader(1, 4_294_967_295, output)
    expect(Buffer.from(bytes.slice(start, output)).toString()).toBe('commit 4294967295\0')
  })
})

describe('deltas, beside those in JavaScript', () => {
  const base = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 31) >> 4)
  const baseAt = input
  const deltaAt = input + 128 * 1024

  function apply(delta: Uint8Array, most: number): Uint8Array | null {
    bytes.set(base, baseAt)
    bytes.set(delta, deltaAt)
    const end = deltaAt + delta.length
    if (!run.readDeltaHeader(deltaAt, end)) return null
    const size = run.deltaResultSize()
    if (size > most || run.deltaBaseSize() !== base.length) return null
    bytes.fill(GUARD, output + size, output + size + 100)
    const result = run.applyDelta(baseAt, base.length, end, output, size)
    for (let at = output + size + DELTA_SLACK; at < output + size + 100; at++) {
      if (bytes[at] !== GUARD) throw new Error('It wrote beyond its room.')
    }
    return result === DELTA_MADE ? bytes.slice(output, output + size) : null
  }

  function applyInJs(delta: Uint8Array, most: number): Uint8Array | null {
    try {
      return applyDeltaInJs(base, delta, most)
    } catch (error) {
      if (error instanceof PackError) return null
      throw error
    }
  }

  const op = fc.oneof(
    fc.tuple(fc.nat(base.length - 1), fc.nat(66_000)).map(([from, most]) => {
      const length = Math.max(1, Math.min(most, base.length - from))
      return { length, code: copyOp(from, length) }
    }),
    fc
      .uint8Array({ minLength: 1, maxLength: 127 })
      .map((literal) => ({ length: literal.length, code: insertOp(literal) })),
    // Reserved.
    fc.constant({ length: 0, code: insertOp([]) }),
  )
  const ops = fc.array(op, { maxLength: 8 })

  test('copies and inserts at random, and what was changed of them', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 })
    const property = fc.property(ops, edits, fc.option(fc.nat()), fc.nat(), (all, at, cut, limit) => {
      const size = all.reduce((sum, { length }) => sum + length, 0)
      const delta = craftDelta(base.length, size, ...all.map(({ code }) => code))
      for (const [place, byte] of at) delta[place % delta.length] = byte
      const cutDelta = cut === null ? delta : delta.subarray(0, cut % (delta.length + 1))
      const most = limit % 4 === 0 ? limit % 100_000 : 1_000_000
      const made = apply(cutDelta, most)
      const expected = applyInJs(cutDelta, most)
      expect(made === null).toBe(expected === null)
      if (made !== null && expected !== null) expect(Buffer.compare(made, expected)).toBe(0)
      const isSound = at.length === 0 && cut === null && size <= most && all.every(({ length }) => length > 0)
      if (isSound) expect(made).not.toBeNull()
    })
    fc.assert(property, options)
  })

  test('headers of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (head) => {
        bytes.set(head, deltaAt)
        const isRead = run.readDeltaHeader(deltaAt, deltaAt + head.length) !== 0
        let expected: { baseSize: number; size: number } | null = null
        try {
          expected = parseDeltaHeader(head)
        } catch (error) {
          expect(error).toBeInstanceOf(DeltaError)
        }
        expect(isRead).toBe(expected !== null)
        if (expected === null) return
        expect([run.deltaBaseSize(), run.deltaResultSize()]).toEqual([expected.baseSize, expected.size])
      }),
      options,
    )
  })
})
