/** Holders that are dialled at once, for all repositories together. */
export const MAX_DIALS = 8

/** So many at a time; the others wait their turn. */
export class DialSlots {
  /** Milliseconds that the last one took which succeeded; 0 before that. It is the relay's, and what the machines are busy with. */
  took = 0
  #free = MAX_DIALS
  readonly #waiting: Array<() => void> = []

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    const began = performance.now()
    try {
      const result = await work()
      this.took = performance.now() - began
      return result
    } finally {
      const next = this.#waiting.shift()
      if (next == null) this.#free++
      else next()
    }
  }
}
