/** Keeps the values that were used last, as long as they weigh no more than `capacity` together. */
export class ByteCache<T> {
  readonly #entries = new Map<string, { value: T; weight: number }>()
  readonly #capacity: number
  #weight = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  set(key: string, value: T, weight: number): void {
    if (weight > this.#capacity / 4 || this.#entries.has(key)) return
    this.#entries.set(key, { value, weight })
    this.#weight += weight
    for (const [oldest, entry] of this.#entries) {
      if (this.#weight <= this.#capacity) break
      this.#entries.delete(oldest)
      this.#weight -= entry.weight
    }
  }
}
