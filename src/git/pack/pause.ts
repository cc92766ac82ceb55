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

/** Bytes whose work takes as long as a few small objects. */
const BYTES_A_CALL = 64 * 1024

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
    return this.dueAfter(0)
  }

  /** The same after work on so many bytes: those of a megabyte count for 16 calls. */
  dueAfter(bytes: number): boolean {
    this.#countdown += 1 + Math.floor(bytes / BYTES_A_CALL)
    if (this.#countdown < 16) return false
    this.#countdown = 0
    return performance.now() >= this.#until
  }

  async next(): Promise<void> {
    await pause()
    this.#signal?.throwIfAborted()
    this.#until = performance.now() + SLICE_MS
  }
}
