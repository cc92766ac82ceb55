import type { KeyStorage } from './identity.ts'
import type { Locks } from './peer-keys.ts'

/** Keys that end with the process. */
export function memoryKeys(): KeyStorage {
  const keys = new Map<string, Uint8Array>()

  return {
    get: async (name) => keys.get(name),
    set: async (name, value) => {
      keys.set(name, value)
    },
    remove: async (name) => {
      keys.delete(name)
    },
    list: async (prefix) => [...keys.keys()].filter((name) => name.startsWith(prefix)).sort(),
  }
}

/** Locks among those who share this object; they queue in order. */
export function memoryLocks(): Locks {
  const held = new Map<string, Promise<unknown>>()

  return {
    async request(name, { ifAvailable, signal }, task) {
      while (held.has(name)) {
        if (ifAvailable) {
          return task(false)
        }
        await raceAbort(held.get(name), signal)
      }

      const running = task(true)
      const settled = running.then(
        () => held.delete(name),
        () => held.delete(name),
      )
      held.set(name, settled)

      return running
    },
  }
}

async function raceAbort(promise: Promise<unknown> | undefined, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    await promise
    return
  }

  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => reject(new Error('The lock was not free in time'))
    signal.addEventListener('abort', onAbort, { once: true })
    promise?.then(
      () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      },
      (error: unknown) => reject(error instanceof Error ? error : new Error(String(error))),
    )
  })
}
