import type { HighlightRequest, HighlightResponse } from './highlight.worker.ts'

/** Characters beyond which a file is shown plain: parsing it would keep the worker for many seconds. */
export const MAX_HIGHLIGHTED_CHARACTERS = 2_200_000

interface Pending {
  resolve: (spans: Uint32Array) => void
  reject: (error: Error) => void
}

/** Highlights in a worker of its own, so that a long parse delays neither the page nor git. */
export class Highlighter {
  #worker: Worker | null = null
  #next = 0
  readonly #pending = new Map<number, Pending>()

  /** Triples (from, to, token); empty where the language is not known or the text too long. */
  async highlight(fileName: string, text: string): Promise<Uint32Array> {
    if (text.length > MAX_HIGHLIGHTED_CHARACTERS) return new Uint32Array(0)
    const worker = this.#start()
    const id = this.#next++
    return await new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      worker.postMessage({ id, fileName, text } satisfies HighlightRequest)
    })
  }

  close(): void {
    this.#fail(new Error('Highlighting was stopped.'))
  }

  #start(): Worker {
    if (this.#worker !== null) return this.#worker
    const worker = new Worker(new URL('./highlight.worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<HighlightResponse>) => {
      const pending = this.#pending.get(data.id)
      this.#pending.delete(data.id)
      if ('spans' in data) pending?.resolve(data.spans)
      else pending?.reject(new Error(data.error))
    }
    worker.onerror = (event) => this.#fail(new Error(`The highlighter stopped: ${event.message}`))
    this.#worker = worker
    return worker
  }

  #fail(error: Error): void {
    this.#worker?.terminate()
    this.#worker = null
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }
}
