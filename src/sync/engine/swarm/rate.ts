/** Milliseconds of one sample: shorter ones say more about scheduling than about the link. */
const SAMPLE = 200
/** Milliseconds after which a sample that is not full tells that the link has slowed down. */
const STALE = 1000
/** Weight of the newest sample. */
const NEWEST = 0.4

/** Bytes a second of one source, over the time in which something was asked of it. */
export class Rate {
  #value: number | undefined
  #from = 0
  #bytes = 0
  #running = false

  /** Something is asked from now on. */
  start(now: number): void {
    if (this.#running) return
    this.#running = true
    this.#from = now
    this.#bytes = 0
  }

  /** Nothing is asked any more: the time until the next start says nothing. */
  stop(now: number): void {
    if (this.#running && this.#bytes > 0) this.#sample(Math.max(1, now - this.#from))
    this.#running = false
  }

  add(bytes: number, now: number): void {
    this.#bytes += bytes
    const elapsed = now - this.#from
    if (elapsed < SAMPLE) return
    this.#sample(elapsed)
    this.#from = now
    this.#bytes = 0
  }

  /** Undefined until it is known. */
  at(now: number): number | undefined {
    const elapsed = now - this.#from
    if (!this.#running || elapsed < STALE) return this.#value
    const present = (this.#bytes * 1000) / elapsed
    return this.#value === undefined ? present : Math.min(this.#value, present)
  }

  #sample(elapsed: number): void {
    const present = (this.#bytes * 1000) / elapsed
    this.#value = this.#value === undefined ? present : (1 - NEWEST) * this.#value + NEWEST * present
  }
}
