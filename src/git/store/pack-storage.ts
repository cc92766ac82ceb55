import { ROW_BYTES, type Backend, type PackKey, type PackRow } from '../backend/backend.ts'
import { concat } from '../object/index.ts'
import { MemoryPack, type PackBytes } from '../pack/index.ts'
import { tryHold, type HeldLock, type Locks } from './locks.ts'
import type { RowCache } from './row-cache.ts'
import { RowWriter } from './row-writer.ts'
import { StoredBytes } from './stored-bytes.ts'

/** Packs below it stay in memory until their transaction: most are single commits. */
export const MEMORY_PACK_BYTES = 1024 * 1024

/** Holds a staged pack's rows: as long as somebody has it, nobody collects them. */
export function stagingLock(key: PackKey): string {
  return `guts-staging-${key}`
}

export interface StorageParts {
  backend: Backend
  rows: RowCache
  locks: Locks
}

/** Takes a pack's bytes as they come: in memory at first, in rows of the backend once there are more of them. */
export class PackStorage {
  readonly #parts: StorageParts
  #memory: Uint8Array[] = []
  /** The row that is being filled. */
  #row = new Uint8Array()
  #rowBytes = 0
  #rowNumber = 0
  #key: PackKey | null = null
  readonly #rows = new RowWriter(async (rows) => await this.#parts.backend.writeRows(this.#key ?? '', rows))
  #lock: HeldLock | null = null
  #size = 0

  constructor(parts: StorageParts) {
    this.#parts = parts
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size
  }

  /** Null while it is in memory. */
  get key(): PackKey | null {
    return this.#key
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#size += bytes.length
    if (this.#key === null) {
      this.#memory.push(bytes.slice())
      if (this.#size <= MEMORY_PACK_BYTES) return
      await this.moveToBackend()
      return
    }
    await this.#append(bytes)
  }

  /** Gives the pack rows in the backend, which its index needs too. */
  async moveToBackend(): Promise<PackKey> {
    if (this.#key !== null) return this.#key
    const key = randomKey()
    this.#lock = await tryHold(this.#parts.locks, stagingLock(key), 'exclusive')
    await this.#parts.backend.addPack(stagingRow(key))
    this.#key = key
    const memory = this.#memory
    this.#memory = []
    for (const bytes of memory) await this.#append(bytes)
    return key
  }

  /** All bytes are written; durable, where they are in the backend. */
  async end(): Promise<PackBytes> {
    if (this.#key === null) {
      this.#memory = [concat(this.#memory)]
      return new MemoryPack(this.#memory[0] as Uint8Array)
    }
    if (this.#rowBytes > 0) await this.#endRow()
    await this.#rows.flush()
    return new StoredBytes(this.#key, this.#size, this.#parts.rows)
  }

  /** Leaves nothing behind. */
  async drop(): Promise<void> {
    this.#memory = []
    await this.#rows.stopped()
    if (this.#key !== null) await this.#parts.backend.dropPack(this.#key)
    if (this.#key !== null) this.#parts.rows.forget(this.#key)
    await this.release()
  }

  /** The pack is somebody else's to keep: admitted, or gone. */
  async release(): Promise<void> {
    const lock = this.#lock
    this.#lock = null
    await lock?.release()
  }

  async #append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.#rowBytes === 0) this.#row = new Uint8Array(ROW_BYTES)
      const part = bytes.subarray(at, at + ROW_BYTES - this.#rowBytes)
      this.#row.set(part, this.#rowBytes)
      this.#rowBytes += part.length
      at += part.length
      if (this.#rowBytes === ROW_BYTES) await this.#endRow()
    }
  }

  async #endRow(): Promise<void> {
    const bytes = this.#row.subarray(0, this.#rowBytes)
    this.#rowBytes = 0
    await this.#rows.add({ n: this.#rowNumber++, bytes })
  }
}

/** 32 hexadecimal digits: no id of a base pack, which has 64. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function stagingRow(key: PackKey): PackRow {
  return {
    key,
    kind: 'tail',
    packId: null,
    manifest: null,
    trailer: '',
    size: 0,
    objects: 0,
    state: 'staging',
    holders: [],
    wanted: [],
    order: 0,
    roots: null,
  }
}
