type Listener = (...values: never[]) => void

/** Typed listeners without DOM events. One listener's error does not keep the others from being called. */
export class Emitter<Events extends { [E in keyof Events]: Listener }> {
  readonly #listeners = new Map<keyof Events, Set<Listener>>()
  readonly #onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /** Returns how to stop. */
  on<E extends keyof Events>(event: E, listener: Events[E]): () => void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners)
    // Wrapped, so that one function given twice counts twice.
    const entry: Listener = (...values) => listener(...values)
    listeners.add(entry)

    return () => {
      listeners.delete(entry)
    }
  }

  emit<E extends keyof Events>(event: E, ...values: Parameters<Events[E]>): void {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        listener(...(values as never[]))
      } catch (error) {
        this.#onError(error)
      }
    }
  }

  count(event: keyof Events): number {
    return this.#listeners.get(event)?.size ?? 0
  }
}
