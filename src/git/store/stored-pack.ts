import { ROW_BYTES, type PackRow, type StoredIndex } from '../backend/backend.ts'
import {
  crc32,
  PackObjects,
  PackRowError,
  type BaseCache,
  type EntryLocation,
  type EntrySource,
} from '../pack/index.ts'
import type { GitObject, ObjectType, Oid } from '../types.ts'
import type { RowCache } from './row-cache.ts'
import { StoredBytes, StoredRowError } from './stored-bytes.ts'

/** A pack of the backend, with its index in memory. What turns out to be damaged rejects with `StoredRowError`. */
export class StoredPack implements EntrySource {
  readonly row: PackRow
  readonly stored: StoredIndex
  readonly bytes: StoredBytes
  readonly #objects: PackObjects

  constructor(row: PackRow, stored: StoredIndex, rows: RowCache, cache: BaseCache) {
    this.row = row
    this.stored = stored
    this.bytes = new StoredBytes(row.key, row.size, rows)
    this.#objects = new PackObjects({ key: row.key, bytes: this.bytes, index: stored.index, cache })
  }

  get count(): number {
    return this.stored.index.count
  }

  find(oid: Oid): number {
    return this.#objects.find(oid)
  }

  findPrefix(prefix: string): { from: number; to: number } {
    return this.#objects.findPrefix(prefix)
  }

  async has(oid: Oid): Promise<boolean> {
    return this.find(oid) >= 0
  }

  async read(oid: Oid): Promise<GitObject | null> {
    return await this.#checked(() => this.#objects.read(oid))
  }

  async info(oid: Oid): Promise<{ type: ObjectType; size: number } | null> {
    return await this.#checked(() => this.#objects.info(oid))
  }

  /** The object at a position of the index. */
  async readAt(position: number): Promise<GitObject> {
    return await this.#checked(() => this.#objects.readAt(this.stored.index.offsets[position] as number))
  }

  async infoAt(position: number): Promise<{ type: ObjectType; size: number }> {
    return await this.#checked(() => this.#objects.infoAt(this.stored.index.offsets[position] as number))
  }

  async locate(oid: Oid): Promise<EntryLocation | null> {
    return await this.#objects.locate(oid)
  }

  /** Whether an entry begins at `offset` whose bytes are no longer what the index says. */
  async isDamagedAt(offset: number): Promise<boolean> {
    const { order } = this.#objects
    const position = order.positionAt(offset)
    if (position < 0) return false
    const entry = await this.bytes.read(offset, order.endOf(offset) - offset)
    return crc32(entry) !== this.stored.index.crcs[position]
  }

  async #checked<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      if (!(error instanceof PackRowError) || error instanceof StoredRowError) throw error
      // Which of an entry's rows is bad cannot be told from its CRC: the store looks at all of them.
      const { offset } = error
      throw new StoredRowError(this.row.key, offset === undefined ? null : Math.floor(offset / ROW_BYTES), offset)
    }
  }
}
