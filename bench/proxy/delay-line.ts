/** Where timers and time come from: the real ones, or a test's. */
export interface Clock {
  /** Milliseconds. */
  now(): number
  after(milliseconds: number, action: () => void): void
}

export const realClock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, action) => void setTimeout(action, milliseconds),
}

/** Runs actions one after the other, each as much later as its way is long. What was given first comes first. */
export class DelayLine {
  readonly #delay: number
  readonly #clock: Clock
  #queue: Array<{ due: number; action: () => void }> = []
  #head = 0
  #waiting = false

  /** `delay` in milliseconds, one way; 0 runs everything at once. */
  constructor(delay: number, clock: Clock = realClock) {
    this.#delay = delay
    this.#clock = clock
  }

  /** `notBefore`: when it sets out, if that is later than now. */
  push(action: () => void, notBefore = 0): void {
    const now = this.#clock.now()
    const due = Math.max(now, notBefore) + this.#delay
    if (due <= now && this.#head === this.#queue.length) return action()
    this.#queue.push({ due, action })
    this.#wait()
  }

  #wait(): void {
    const next = this.#queue[this.#head]
    if (this.#waiting || next === undefined) return
    this.#waiting = true
    this.#clock.after(Math.max(0, next.due - this.#clock.now()), () => {
      this.#waiting = false
      this.#release()
      this.#wait()
    })
  }

  #release(): void {
    // Timers are whole milliseconds: what is due before the next one goes now.
    const now = this.#clock.now() + 0.5
    for (let next = this.#queue[this.#head]; next !== undefined && next.due <= now; next = this.#queue[this.#head]) {
      this.#head++
      next.action()
    }
    if (this.#head < 1024) return
    this.#queue = this.#queue.slice(this.#head)
    this.#head = 0
  }
}
