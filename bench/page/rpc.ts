/** Calls between the page and a worker of its own: one at a time, answered in order. */

export type Methods = Record<string, (...args: never[]) => Promise<unknown>>

interface Answer {
  value?: unknown
  error?: string
}

/** In the worker: answers calls by `methods`. */
export function serve(methods: Methods): void {
  addEventListener('message', ({ data }: MessageEvent<{ method: string; args: never[] }>) => {
    const answer = async (): Promise<Answer> => {
      try {
        return { value: await methods[data.method]?.(...data.args) }
      } catch (error) {
        return { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
      }
    }
    void answer().then((message) => postMessage(message))
  })
  // A call waits until somebody listens, which is after the imports.
  postMessage({})
}

/** In the page: a worker that was just started. Ends with `end`. */
export class WorkerCalls<M extends Methods> {
  readonly #worker: Worker
  #waiting = Promise.withResolvers<unknown>()
  #ready: Promise<unknown>

  constructor(worker: Worker) {
    this.#worker = worker
    this.#ready = this.#waiting.promise
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      if (data.error === undefined) this.#waiting.resolve(data.value)
      else this.#waiting.reject(new Error(data.error))
    })
    worker.addEventListener('error', ({ message }) =>
      this.#waiting.reject(new Error(message || 'The worker did not start.')),
    )
  }

  async call<K extends keyof M & string>(method: K, ...args: Parameters<M[K]>): Promise<Awaited<ReturnType<M[K]>>> {
    await this.#ready
    this.#waiting = Promise.withResolvers()
    this.#ready = this.#waiting.promise
    this.#worker.postMessage({ method, args })
    return (await this.#waiting.promise) as Awaited<ReturnType<M[K]>>
  }

  end(): void {
    this.#worker.terminate()
  }
}
