import { DatabaseClosedError, WorkerDiedError } from '../errors.ts'
import type { GitStore } from '../store/git-store.ts'
import type { CallOptions, Progress, RepositoryKey } from '../types.ts'
import { errorFields, reviveError } from './errors.ts'
import {
  GIVEN_AWAY,
  METHODS,
  OPTIONS_AT,
  transferable,
  type Request,
  type Response,
  type StoreMethod,
} from './protocol.ts'

/** The part of `Worker` that is used. */
export interface WorkerLike {
  postMessage(message: Request, transfer: Transferable[]): void
  addEventListener(type: 'message', listener: (event: MessageEvent<Response>) => void): void
  addEventListener(type: 'error' | 'messageerror', listener: (event: Event) => void): void
  terminate(): void
}

interface Pending {
  resolve: (value: unknown) => void
  reject: (reason: unknown) => void
  onProgress: ((progress: Progress) => void) | undefined
}

/** A `GitStore` whose work is done in a worker. If that dies, everything that waits rejects with `WorkerDiedError`. */
export async function createWorkerStore(worker: WorkerLike, database: string): Promise<GitStore> {
  const client = new WorkerClient(worker)
  await client.open(database)
  const methods = Object.fromEntries(
    (Object.keys(METHODS) as StoreMethod[]).map((method) => [
      method,
      async (...args: unknown[]) => await client.call(method, args),
    ]),
  ) as unknown as Pick<GitStore, StoreMethod>
  return {
    ...methods,
    onChange: (listener) => client.onChange(listener),
    close: async () => await client.close(),
  }
}

class WorkerClient {
  readonly #worker: WorkerLike
  readonly #pending = new Map<number, Pending>()
  readonly #listeners = new Set<(id: RepositoryKey) => void>()
  #opening: Pending | undefined
  #lastId = 0
  /** Why nothing can be called any more. */
  #ended: Error | undefined

  constructor(worker: WorkerLike) {
    this.#worker = worker
    worker.addEventListener('message', ({ data }) => this.#receive(data))
    worker.addEventListener('error', (event) => {
      event.preventDefault()
      this.#end(new WorkerDiedError())
    })
    worker.addEventListener('messageerror', () => this.#end(new WorkerDiedError()))
  }

  async open(database: string): Promise<void> {
    await new Promise<unknown>((resolve, reject) => {
      this.#opening = { resolve, reject, onProgress: undefined }
      this.#worker.postMessage({ kind: 'open', database }, [])
    })
  }

  async call(method: StoreMethod, args: unknown[]): Promise<unknown> {
    const at = OPTIONS_AT[method]
    const options = at === undefined ? undefined : (args[at] as CallOptions | undefined)
    const { signal, onProgress, ...plain } = options ?? {}
    signal?.throwIfAborted()
    const sent = at === undefined || options === undefined ? args : [...args.slice(0, at), plain]
    const given = GIVEN_AWAY[method]
    const id = ++this.#lastId
    const abort = () => {
      if (this.#pending.has(id)) this.#post({ kind: 'abort', id, reason: errorFields(signal?.reason) })
    }
    signal?.addEventListener('abort', abort)
    try {
      return await this.#request(
        id,
        { kind: 'call', id, method, args: sent },
        given === undefined ? [] : transferable(args[given]),
        onProgress,
      )
    } catch (error) {
      // The very reason that the caller gave, and not a copy of it.
      if (signal?.aborted === true && isSameError(error, signal.reason)) throw signal.reason as Error
      throw error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  onChange(listener: (id: RepositoryKey) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return
    const id = ++this.#lastId
    try {
      await this.#request(id, { kind: 'close', id }, [])
    } finally {
      this.#worker.terminate()
      this.#end(new DatabaseClosedError('The store was closed.'))
    }
  }

  async #request(
    id: number,
    message: Request,
    transfer: Transferable[],
    onProgress?: (progress: Progress) => void,
  ): Promise<unknown> {
    if (this.#ended !== undefined) throw this.#ended
    return await new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, onProgress })
      try {
        this.#worker.postMessage(message, transfer)
      } catch (error) {
        // Something in the arguments cannot be cloned.
        this.#pending.delete(id)
        reject(error instanceof Error ? error : new TypeError(String(error)))
      }
    })
  }

  #post(message: Request): void {
    if (this.#ended === undefined) this.#worker.postMessage(message, [])
  }

  #receive(message: Response): void {
    switch (message.kind) {
      case 'opened':
        return this.#opening?.resolve(undefined)
      case 'failed':
        return this.#end(reviveError(message.error))
      case 'changed':
        for (const listener of this.#listeners) listener(message.repository)
        return
      case 'progress':
        return this.#pending.get(message.id)?.onProgress?.(message.progress)
      case 'result':
        this.#pending.get(message.id)?.resolve(message.value)
        this.#pending.delete(message.id)
        return
      case 'error':
        this.#pending.get(message.id)?.reject(reviveError(message.error))
        this.#pending.delete(message.id)
    }
  }

  #end(reason: Error): void {
    if (this.#ended !== undefined) return
    this.#ended = reason
    this.#worker.terminate()
    this.#opening?.reject(reason)
    for (const { reject } of this.#pending.values()) reject(reason)
    this.#pending.clear()
    this.#listeners.clear()
  }
}

function isSameError(error: unknown, reason: unknown): boolean {
  return (
    error instanceof Error && reason instanceof Error && error.name === reason.name && error.message === reason.message
  )
}
