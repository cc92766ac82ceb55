import { MAX_BUCKETS } from './config.ts'

export interface BucketRate {
  /** Tokens that may be spent at once. */
  capacity: number
  perSecond: number
}

export type Clock = () => number

/** A token bucket that refills continuously. */
export class TokenBucket {
  readonly #rate: BucketRate
  readonly #now: Clock
  #tokens: number
  #at: number

  constructor(rate: BucketRate, now: Clock = Date.now) {
    this.#rate = rate
    this.#now = now
    this.#tokens = rate.capacity
    this.#at = now()
  }

  /** Spends `count` tokens if they are there. */
  take(count = 1): boolean {
    this.#refill()

    if (this.#tokens < count) {
      return false
    }

    this.#tokens -= count
    return true
  }

  /** Spends `count` tokens even into debt; false once there is any. For costs that are known only afterwards. */
  spend(count: number): boolean {
    this.#refill()
    this.#tokens -= count
    return this.#tokens >= 0
  }

  /** Milliseconds until `count` tokens are there. */
  retryAfter(count = 1): number {
    this.#refill()
    const missing = count - this.#tokens

    return missing <= 0 ? 0 : Math.ceil((missing / this.#rate.perSecond) * 1000)
  }

  /** Nobody has taken anything lately: forgetting the bucket changes nothing. */
  get full(): boolean {
    this.#refill()
    return this.#tokens >= this.#rate.capacity
  }

  #refill(): void {
    const now = this.#now()
    // A clock that was set back must neither take tokens away nor give any.
    const elapsed = Math.max(0, now - this.#at)
    this.#at = now
    this.#tokens = Math.min(this.#rate.capacity, this.#tokens + (elapsed / 1000) * this.#rate.perSecond)
  }
}

/** One bucket a key (a peer, a peer and protocol, an address), bounded in number. */
export class TokenBuckets {
  readonly #rate: BucketRate
  readonly #now: Clock
  readonly #max: number
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(rate: BucketRate, now: Clock = Date.now, max = MAX_BUCKETS) {
    this.#rate = rate
    this.#now = now
    this.#max = max
  }

  take(key: string, count = 1): boolean {
    return this.get(key).take(count)
  }

  get(key: string): TokenBucket {
    let bucket = this.#buckets.get(key)

    if (bucket === undefined) {
      this.#makeRoom()
      bucket = new TokenBucket(this.#rate, this.#now)
    } else {
      // Re-inserted, so that the map's order is the order of use.
      this.#buckets.delete(key)
    }

    this.#buckets.set(key, bucket)
    return bucket
  }

  get size(): number {
    return this.#buckets.size
  }

  #makeRoom(): void {
    if (this.#buckets.size < this.#max) {
      return
    }

    for (const [key, bucket] of this.#buckets) {
      if (bucket.full) {
        this.#buckets.delete(key)
      }
    }

    for (const key of this.#buckets.keys()) {
      if (this.#buckets.size < this.#max) {
        return
      }
      this.#buckets.delete(key)
    }
  }
}
