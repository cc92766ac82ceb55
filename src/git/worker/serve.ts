import type { GitStore } from '../store/git-store.ts'
import type { CallOptions } from '../types.ts'
import { errorFields, reviveError } from './errors.ts'
import { METHODS, OPTIONS_AT, transferable, type Request, type Response, type StoreMethod } from './protocol.ts'

/** The end of a channel that is used. */
export interface Port<In, Out> {
  postMessage(message: Out, transfer: Transferable[]): void
  addEventListener(type: 'message', listener: (event: MessageEvent<In>) => void): void
}

/** Answers the calls that come over `port` from a store, which the first message opens. */
export function serveStore(port: Port<Request, Response>, open: (database: string) => Promise<GitStore>): void {
  const send = (message: Response, transfer: Transferable[] = []) => port.postMessage(message, transfer)
  const running = new Map<number, AbortController>()
  let store: Promise<GitStore> | undefined

  const start = async (database: string) => {
    store = open(database)
    try {
      ;(await store).onChange((repository) => send({ kind: 'changed', repository }))
      send({ kind: 'opened' })
    } catch (error) {
      send({ kind: 'failed', error: errorFields(error) })
    }
  }

  const call = async (id: number, method: StoreMethod, args: unknown[]) => {
    const controller = new AbortController()
    running.set(id, controller)
    try {
      if (!Object.hasOwn(METHODS, method) || store === undefined) throw new TypeError(`The store has no ${method}.`)
      const at = OPTIONS_AT[method]
      if (at !== undefined) {
        const options: CallOptions = {
          ...(args[at] as CallOptions | undefined),
          signal: controller.signal,
          onProgress: (progress) => send({ kind: 'progress', id, progress }),
        }
        args = [...args.slice(0, at), ...Array<undefined>(Math.max(0, at - args.length)), options]
      }
      const opened = await store
      const methods = opened as unknown as Record<StoreMethod, (...args: unknown[]) => Promise<unknown>>
      const value = await methods[method](...args)
      send({ kind: 'result', id, value }, transferable(value))
    } catch (error) {
      send({ kind: 'error', id, error: errorFields(error) })
    } finally {
      running.delete(id)
    }
  }

  const close = async (id: number) => {
    try {
      await (await store)?.close()
      send({ kind: 'result', id, value: undefined })
    } catch (error) {
      send({ kind: 'error', id, error: errorFields(error) })
    }
  }

  port.addEventListener('message', ({ data }) => {
    switch (data.kind) {
      case 'open':
        return void start(data.database)
      case 'call':
        return void call(data.id, data.method, data.args)
      case 'abort':
        return running.get(data.id)?.abort(reviveError(data.reason))
      case 'close':
        return void close(data.id)
    }
  })
}
