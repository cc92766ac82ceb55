import type { Backend, PackKey } from '../backend/backend.ts'

/** Bytes of rows that are kept in memory. */
export const ROW_CACHE_BYTES = 32 * 1024 * 1024

/** Reads rows through a cache that forgets the least recently used ones; two readers of one row share its read. */
export class RowCache {
  readonly #backend: Backend
  readonly #limit: number
  /** In order of use: a `Map` keeps the order in which keys were set. */
  readonly #rows = new Map<string, Uint8Array>()
  readonly #reading = new Map<string, Promise<Uint8Array | undefined>>()
  #bytes = 0

  constructor(backend: Backend, limit = ROW_CACHE_BYTES) {
    this.#backend = backend
    this.#limit = limit
  }

  /** Bytes held, for tests. */
  get bytes(): number {
    return this.#bytes
  }

  /** The row, which the caller must not change; undefined where it is missing. */
  read(key: PackKey, n: number): Promise<Uint8Array | undefined> | Uint8Array {
    const name = `${key}/${n}`
    const here = this.#rows.get(name)
    if (here !== undefined) {
      this.#rows.delete(name)
      this.#rows.set(name, here)
      return here
    }
    let reading = this.#reading.get(name)
    if (reading === undefined) {
      reading = this.#read(key, n, name)
      this.#reading.set(name, reading)
    }
    return reading
  }

  /** Forgets all rows of a pack: they were changed or are gone. */
  forget(key: PackKey): void {
    for (const names of [this.#rows.keys(), this.#reading.keys()]) {
      for (const name of names) {
        if (!name.startsWith(`${key}/`)) continue
        this.#bytes -= this.#rows.get(name)?.length ?? 0
        this.#rows.delete(name)
        // A read that is under way still answers those who wait for it, but is not kept.
        this.#reading.delete(name)
      }
    }
  }

  async #read(key: PackKey, n: number, name: string): Promise<Uint8Array | undefined> {
    // Lets `read` note the promise first.
    await Promise.resolve()
    const mine = this.#reading.get(name)
    try {
      const row = await this.#backend.readRow(key, n)
      if (row !== undefined && this.#reading.get(name) === mine) this.#keep(name, row)
      return row
    } finally {
      if (this.#reading.get(name) === mine) this.#reading.delete(name)
    }
  }

  #keep(name: string, row: Uint8Array): void {
    if (row.length > this.#limit) return
    this.#rows.set(name, row)
    this.#bytes += row.length
    for (const [oldest, bytes] of this.#rows) {
      if (this.#bytes <= this.#limit) break
      this.#rows.delete(oldest)
      this.#bytes -= bytes.length
    }
  }
}
