/** Runs one after another: what reads a repository's state and then writes it must not interleave with another that does. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve()

  async run<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#tail
    const done = Promise.withResolvers<void>()
    this.#tail = done.promise
    await before
    try {
      return await work()
    } finally {
      done.resolve()
    }
  }
}
