import { RepositoryNotFoundError } from '../errors.ts'
import type { Oid, RepositoryKey } from '../types.ts'
import type { LooseObject } from './backend.ts'
import { planPartials, type PartialLimits, type PartialRow, type PartialRows } from './partials.ts'

export class MemoryPartials implements PartialRows {
  readonly #exists: (id: RepositoryKey) => boolean
  readonly #rows = new Map<RepositoryKey, Map<Oid, { row: PartialRow; bytes: Uint8Array }>>()

  constructor(exists: (id: RepositoryKey) => boolean) {
    this.#exists = exists
  }

  async list(id: RepositoryKey) {
    return [...(this.#rows.get(id)?.values() ?? [])].map(({ row }) => row)
  }

  async read(id: RepositoryKey, { oid }: PartialRow) {
    return this.#rows.get(id)?.get(oid)?.bytes
  }

  async add(id: RepositoryKey, objects: LooseObject[], at: number, limits: PartialLimits) {
    if (!this.#exists(id)) throw new RepositoryNotFoundError(id)
    const rows = this.#rows.get(id) ?? new Map<Oid, { row: PartialRow; bytes: Uint8Array }>()
    const { add, drop } = planPartials(
      [...rows.values()].map(({ row }) => row),
      objects,
      at,
      limits,
    )
    for (const { oid } of drop) rows.delete(oid)
    for (const { row, bytes } of add) rows.set(row.oid, { row, bytes: bytes.slice() })
    this.#rows.set(id, rows)
  }

  async drop(id: RepositoryKey) {
    this.#rows.delete(id)
  }
}
