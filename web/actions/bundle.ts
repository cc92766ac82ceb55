import type { GitStore } from '../../src/git/index.ts'

/** Bytes asked of the store at a time: big enough that messages to the worker do not count, small enough to cancel. */
const READ_BYTES = 1024 * 1024

export interface BundleOptions {
  signal: AbortSignal
  /** Bytes so far, of how many where that is known. */
  onProgress: (bytes: number, total: number | null) => void
}

/** The repository as a git bundle. The browser keeps a big `Blob` on disk, so memory holds a part at a time. */
export async function makeBundle(
  store: Pick<GitStore, 'openBundle' | 'readPack' | 'closeReader'>,
  token: string,
  { signal, onProgress }: BundleOptions,
): Promise<Blob> {
  const { reader, bytes: total } = await store.openBundle(token, { signal })
  try {
    let blob = new Blob()
    for (;;) {
      signal.throwIfAborted()
      const part = await store.readPack(reader, READ_BYTES)
      if (part === null) return new Blob([blob], { type: 'application/x-git-bundle' })
      blob = new Blob([blob, part as Uint8Array<ArrayBuffer>])
      onProgress(blob.size, total)
    }
  } finally {
    await store.closeReader(reader)
  }
}

/** A file name that every system takes: `my-project.bundle`. */
export function bundleName(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+|-+$/g, '')
  return `${safe.slice(0, 80) || 'repository'}.bundle`
}

/** Hands `blob` to the browser's downloads. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.download = name
  anchor.click()
  // The download holds the data by then; at once would be too early in Safari.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
