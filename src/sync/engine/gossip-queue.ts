import { TokenBucket } from '../../peer/index.ts'

/** Half of what others take from one author before they drop it, and in the end deny it (`ANNOUNCEMENT_RATE`). */
export const GOSSIP_RATE = { capacity: 20, perSecond: 4 }

/** Milliseconds after which it is said again, once: what is said to few, or while a link is being replaced, may get lost. */
const AGAIN_AFTER = 4_000

/**
 * Gossip about own headers, within the rate that others take: a person who renames themselves signs in all repositories at
 * once, and a script may commit faster than anybody listens. Of one repository only the newest header waits.
 */
export class GossipQueue {
  readonly #bucket: TokenBucket
  readonly #waiting = new Map<string, () => void>()
  readonly #again = new Map<string, ReturnType<typeof setTimeout>>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(clock?: () => number) {
    this.#bucket = new TokenBucket(GOSSIP_RATE, clock)
  }

  /** `send` is called soon, and once more later unless there is something newer by then. */
  add(repository: string, send: () => void): void {
    clearTimeout(this.#again.get(repository))
    const repeat = (): void => {
      this.#again.delete(repository)
      this.#queue(repository, send)
    }
    this.#again.set(repository, setTimeout(repeat, AGAIN_AFTER))
    this.#queue(repository, send)
  }

  #queue(repository: string, send: () => void): void {
    this.#waiting.set(repository, send)
    if (this.#timer === undefined) this.#run()
  }

  /** What waits is dropped: whoever connects compares refs. */
  stop(): void {
    clearTimeout(this.#timer)
    for (const timer of this.#again.values()) clearTimeout(timer)
    this.#again.clear()
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
