/** Which chunks of a pack: bit n, most significant first, is chunk n. */
export class Bitfield {
  /** Chunks of the pack. */
  readonly length: number
  readonly #bits: Uint8Array<ArrayBuffer>
  #count = 0

  constructor(length: number) {
    this.length = length
    this.#bits = new Uint8Array(Math.ceil(length / 8))
  }

  static full(length: number): Bitfield {
    const field = new Bitfield(length)
    for (let n = 0; n < length; n++) field.set(n)
    return field
  }

  /** As it came: bits that are not there are clear, those beyond `length` are left out. */
  static from(length: number, bytes: Uint8Array): Bitfield {
    const field = new Bitfield(length)
    const end = Math.min(length, 8 * bytes.byteLength)
    for (let n = 0; n < end; n++) if (((bytes[n >> 3] as number) & (0x80 >> (n & 7))) !== 0) field.set(n)
    return field
  }

  /** Bits that are set. */
  get count(): number {
    return this.#count
  }

  get complete(): boolean {
    return this.#count === this.length
  }

  has(n: number): boolean {
    return ((this.#bits[n >> 3] ?? 0) & (0x80 >> (n & 7))) !== 0
  }

  set(n: number): void {
    if (n < 0 || n >= this.length || this.has(n)) return
    this.#bits[n >> 3] = (this.#bits[n >> 3] as number) | (0x80 >> (n & 7))
    this.#count++
  }

  clear(n: number): void {
    if (!this.has(n)) return
    this.#bits[n >> 3] = (this.#bits[n >> 3] as number) & ~(0x80 >> (n & 7))
    this.#count--
  }

  /** Sets what the other has; they are as long. */
  add(other: Bitfield): void {
    for (let at = 0; at < this.#bits.length; at++) {
      const fresh = (other.#bits[at] as number) & ~(this.#bits[at] as number)
      if (fresh === 0) continue
      this.#bits[at] = (this.#bits[at] as number) | fresh
      for (let bits = fresh; bits !== 0; bits &= bits - 1) this.#count++
    }
  }

  equals(other: Bitfield): boolean {
    return this.length === other.length && this.#bits.every((byte, at) => byte === other.#bits[at])
  }

  /** Its bytes as they go out: the caller's own. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bits.slice()
  }
}
