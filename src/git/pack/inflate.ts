import { deflate, Z_FINISH, Z_STREAM_END, zlibInflate, zlibInflateInit, zlibInflateReset, ZStream } from 'pako'
import { PackEntryError } from './errors.ts'

/**
 * Room beyond the declared size. zlib's fast loop runs only while 258 bytes are free, so without it the end of every
 * object, and the whole of a small one, would go byte by byte. It is also by how much a lying entry can overrun.
 */
export const INFLATE_SLACK = 320

/** Objects up to this size are inflated into one buffer that is used again, then copied out at their exact size. */
const SCRATCH_BYTES = 64 * 1024

/** `end`: the stream is complete; `input`, `output`: it needs more of that. */
export type InflateStep = 'end' | 'input' | 'output'

/**
 * zlib streams one after the other from one buffer: says where each ends. One instance, used again for every object,
 * because setting up the state costs more than a small object. pako's low-level interface is used, since its
 * `Inflate` hides how much input was consumed.
 */
export class Inflater {
  /** Bytes of input that the last `step` or `inflate` used. */
  consumed = 0
  /** Bytes of output that the last `step` gave. */
  produced = 0
  readonly #stream = new ZStream()
  readonly #scratch = new Uint8Array(SCRATCH_BYTES + INFLATE_SLACK)

  constructor() {
    zlibInflateInit(this.#stream)
  }

  /** Begins a stream, whatever became of the one before. */
  reset(): void {
    zlibInflateReset(this.#stream)
  }

  /**
   * Goes on with the stream: from `input[from, to)` into `out[outFrom, outTo)`. Throws `PackEntryError` where the data is
   * no zlib stream or its Adler-32 is wrong.
   */
  step(
    input: Uint8Array,
    from: number,
    to: number,
    out: Uint8Array<ArrayBuffer>,
    outFrom: number,
    outTo: number,
  ): InflateStep {
    const stream = this.#stream
    stream.input = input
    stream.next_in = from
    stream.avail_in = to - from
    stream.output = out
    stream.next_out = outFrom
    stream.avail_out = outTo - outFrom
    // Z_FINISH keeps zlib from copying its window when the stream ends in this call; otherwise it can be resumed too.
    const status: number = zlibInflate(stream, Z_FINISH)
    this.consumed = stream.next_in - from
    this.produced = stream.next_out - outFrom
    if (status === Z_STREAM_END) return 'end'
    // Z_OK or Z_BUF_ERROR: it stopped for want of input or of room. Z_NEED_DICT (2) is refused with the rest.
    if (status !== 0 && status !== -5) throw new PackEntryError('Compressed data in the pack is damaged. Get it again.')
    return stream.avail_in === 0 ? 'input' : 'output'
  }

  /**
   * The stream that begins at `input[from]`, exactly `size` bytes of it. Returns null where `input` ends before the stream
   * does; throws `PackEntryError` where it inflates to more or less. The result is the caller's own.
   */
  inflate(input: Uint8Array, from: number, to: number, size: number): Uint8Array<ArrayBuffer> | null {
    const small = size <= SCRATCH_BYTES
    const out = small ? this.#scratch : new Uint8Array(size + INFLATE_SLACK)
    this.reset()
    const end = this.step(input, from, to, out, 0, size + INFLATE_SLACK)
    if (this.produced > size) throw new PackEntryError('An object in the pack is bigger than it says. Get it again.')
    if (end === 'input') return null
    if (this.produced < size) throw new PackEntryError('An object in the pack is smaller than it says. Get it again.')
    return small ? out.slice(0, size) : out.subarray(0, size)
  }

  /** The first `length` bytes of the stream, or all of it if shorter, or null where `input` ends too early. */
  head(input: Uint8Array, from: number, to: number, length: number): Uint8Array<ArrayBuffer> | null {
    this.reset()
    const end = this.step(input, from, to, this.#scratch, 0, length)
    if (end === 'input' && this.produced < length) return null
    return this.#scratch.slice(0, this.produced)
  }
}

/** A zlib stream for a pack entry. */
export function deflateBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  // git's own default level; the quicker levels of pako gain little and their packs are kept for good.
  return deflate(bytes, { level: 6 })
}
