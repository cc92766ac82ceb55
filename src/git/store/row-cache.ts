import type { Backend, PackKey } from '../backend/backend.ts'

/** Bytes of rows that are kept in memory. */
export const ROW_CACHE_BYTES = 32 * 1024 * 1024

/** Reads rows through a cache that forgets the least recently used ones; two readers of one row share its read. */
export class RowCache {
  readonly #backend: Backend
  readonly #limit: number
  /** In order of use: a `Map` keeps the order in which keys were set. */
  readonly #rows = new Map<string, Uint8Array>()
  /** Reads under way; the token tells whether a read is still the one that is noted when it ends. */
  readonly #reading = new Map<string, { token: object; row: Promise<Uint8Array | undefined> }>()
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
    const reading = this.#reading.get(name)
    if (reading !== undefined) return reading.row
    const token = {}
    const row = this.#read(key, n, name, token)
    this.#reading.set(name, { token, row })
    return row
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

  async #read(key: PackKey, n: number, name: string, token: object): Promise<Uint8Array | undefined> {
    const isNoted = () => this.#reading.get(name)?.token === token
    try {
      const row = await this.#backend.readRow(key, n)
      if (row !== undefined && isNoted()) this.#keep(name, row)
      return row
    } finally {
      if (isNoted()) this.#reading.delete(name)
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
