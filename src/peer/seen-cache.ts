interface Seen {
  value: unknown
  /** Unix milliseconds. */
  until: number
}

/**
 * Ids of messages that were seen, each for a time, and never more than so many: gossip's own cache is bounded by time
 * alone. The oldest make room; at worst a message is looked at twice.
 */
export class SeenCache {
  readonly #max: number
  readonly #validity: number
  readonly #now: () => number
  readonly #entries = new Map<string, Seen>()

  /** `validity` in milliseconds. */
  constructor(max: number, validity: number, now: () => number = Date.now) {
    this.#max = max
    this.#validity = validity
    this.#now = now
  }

  get size(): number {
    return this.#entries.size
  }

  /** True if it is there already; it then stays as it was. */
  put(id: string, value?: unknown): boolean {
    if (this.#entries.has(id)) {
      return true
    }

    const [oldest] = this.#entries.keys()
    if (this.#entries.size >= this.#max && oldest !== undefined) {
      this.#entries.delete(oldest)
    }
    this.#entries.set(id, { value, until: this.#now() + this.#validity })
    return false
  }

  has(id: string): boolean {
    return this.#entries.has(id)
  }

  get(id: string): unknown {
    const seen = this.#entries.get(id)

    return seen !== undefined && seen.until >= this.#now() ? seen.value : undefined
  }

  /** Called at every heartbeat. */
  prune(): void {
    const now = this.#now()

    for (const [id, { until }] of this.#entries) {
      if (until >= now) {
        return
      }
      this.#entries.delete(id)
    }
  }

  clear(): void {
    this.#entries.clear()
  }
}
