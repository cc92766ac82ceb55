/** Waits for one answer after another, each at most so long: a pack may take hours, silence may not. */
export class IdleWatch {
  readonly #abort = new AbortController()
  readonly #milliseconds: number
  readonly #stalled: () => Error
  /** Aborts what is under way: with the caller's reason, or since nothing came. */
  readonly signal: AbortSignal

  constructor(options: { signal?: AbortSignal | undefined; milliseconds: number; stalled: () => Error }) {
    this.#milliseconds = options.milliseconds
    this.#stalled = options.stalled
    this.signal =
      options.signal === undefined ? this.#abort.signal : AbortSignal.any([options.signal, this.#abort.signal])
  }

  /** What `work` gives. Rejects with the signal's reason as soon as that aborts, whether or not `work` notices. */
  async wait<T>(work: Promise<T>): Promise<T> {
    const { signal } = this
    const aborted = Promise.withResolvers<never>()
    const abort = () => aborted.reject(signal.reason as Error)
    const timer = setTimeout(() => this.#abort.abort(this.#stalled()), this.#milliseconds)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    try {
      return await Promise.race([aborted.promise, work])
    } catch (error) {
      // An abort makes the work fail too, in words of its own.
      signal.throwIfAborted()
      throw error
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  }
}
