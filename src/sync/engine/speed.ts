/** Milliseconds over which a speed is averaged. */
const WINDOW = 3000

/** Bytes a second over the last seconds. */
export class SpeedMeter {
  readonly #clock: () => number
  readonly #samples: Array<{ at: number; bytes: number }> = []
  readonly #start: number

  constructor(clock: () => number) {
    this.#clock = clock
    this.#start = clock()
  }

  add(bytes: number): void {
    const now = this.#clock()
    const last = this.#samples.at(-1)
    // Ten samples a second are enough, however small the messages.
    if (last != null && now - last.at < 100) last.bytes += bytes
    else this.#samples.push({ at: now, bytes })
    while ((this.#samples[0]?.at ?? now) < now - WINDOW) this.#samples.shift()
  }

  get bytesPerSecond(): number {
    const now = this.#clock()
    let sum = 0
    for (const sample of this.#samples) if (sample.at >= now - WINDOW) sum += sample.bytes
    const span = Math.min(WINDOW, Math.max(100, now - this.#start))
    return Math.round((sum * 1000) / span)
  }
}
