/** The part of the Web Locks API that is used; in a browser it is `navigator.locks`, shared by all its tabs. */
export interface Locks {
  request<T>(name: string, options: LockOptions, callback: (lock: unknown) => Promise<T>): Promise<T>
}

/** Locks within one process, where no other may touch the data. */
export class ProcessLocks implements Locks {
  readonly #held = new Map<string, { exclusive: boolean; count: number }>()
  readonly #waiting = new Map<string, Array<() => void>>()

  async request<T>(name: string, options: LockOptions, callback: (lock: unknown) => Promise<T>): Promise<T> {
    const exclusive = options.mode !== 'shared'
    while (!this.#free(name, exclusive)) {
      if (options.ifAvailable === true) return await callback(null)
      options.signal?.throwIfAborted()
      await this.#released(name, options.signal)
    }
    const held = this.#held.get(name) ?? { exclusive, count: 0 }
    held.count++
    this.#held.set(name, held)
    try {
      return await callback({ name })
    } finally {
      held.count--
      if (held.count === 0) this.#held.delete(name)
      const waiting = this.#waiting.get(name) ?? []
      this.#waiting.delete(name)
      for (const wake of waiting) wake()
    }
  }

  #free(name: string, exclusive: boolean): boolean {
    const held = this.#held.get(name)
    return held === undefined || (!held.exclusive && !exclusive)
  }

  async #released(name: string, signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const aborted = () => reject(signal?.reason as Error)
      signal?.addEventListener('abort', aborted, { once: true })
      const wake = () => {
        signal?.removeEventListener('abort', aborted)
        resolve()
      }
      this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), wake])
    })
  }
}

/** A lock that is held until `release`, or until its tab ends. */
export interface HeldLock {
  /** Resolves once others can take it. */
  release(): Promise<void>
}

/** Takes a lock if it is free, null where somebody else has it. */
export async function tryHold(locks: Locks, name: string, mode: LockMode): Promise<HeldLock | null> {
  return await new Promise((resolve, reject) => {
    const held = locks.request(name, { mode, ifAvailable: true }, async (lock) => {
      if (lock === null) {
        resolve(null)
        return
      }
      await new Promise<void>((release) => {
        resolve({
          release: async () => {
            release()
            await held
          },
        })
      })
    })
    held.catch(reject)
  })
}
