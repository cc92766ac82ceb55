/** Sends one message at a time, and of those that pile up meanwhile only the newest of each key. */
export class LatestSender<T> {
  readonly #send: (message: T) => Promise<void>
  readonly #waiting = new Map<string, T>()
  #sending = false

  /** `send` must settle its own failures: nobody awaits what it returns. */
  constructor(send: (message: T) => Promise<void>) {
    this.#send = send
  }

  push(key: string, message: T): void {
    this.#waiting.delete(key)
    this.#waiting.set(key, message)
    if (!this.#sending) void this.#run()
  }

  async #run(): Promise<void> {
    this.#sending = true
    try {
      for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
        this.#waiting.delete(next[0])
        await this.#send(next[1])
      }
    } finally {
      this.#sending = false
    }
  }
}
