/**
 * The newest answer to a question that changes: `load` is asked again whenever something that it read changes, the old
 * answer stays until the new one is here, and an answer that comes too late is dropped. Make it while a component
 * starts; `load` returning null means that there is nothing to ask yet.
 */
export class Latest<T> {
  value = $state.raw<T | undefined>(undefined)
  error = $state.raw<Error | undefined>(undefined)
  loading = $state(false)

  /** `key` names what is asked: when it changes, the old answer is about something else and is dropped at once. */
  constructor(key: () => string, load: (signal: AbortSignal) => Promise<T> | null) {
    let answered: string | undefined
    $effect(() => {
      const controller = new AbortController()
      const asked = key()
      if (answered !== asked) {
        this.value = undefined
        this.error = undefined
      }
      const promise = load(controller.signal)
      this.loading = promise !== null
      promise?.then(
        (value) => {
          if (controller.signal.aborted) return
          answered = asked
          this.value = value
          this.error = undefined
          this.loading = false
        },
        (error: unknown) => {
          if (controller.signal.aborted) return
          answered = asked
          this.error = error instanceof Error ? error : new Error(String(error))
          this.loading = false
        },
      )
      return () => controller.abort(new DOMException('Something else was asked.', 'AbortError'))
    })
  }
}
