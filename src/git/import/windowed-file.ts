import { PackRowError, type PackBytes } from '../pack/index.ts'
import type { FolderReader } from './types.ts'

const WINDOW_BYTES = 1 << 20
const MAX_WINDOWS = 16

/** A file of a folder as random-access bytes, through windows: a browser takes a tenth of a millisecond for each read. */
export class WindowedFile implements PackBytes {
  readonly size: number
  readonly path: string
  readonly #reader: FolderReader
  readonly #windows = new Map<number, Promise<Uint8Array>>()

  constructor(reader: FolderReader, path: string, size: number) {
    this.#reader = reader
    this.path = path
    this.size = size
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < 0 || offset + length > this.size) throw new PackRowError(undefined, offset)
    const first = Math.floor(offset / WINDOW_BYTES)
    const last = Math.floor(Math.max(offset, offset + length - 1) / WINDOW_BYTES)
    const start = offset - first * WINDOW_BYTES
    if (first === last) return exact(await this.#window(first), start, length, offset)
    // What spans windows is big: it is read as it is, and not kept.
    return exact(await this.#reader.read(this.path, offset, length), 0, length, offset)
  }

  #window(index: number): Promise<Uint8Array> {
    let window = this.#windows.get(index)
    if (window !== undefined) this.#windows.delete(index)
    else {
      const offset = index * WINDOW_BYTES
      window = this.#reader.read(this.path, offset, Math.min(WINDOW_BYTES, this.size - offset))
    }
    this.#windows.set(index, window)
    if (this.#windows.size > MAX_WINDOWS) this.#windows.delete(this.#windows.keys().next().value ?? 0)
    return window
  }
}

/** The file may have become shorter since its size was read. */
function exact(bytes: Uint8Array, start: number, length: number, offset: number): Uint8Array {
  if (start + length > bytes.length) throw new PackRowError(undefined, offset)
  return bytes.subarray(start, start + length)
}
