import type { Backend, LooseObject } from '../backend/backend.ts'
import type { PartialLimits, PartialRow } from '../backend/partials.ts'
import { PackRowError } from '../errors.ts'
import type { ObjectSource } from '../pack/index.ts'
import type { GitObject, Oid, RepositoryKey } from '../types.ts'
import { decodeLoose } from './loose-object.ts'
import type { ObjectSet } from './object-set.ts'

/** How much of one repository is kept for looking at: an hour of reading; beyond it the oldest go. */
export const PARTIAL_LIMITS: PartialLimits = { bytes: 64 * 1024 * 1024, objects: 16_384 }

/**
 * Objects that came before the closed set is here: for looking at only. They are never served, never count as present, and
 * nothing is built on them. Other tabs add and drop them too, so what is known of them is read anew at every miss.
 */
export class PartialObjects {
  readonly #backend: Backend
  readonly #rows = new Map<RepositoryKey, Map<Oid, PartialRow>>()
  readonly #sources = new WeakMap<ObjectSet, ObjectSource>()

  constructor(backend: Backend) {
    this.#backend = backend
  }

  /** The closed set, and beyond it what is here besides. The same for as long as the set is the same. */
  over(id: RepositoryKey, closed: ObjectSet): ObjectSource {
    let source = this.#sources.get(closed)
    if (source === undefined) {
      source = new SetAndPartials(closed, async (oid) => await this.#read(id, oid))
      this.#sources.set(closed, source)
    }
    return source
  }

  /** `objects` were hashed. Resolves to what is here now. */
  async add(id: RepositoryKey, objects: LooseObject[]): Promise<{ objects: number; bytes: number }> {
    await this.#backend.partials.add(id, objects, Date.now(), PARTIAL_LIMITS)
    return sizeOf(await this.#list(id))
  }

  async size(id: RepositoryKey): Promise<{ objects: number; bytes: number }> {
    return sizeOf(await this.#list(id))
  }

  /** The repository was removed. */
  forget(id: RepositoryKey): void {
    this.#rows.delete(id)
  }

  async drop(id: RepositoryKey): Promise<void> {
    this.forget(id)
    await this.#backend.partials.drop(id)
  }

  async #read(id: RepositoryKey, oid: Oid): Promise<GitObject | null> {
    const row = this.#rows.get(id)?.get(oid) ?? (await this.#list(id)).get(oid)
    const bytes = row === undefined ? undefined : await this.#backend.partials.read(id, row)
    if (bytes === undefined) return null
    try {
      return await decodeLoose(oid, bytes)
    } catch (error) {
      // It need not be durable, so it may be half there: then it is not here.
      if (error instanceof PackRowError) return null
      throw error
    }
  }

  async #list(id: RepositoryKey): Promise<Map<Oid, PartialRow>> {
    const rows = new Map((await this.#backend.partials.list(id)).map((row) => [row.oid, row]))
    this.#rows.set(id, rows)
    return rows
  }
}

function sizeOf(rows: Map<Oid, PartialRow>): { objects: number; bytes: number } {
  let bytes = 0
  for (const { size } of rows.values()) bytes += size
  return { objects: rows.size, bytes }
}

class SetAndPartials implements ObjectSource {
  readonly #closed: ObjectSet
  readonly #partial: (oid: Oid) => Promise<GitObject | null>

  constructor(closed: ObjectSet, partial: (oid: Oid) => Promise<GitObject | null>) {
    this.#closed = closed
    this.#partial = partial
  }

  async has(oid: Oid): Promise<boolean> {
    return this.#closed.hasNow(oid) || (await this.#partial(oid)) !== null
  }

  async read(oid: Oid): Promise<GitObject | null> {
    return (await this.#closed.read(oid)) ?? (await this.#partial(oid))
  }

  async info(oid: Oid) {
    const info = await this.#closed.info(oid)
    if (info !== null) return info
    const object = await this.#partial(oid)
    return object === null ? null : { type: object.type, size: object.bytes.length }
  }
}
