import type { PackBytes } from './types.ts'

const BLOCK_BYTES = 256 * 1024

/** A pack read through a few big blocks, so that small entries near each other cost no asynchronous read each. */
export class PackWindow {
  readonly #pack: PackBytes
  readonly #maxBlocks: number
  readonly #blocks = new Map<number, Uint8Array>()

  constructor(pack: PackBytes, maxBytes: number) {
    this.#pack = pack
    this.#maxBlocks = Math.max(2, Math.floor(maxBytes / BLOCK_BYTES))
  }

  /** The bytes if they are in one block that is here, else null: then `read` them. */
  peek(offset: number, length: number): Uint8Array | null {
    const number = Math.floor(offset / BLOCK_BYTES)
    const from = offset - number * BLOCK_BYTES
    const block = this.#blocks.get(number)
    return block !== undefined && from + length <= block.length ? block.subarray(from, from + length) : null
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const first = Math.floor(offset / BLOCK_BYTES)
    const last = Math.floor((offset + length - 1) / BLOCK_BYTES)
    if (last - first > 3) return this.#pack.read(offset, length)
    const bytes = new Uint8Array(length)
    for (let number = first; number <= last; number++) {
      const block = await this.#block(number)
      const from = Math.max(0, offset - number * BLOCK_BYTES)
      const to = Math.min(block.length, offset + length - number * BLOCK_BYTES)
      if (first === last) return block.subarray(from, to)
      bytes.set(block.subarray(from, to), number * BLOCK_BYTES + from - offset)
    }
    return bytes
  }

  async #block(number: number): Promise<Uint8Array> {
    let block = this.#blocks.get(number)
    this.#blocks.delete(number)
    if (block === undefined) {
      const offset = number * BLOCK_BYTES
      block = await this.#pack.read(offset, Math.min(BLOCK_BYTES, this.#pack.size - offset))
      for (const oldest of this.#blocks.keys()) {
        if (this.#blocks.size < this.#maxBlocks) break
        this.#blocks.delete(oldest)
      }
    }
    this.#blocks.set(number, block)
    return block
  }
}
