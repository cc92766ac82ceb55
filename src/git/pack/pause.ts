/** Lets messages in: an abort that waits to be delivered is only seen by code that stops now and then. */
export function pause(): Promise<void> {
  // Not a timer: those are slowed down in tabs that nobody looks at.
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

/** How long work runs between two pauses, in milliseconds. */
const SLICE_MS = 40

/** Call `await slices.next()` in a long loop where `slices.due` is true. */
export class Slices {
  readonly #signal: AbortSignal | undefined
  #until = performance.now() + SLICE_MS
  #countdown = 0

  constructor(signal?: AbortSignal) {
    this.#signal = signal
    signal?.throwIfAborted()
  }

  /** Looks at the clock at every 16th call. */
  get due(): boolean {
    if (++this.#countdown < 16) return false
    this.#countdown = 0
    return performance.now() >= this.#until
  }

  async next(): Promise<void> {
    await pause()
    this.#signal?.throwIfAborted()
    this.#until = performance.now() + SLICE_MS
  }
}
