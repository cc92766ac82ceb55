import { FrameTooLongError } from '../errors.ts'

/** Bytes of the longest length prefix: 4 × 7 bits is 256 MiB, far above every frame limit. */
const MAX_PREFIX_BYTES = 4

/** The unsigned varint (multiformats) that stands before a frame of `length` bytes. */
export function framePrefix(length: number): Uint8Array {
  const bytes: number[] = []
  let rest = length
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

/** Cuts a byte stream into length-prefixed frames. Holds at most one unfinished frame. */
export class FrameParser {
  readonly #maxFrameBytes: number
  #length = 0
  #prefixBytes = 0
  #frame: Uint8Array | undefined
  #filled = 0

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes
  }

  /** Frames that end in `bytes`. Throws `FrameTooLongError` at the first prefix beyond the limit. */
  *push(bytes: Uint8Array): Generator<Uint8Array> {
    let position = 0
    while (position < bytes.byteLength) {
      if (this.#frame == null) {
        position = this.#prefix(bytes, position)
        if (this.#frame == null) return
      }
      const frame: Uint8Array = this.#frame
      const take = Math.min(frame.byteLength - this.#filled, bytes.byteLength - position)
      frame.set(bytes.subarray(position, position + take), this.#filled)
      this.#filled += take
      position += take
      if (this.#filled === frame.byteLength) {
        this.#frame = undefined
        yield frame
      }
    }
  }

  #prefix(bytes: Uint8Array, from: number): number {
    let position = from
    while (position < bytes.byteLength) {
      const byte = bytes[position++] as number
      this.#length += (byte & 0x7f) * 2 ** (7 * this.#prefixBytes)
      this.#prefixBytes++
      if (this.#length > this.#maxFrameBytes || (byte >= 0x80 && this.#prefixBytes === MAX_PREFIX_BYTES)) {
        throw new FrameTooLongError(this.#length, this.#maxFrameBytes)
      }
      if (byte < 0x80) {
        this.#frame = new Uint8Array(this.#length)
        this.#length = 0
        this.#prefixBytes = 0
        this.#filled = 0
        break
      }
    }
    return position
  }
}
