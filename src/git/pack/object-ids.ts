import { SUBTLE_HASH_BYTES } from '../object/hash.ts'
import type { TypeCode } from '../object/oid.ts'
import type { EntryTable } from './entry-table.ts'
import type { ObjectGraph } from './graph.ts'
import type { IndexMemory } from './index-memory.ts'

/** Bytes that may wait to be hashed: each call of `crypto.subtle` copies its own. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

/**
 * Gives the objects of a pack their ids, and notes them and what they link to. Big blobs are hashed by the browser while the
 * work goes on: their ids are known after `settle`.
 */
export class ObjectIds {
  readonly #memory: IndexMemory
  readonly #entries: EntryTable
  readonly #graph: ObjectGraph
  readonly #waiting = new Set<Promise<void>>()
  #waitingBytes = 0
  #failed: { error: unknown } | undefined

  constructor(memory: IndexMemory, entries: EntryTable, graph: ObjectGraph) {
    this.#memory = memory
    this.#entries = entries
    this.#graph = graph
  }

  /** So many big ones wait that the work should. */
  get areBehind(): boolean {
    return this.#waitingBytes >= MAX_WAITING_BYTES
  }

  /** An object that stands at an address, with room for its header before it. `now`: its id is needed at once. */
  note(entry: number, type: TypeCode, at: number, size: number, now: boolean): void {
    const { run, bytes } = this.#memory.kernel
    if (!now && type === 3 && size >= SUBTLE_HASH_BYTES && !this.areBehind) return this.#later(entry, type, at, size)
    const { oid } = this.#memory
    run.hashObject(type, at, at + size, oid)
    this.named(entry, type, bytes, oid)
    if (type !== 3) this.linked(entry, type, bytes.subarray(at, at + size))
  }

  /** The object's id stands at `bytes[oidAt]`. */
  named(entry: number, type: TypeCode, bytes: Uint8Array, oidAt: number): void {
    this.#entries.ids[entry] = this.#graph.add(type, bytes, oidAt) + 1
  }

  /** What the object links to, after its id is known. */
  linked(entry: number, type: TypeCode, content: Uint8Array): void {
    this.#graph.link(type, (this.#entries.ids[entry] as number) - 1, content)
  }

  /** Half of those that may wait are done. */
  async catchUp(): Promise<void> {
    for (const hashing of this.#waiting) {
      if (this.#waitingBytes <= MAX_WAITING_BYTES / 2) break
      await hashing
    }
    if (this.#failed !== undefined) throw this.#failed.error
  }

  /** All ids are known. Throws what was wrong with one of them. */
  async settle(): Promise<void> {
    await Promise.all(this.#waiting)
    if (this.#failed !== undefined) throw this.#failed.error
  }

  #later(entry: number, type: TypeCode, at: number, size: number): void {
    const { run, bytes } = this.#memory.kernel
    const from = run.writeObjectHeader(type, size, at)
    // The digest takes a copy before it returns (Web Cryptography, 14.3.5): the memory is free again.
    const hashing = crypto.subtle
      .digest('SHA-1', bytes.subarray(from, at + size))
      .then((hash) => this.named(entry, type, new Uint8Array(hash), 0))
      .catch((error: unknown) => {
        this.#failed ??= { error }
      })
      .then(() => {
        this.#waiting.delete(hashing)
        this.#waitingBytes -= size
      })
    this.#waiting.add(hashing)
    this.#waitingBytes += size
  }
}
