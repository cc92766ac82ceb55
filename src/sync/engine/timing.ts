import { IdleTimeoutError } from '../errors.ts'

/** Milliseconds a peer may stay silent while something is awaited from it. */
export const IDLE_TIMEOUT = 30_000

/** Aborts when nothing was heard for a while: every message re-arms it, so that a long pack passes and a silent peer does not. */
export class IdleTimer {
  readonly signal: AbortSignal
  readonly #controller = new AbortController()
  readonly #milliseconds: number
  readonly #unlink: () => void
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(milliseconds = IDLE_TIMEOUT, parent?: AbortSignal) {
    this.#milliseconds = milliseconds
    this.signal = this.#controller.signal
    const onAbort = (): void => this.#controller.abort(parent?.reason)
    if (parent?.aborted === true) onAbort()
    parent?.addEventListener('abort', onAbort, { once: true })
    this.#unlink = () => parent?.removeEventListener('abort', onAbort)
    this.touch()
  }

  touch(): void {
    clearTimeout(this.#timer)
    if (this.signal.aborted) return
    this.#timer = setTimeout(() => this.#controller.abort(new IdleTimeoutError(this.#milliseconds)), this.#milliseconds)
  }

  /** Call in `finally`: timers keep a Node process alive. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#unlink()
  }
}

/** Waits; rejects with the signal's reason. */
export async function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const done = Promise.withResolvers<void>()
  const onAbort = (): void => done.reject(signal.reason as Error)
  const timer = setTimeout(() => done.resolve(), milliseconds)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await done.promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}

/** Rejects as soon as the signal aborts, whatever `promise` does later. */
export async function race<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason as Error)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Milliseconds to wait before attempt `n` (from 0): doubling from `first` up to `cap`, with half of it random. */
export function backoff(n: number, first: number, cap: number, random: () => number = Math.random): number {
  const full = Math.min(cap, first * 2 ** Math.min(n, 30))
  return full / 2 + (full / 2) * random()
}
