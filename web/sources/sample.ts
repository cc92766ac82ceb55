import type { PrepareSource } from '../state/import-job.svelte.ts'
import { speedOf } from '../state/speed.ts'

/** Fetches a bundle that the page's own server offers, with progress, and hands it to the import. */
export function prepareSample(url: string, name: string): PrepareSource {
  return async ({ signal, onProgress }) => {
    const response = await fetch(url, { signal })
    if (!response.ok || response.body === null) throw new SampleUnavailableError(response.status)
    const totalBytes = Number(response.headers.get('content-length')) || undefined
    const speed = speedOf()
    const parts: Uint8Array<ArrayBuffer>[] = []
    let bytes = 0
    const reader = response.body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      parts.push(value)
      bytes += value.byteLength
      onProgress({ phase: 'receive', bytes, totalBytes, speed: speed(bytes, performance.now()) })
    }
    return { kind: 'bundle', file: new Blob(parts), name }
  }
}

export class SampleUnavailableError extends Error {
  static override readonly name = 'SampleUnavailableError'
  override readonly name = 'SampleUnavailableError'
  readonly status: number
  constructor(status: number) {
    super(
      `The server answered ${status} where its example should be. Use a repository of your own, or try again later.`,
    )
    this.status = status
  }
}
