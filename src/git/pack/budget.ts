import { PackTooLargeError } from './errors.ts'
import type { IndexLimits } from './types.ts'

/** The design's limits, for packs of unknown origin. */
export const INDEX_LIMITS: IndexLimits = {
  maxObjectBytes: 100 * 1024 * 1024,
  maxDeltaChain: 4096,
  maxInflatedBytes: 1024 * 1024 * 1024,
  inflationFactor: 100,
  cacheBytes: 32 * 1024 * 1024,
}

/**
 * Inflated bytes, fixed and for each byte that came, above which a pack is first only counted: no repository that people work on
 * is so dense, and what is beyond the limit is then refused before most of the work is done.
 */
const STEEP_BYTES = 128 * 1024 * 1024
const STEEP_FACTOR = 64

/** Bytes that a pack may still inflate to: grows with the bytes that came, where the limits say so. */
export class InflationBudget {
  readonly #fixed: number
  readonly #factor: number
  readonly #steep: number
  #packBytes = 0
  #inflated = 0
  #again = 0

  constructor(limits: IndexLimits) {
    this.#fixed = limits.maxInflatedBytes
    this.#factor = limits.inflationFactor ?? 0
    this.#steep = limits.steepBytes ?? STEEP_BYTES
  }

  get limit(): number {
    return this.#fixed + this.#factor * this.#packBytes
  }

  /** So much was inflated for what came that the rest is made only once all of it has come, and is within the limit. */
  get isSteep(): boolean {
    return this.#inflated > this.#steep + STEEP_FACTOR * this.#packBytes
  }

  received(bytes: number): void {
    this.#packBytes += bytes
  }

  /** Throws `PackTooLargeError` once the sum is above the limit. */
  spend(bytes: number): void {
    this.#inflated += bytes
    if (this.#inflated > this.limit) throw new PackTooLargeError(this.limit)
  }

  /** What is made a second time since it did not fit the cache: bounded by as much again, or deltas could cost anything. */
  spendAgain(bytes: number): void {
    this.#again += bytes
    if (this.#again > this.limit) throw new PackTooLargeError(this.limit)
  }
}
