import { deflate } from 'pako'
import {
  INFLATE_END,
  INFLATE_INPUT,
  INFLATE_OUTPUT,
  INFLATE_SLACK,
  SHARED_INPUT_BYTES,
  SHARED_OUTPUT_BYTES,
  sharedKernel,
} from '../kernel/index.ts'
import { PackEntryError } from './errors.ts'

export { INFLATE_SLACK }

/** How far back a match reaches at most (RFC 1951). */
export const INFLATE_WINDOW = 32 * 1024

/** Throws `PackEntryError` for a result that says that the data is no zlib stream, or that its Adler-32 is wrong. */
export function checkInflated(status: number): void {
  if (status !== INFLATE_END && status !== INFLATE_INPUT && status !== INFLATE_OUTPUT) {
    throw new PackEntryError('Compressed data in the pack is damaged. Get it again.')
  }
}

/** Single zlib streams within some bytes: says where each ends. */
export class Inflater {
  /** Bytes of input that the last call used. */
  consumed = 0
  /** Bytes of output that the last call made: beyond the size that it was asked for, by at most `INFLATE_SLACK`. */
  produced = 0

  /**
   * The stream that begins at `input[from]`, exactly `size` bytes of it. Returns null where `input` ends before the stream
   * does; throws `PackEntryError` where it inflates to more or less. The result is the caller's own.
   */
  inflate(input: Uint8Array, from: number, to: number, size: number): Uint8Array<ArrayBuffer> | null {
    const result = new Uint8Array(size)
    const ended = this.#run(input, from, to, size + INFLATE_SLACK, result)
    if (this.produced > size) throw new PackEntryError('An object in the pack is bigger than it says. Get it again.')
    if (!ended) return null
    if (this.produced < size) throw new PackEntryError('An object in the pack is smaller than it says. Get it again.')
    return result
  }

  /** The first `length` bytes of the stream, or all of it if shorter, or null where `input` ends too early. */
  head(input: Uint8Array, from: number, to: number, length: number): Uint8Array<ArrayBuffer> | null {
    const result = new Uint8Array(length)
    const ended = this.#run(input, from, to, length, result)
    return ended || this.produced === length ? result.subarray(0, this.produced) : null
  }

  /** Inflates at most `most` bytes, as many as there is room for into `result`. Whether the stream ended. */
  #run(input: Uint8Array, from: number, to: number, most: number, result: Uint8Array): boolean {
    const { kernel, input: inputAt, output } = sharedKernel()
    const { run, bytes } = kernel
    run.inflateReset()
    this.consumed = 0
    this.produced = 0
    for (let out = output; ;) {
      const at = from + this.consumed
      const length = Math.min(to - at, SHARED_INPUT_BYTES)
      bytes.set(input.subarray(at, at + length), inputAt)
      const outEnd = Math.min(output + SHARED_OUTPUT_BYTES, out + most - this.produced)
      const status = run.inflate(inputAt, inputAt + length, output, out, outEnd)
      checkInflated(status)
      const used = run.inflateInputAt() - inputAt
      const end = run.inflateOutputAt()
      if (this.produced < result.length) {
        result.set(bytes.subarray(out, Math.min(end, out + result.length - this.produced)), this.produced)
      }
      this.consumed += used
      this.produced += end - out
      out = end
      if (status === INFLATE_END) return true
      if (status === INFLATE_INPUT && used === 0 && length === to - at) return false
      if (status === INFLATE_OUTPUT) {
        if (this.produced === most) return false
        // Matches reach back this far: the rest has been copied out.
        bytes.copyWithin(output, out - INFLATE_WINDOW, out)
        out = output + INFLATE_WINDOW
      }
    }
  }
}

/** Of zlib's memory, the least that it takes. */
const LEAST_WINDOW_BITS = 9
const LEAST_MEMORY_LEVEL = 1
/** Bytes that zlib wants to look ahead. */
const LOOK_AHEAD = 262
/** From here on zlib's own defaults fit. */
const SMALL_BYTES = 16 * 1024 - LOOK_AHEAD

/** A zlib stream for a pack entry. */
export function deflateBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  // git's own default level; the quicker levels of pako gain little and their packs are kept for good.
  return deflate(bytes, { level: 6, ...roomFor(bytes.length) })
}

/**
 * To make the tables of a big object takes several times as long as to deflate a small one in tables of its own size, and the
 * result is the same.
 */
function roomFor(
  length: number,
): { windowBits: number; memLevel: number; legacyHash: boolean; chunkSize: number } | null {
  if (length > SMALL_BYTES) return null
  return {
    windowBits: Math.max(LEAST_WINDOW_BITS, Math.ceil(Math.log2(length + LOOK_AHEAD))),
    memLevel: Math.max(LEAST_MEMORY_LEVEL, Math.ceil(Math.log2(length + 1)) - 6),
    // Of three bytes, as zlib's: pako's own has tables that are never small.
    legacyHash: true,
    chunkSize: length + 64,
  }
}
