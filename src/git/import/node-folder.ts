import { open, readdir, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { FolderReader } from './types.ts'

/** Open files that are kept: a repository may have thousands of packs. */
const MAX_OPEN = 16

/** A folder on disk, read and never written. Files stay open until `close`, or until others need their place. */
export class DiskReader implements FolderReader {
  readonly #root: string
  readonly #open = new Map<string, Promise<FileHandle>>()

  constructor(root: string) {
    this.#root = root
  }

  async list(path: string): Promise<Array<{ name: string; directory: boolean }> | null> {
    const entries = await orNull(readdir(join(this.#root, path), { withFileTypes: true }))
    if (entries === null) return null
    return await Promise.all(
      entries.map(async (entry) => {
        const linked = entry.isSymbolicLink() ? await orNull(stat(join(this.#root, path, entry.name))) : entry
        return { name: entry.name, directory: linked?.isDirectory() ?? false }
      }),
    )
  }

  async size(path: string): Promise<number | null> {
    const found = await orNull(stat(join(this.#root, path)))
    return found?.isFile() === true ? found.size : null
  }

  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    const file = await this.#file(path)
    const bytes = new Uint8Array(length)
    let done = 0
    while (done < length) {
      const { bytesRead } = await file.read(bytes, done, length - done, offset + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return bytes.subarray(0, done)
  }

  async close(): Promise<void> {
    const files = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(files.map(async (file) => await (await file).close()))
  }

  async #file(path: string): Promise<FileHandle> {
    let file = this.#open.get(path)
    if (file === undefined) {
      file = open(join(this.#root, path), 'r')
      this.#open.set(path, file)
      const oldest = this.#open.entries().next().value
      if (this.#open.size > MAX_OPEN && oldest !== undefined) {
        this.#open.delete(oldest[0])
        await (await oldest[1]).close()
      }
    }
    return await file
  }
}

async function orNull<T>(result: Promise<T>): Promise<T | null> {
  try {
    return await result
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}
