import type { Backend } from '../../backend/backend.ts'

/** Calls of a backend that change something. */
const CHANGES = ['addPack', 'updateStaging', 'writeRows', 'writeIndex', 'commit', 'dropPack'] as const

export type Change = (typeof CHANGES)[number]

/** A backend that calls `act` before each change, with what it is called with. Closing it closes nothing. */
export function tampered(
  backend: Backend,
  act: (name: Change, args: readonly unknown[]) => void | Promise<void>,
): Backend {
  return new Proxy(backend, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name === 'close') return async () => undefined
      const call = value.bind(target) as (...args: unknown[]) => unknown
      const change = CHANGES.find((one) => one === name)
      if (change === undefined) return call
      return async (...args: unknown[]) => {
        await act(change, args)
        return await call(...args)
      }
    },
  })
}
