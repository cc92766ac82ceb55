import {
  DELTA_MADE,
  DELTA_SHORT,
  INFLATE_REST,
  INFLATE_SLACK,
  Kernel,
  OBJECT_HEADER_BYTES,
  SHA1_STATE_BYTES,
} from '../kernel/index.ts'
import { OID_BYTES } from '../object/oid.ts'
import { DeltaError } from './errors.ts'

/** Bytes of a pack that are looked at in one go. */
export const PIECE_BYTES = 32 * 1024
/** Compressed bytes that are inflated in one go when they are read again. */
export const INPUT_BYTES = 256 * 1024
/** Where one delta, or part of an object that is too big for the cache, is inflated to. */
export const WORK_BYTES = 128 * 1024

/** What stands before an object in the cache: its length, its type, and room for its header. */
export const SLOT_BYTES = 8 + OBJECT_HEADER_BYTES
export const FIRST_CACHE_BYTES = 1024 * 1024
const LEAST_CACHE_BYTES = 8 * 1024

/** An indexer's kernel, and the addresses of what it holds: the cache stands last, and grows to `maxCacheBytes` with use. */
export class IndexMemory {
  readonly kernel = new Kernel(0)
  /** States of two hashes: of the pack, and of an object that is inflated in parts. */
  readonly packHash: number
  readonly objectHash: number
  /** 20 bytes: the last id. */
  readonly oid: number
  /** `INPUT_BYTES`, and what is left of the piece before. */
  readonly input: number
  /** `WORK_BYTES`, and room to overrun. */
  readonly work: number
  readonly cache: number
  readonly maxCacheBytes: number

  constructor(maxCacheBytes: number) {
    this.packHash = this.kernel.heap
    this.objectHash = this.packHash + SHA1_STATE_BYTES
    this.oid = this.objectHash + SHA1_STATE_BYTES
    this.input = this.oid + aligned(OID_BYTES)
    this.work = this.input + INFLATE_REST + INPUT_BYTES
    this.cache = this.work + WORK_BYTES + aligned(INFLATE_SLACK)
    this.maxCacheBytes = Math.max(LEAST_CACHE_BYTES, aligned(maxCacheBytes))
    this.kernel.grow(this.cache)
  }

  /** Makes an object at an address, from a base and the delta whose header was read just now. Throws `DeltaError`. */
  makeDelta(base: number, baseSize: number, deltaEnd: number, out: number, size: number): void {
    const { run } = this.kernel
    if (run.deltaBaseSize() !== baseSize) throw new DeltaError('A delta in the pack is for another base. Get it again.')
    const result = run.applyDelta(base, baseSize, deltaEnd, out, size)
    if (result === DELTA_SHORT) throw new DeltaError('A delta in the pack makes less than it says. Get it again.')
    if (result !== DELTA_MADE) throw new DeltaError()
  }
}

export function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}

/** Bytes that an object of `size` takes in the cache, room to overrun included. */
export function slotBytes(size: number): number {
  return SLOT_BYTES + aligned(size + INFLATE_SLACK)
}
