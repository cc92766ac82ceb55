const FIRST_BYTES = 64 * 1024

/** Bytes that come in parts, up to a number: room is doubled as they come, so that a size that is only claimed costs nothing. */
export class ByteCollector {
  readonly #most: number
  #room: Uint8Array<ArrayBuffer>
  #length = 0

  constructor(most: number) {
    this.#most = most
    this.#room = new Uint8Array(Math.min(most, FIRST_BYTES))
  }

  /** What is beyond the number is left out. */
  add(part: Uint8Array): void {
    const taken = part.subarray(0, this.#most - this.#length)
    const length = this.#length + taken.length
    if (length > this.#room.length) {
      const more = new Uint8Array(Math.min(this.#most, Math.max(length, 2 * this.#room.length)))
      more.set(this.#room.subarray(0, this.#length))
      this.#room = more
    }
    this.#room.set(taken, this.#length)
    this.#length = length
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#room.subarray(0, this.#length)
  }
}
