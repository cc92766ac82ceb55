import { TokenBucket } from '../../peer/index.ts'

/** Half of what others take from one author before they drop it, and in the end deny it (`ANNOUNCEMENT_RATE`). */
export const GOSSIP_RATE = { capacity: 20, perSecond: 4 }

/**
 * Gossip about own headers, within the rate that others take: a person who renames themselves signs in all repositories at
 * once, and a script may commit faster than anybody listens. Of one repository only the newest header waits.
 */
export class GossipQueue {
  readonly #bucket: TokenBucket
  readonly #waiting = new Map<string, () => void>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(clock?: () => number) {
    this.#bucket = new TokenBucket(GOSSIP_RATE, clock)
  }

  add(repository: string, send: () => void): void {
    this.#waiting.set(repository, send)
    if (this.#timer === undefined) this.#run()
  }

  /** What waits is dropped: whoever connects compares refs. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting.clear()
  }

  #run(): void {
    this.#timer = undefined
    for (const [repository, send] of this.#waiting) {
      if (!this.#bucket.take()) {
        this.#timer = setTimeout(() => this.#run(), this.#bucket.retryAfter())
        return
      }
      this.#waiting.delete(repository)
      send()
    }
  }
}
