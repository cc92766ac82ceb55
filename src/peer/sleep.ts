/** Resolves after `delay` milliseconds; rejects with the signal's reason if that aborts first. */
export async function sleep(delay: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()

  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason instanceof Error ? signal.reason : new Error('Aborted'))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, delay)

    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
