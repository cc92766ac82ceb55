/**
 * A Ctrl-C reaches the whole group of processes, and the one that started this passes it on too: what comes this soon
 * after the first is the same key press.
 */
const SAME_KEY_PRESS = 500

export interface StopSignals {
  promise: Promise<void>
  signal: AbortSignal
  /** From here on SIGHUP does this instead: a service's way to read its files again. */
  onHangUp(reload: () => void): void
}

/**
 * Settles at the first SIGINT, SIGTERM or SIGHUP, or when the process that started this one is gone. A later signal ends
 * the process at once, without the clean stop.
 */
export function untilStopped(): StopSignals {
  const controller = new AbortController()
  const { promise, resolve } = Promise.withResolvers<void>()
  let stoppedAt: number | null = null
  let reload: (() => void) | null = null
  const stop = () => {
    if (stoppedAt !== null) {
      if (Date.now() - stoppedAt > SAME_KEY_PRESS) process.exit(130)
      return
    }
    stoppedAt = Date.now()
    controller.abort(new Error('Stopped.'))
    resolve()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
  process.on('SIGHUP', () => (reload === null || stoppedAt !== null ? stop() : reload()))
  process.once('disconnect', stop)
  // The channel tells of the parent's end; it is no reason to go on.
  process.channel?.unref()
  return { promise, signal: controller.signal, onHangUp: (handler) => (reload = handler) }
}
