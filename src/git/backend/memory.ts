import type { PackId } from '../store/git-store.ts'
import type { Oid, RepositoryKey } from '../types.ts'
import type {
  Backend,
  LooseObject,
  PackKey,
  PackPatch,
  PackRow,
  RepositoryChange,
  Row,
  StoredIndex,
} from './backend.ts'
import { MemoryPartials } from './memory-partials.ts'
import { RowModel } from './row-model.ts'

/** Everything in memory, gone with the process: for tests. */
export class MemoryBackend implements Backend {
  readonly #model = new RowModel()
  readonly #rows = new Map<PackKey, Map<number, Uint8Array>>()
  readonly #indexes = new Map<PackKey, StoredIndex>()
  readonly #loose = new Map<RepositoryKey, Map<Oid, Uint8Array>>()
  readonly partials = new MemoryPartials((id) => this.#model.repositories.has(id))

  async repositories() {
    return [...this.#model.repositories.values()].map(({ row }) => row)
  }

  async generation(id: RepositoryKey) {
    return this.#model.generation(id)
  }

  async snapshot(id: RepositoryKey) {
    return this.#model.snapshot(id)
  }

  async commit(change: RepositoryChange) {
    const writes = this.#model.plan(change)
    this.#model.apply(writes)
    const loose = this.#loose.get(writes.repository.id) ?? new Map<Oid, Uint8Array>()
    for (const object of writes.putLoose) loose.set(object.oid, object.bytes)
    for (const oid of writes.dropLoose) loose.delete(oid)
    this.#loose.set(writes.repository.id, loose)
    for (const key of writes.dropPacks) this.#forget(key)
    return { generation: writes.repository.generation }
  }

  async removeRepository(id: RepositoryKey) {
    for (const { key, after } of this.#model.withoutRepository(id)) {
      if (after === undefined) this.#forget(key)
      else this.#model.packs.set(key, after)
    }
    this.#model.repositories.delete(id)
    this.#loose.delete(id)
    await this.partials.drop(id)
  }

  async packs() {
    return [...this.#model.packs.values()]
  }

  async pack(key: PackKey) {
    return this.#model.packs.get(key)
  }

  async packsById(packId: PackId) {
    return this.#model.packsById(packId)
  }

  async addPack(row: PackRow) {
    const here = this.#model.packs.get(row.key)
    if (here !== undefined) return here
    this.#model.packs.set(row.key, row)
    return row
  }

  async updateStaging(key: PackKey, patch: PackPatch) {
    const row = { ...this.#model.staging(key), ...patch }
    this.#model.packs.set(key, row)
    return row
  }

  async dropPack(key: PackKey) {
    const row = this.#model.packs.get(key)
    if (row !== undefined && row.holders.length > 0) return false
    this.#forget(key)
    return true
  }

  async demotePack(key: PackKey, badRow: number | null) {
    const demotion = this.#model.demotion(key, badRow)
    if (demotion === undefined) return
    this.#model.packs.set(key, demotion.pack)
    for (const row of demotion.repositories) {
      const repository = this.#model.repositories.get(row.id)
      if (repository !== undefined) repository.row = row
    }
    if (badRow !== null) this.#rows.get(key)?.delete(badRow)
  }

  async writeRows(key: PackKey, rows: Row[]) {
    this.#model.staging(key)
    const here = this.#rows.get(key) ?? new Map<number, Uint8Array>()
    for (const { n, bytes } of rows) here.set(n, bytes.slice())
    this.#rows.set(key, here)
  }

  async readRow(key: PackKey, n: number) {
    return this.#rows.get(key)?.get(n)
  }

  async presentRows(key: PackKey) {
    return [...(this.#rows.get(key)?.keys() ?? [])].sort((a, b) => a - b)
  }

  async writeIndex(key: PackKey, index: StoredIndex, patch: PackPatch) {
    await this.updateStaging(key, patch)
    this.#indexes.set(key, index)
  }

  async readIndex(key: PackKey) {
    return this.#indexes.get(key)
  }

  async readLoose(id: RepositoryKey, oid: Oid): Promise<LooseObject | undefined> {
    const bytes = this.#loose.get(id)?.get(oid)
    return bytes === undefined ? undefined : { oid, bytes }
  }

  async looseBytes(id: RepositoryKey) {
    return this.#model.looseBytes(id)
  }

  async close() {}

  /** Changes a byte of a row, as a failing disk would: for tests. */
  damage(key: PackKey, n: number, at: number): void {
    const row = this.#rows.get(key)?.get(n)
    if (row === undefined || at >= row.length) throw new RangeError('No such byte to damage.')
    row[at] = (row[at] as number) ^ 0xff
  }

  #forget(key: PackKey): void {
    this.#model.packs.delete(key)
    this.#rows.delete(key)
    this.#indexes.delete(key)
  }
}
