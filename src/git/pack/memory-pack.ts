import { PackRowError } from './errors.ts'
import type { PackBytes } from './types.ts'

/** A pack that is wholly in memory: small ones, and tests. */
export class MemoryPack implements PackBytes {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
  get size(): number {
    return this.bytes.length
  }
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < 0 || length < 0 || offset + length > this.bytes.length) throw new PackRowError(undefined, offset)
    return this.bytes.subarray(offset, offset + length)
  }
}
