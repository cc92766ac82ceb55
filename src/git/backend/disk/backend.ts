import { chmod, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeIdx, encodeIdx } from '../../pack/index.ts'
import type { PackId } from '../../store/git-store.ts'
import type { Oid, RepositoryKey } from '../../types.ts'
import {
  ROW_BYTES,
  type Backend,
  type LooseObject,
  type PackKey,
  type PackPatch,
  type PackRow,
  type RepositoryChange,
  type Row,
  type StoredIndex,
} from '../backend.ts'
import { RowModel } from '../row-model.ts'
import { CLOSED_DIRECTORY, DurableFiles, exists, orUndefined, readIfThere } from './files.ts'
import { Journal } from './journal.ts'
import {
  loosePath,
  missingPath,
  packFile,
  packPath,
  REPOSITORIES,
  rowBits,
  rowsOf,
  safeName,
  STAGING,
  stagingPath,
} from './layout.ts'
import { loadModel } from './load.ts'
import { lockDirectory } from './lock.ts'
import { DiskPartials } from './partials.ts'
import { commitSteps, demoteSteps, removeSteps } from './steps.ts'

export interface DiskBackendOptions {
  /** Called before each change of a file: tests throw from it, as a kill would stop there. */
  beforeStep?: (what: string) => void
}

/**
 * The object database in one directory: each repository a bare one that stock git reads, `repositories/<id>.git`, what is on
 * its way in `staging`, and a journal. One process at a time; it keeps all rows in memory and pack bytes on disk.
 */
export class DiskBackend implements Backend {
  readonly #root: string
  readonly #files: DurableFiles
  readonly #journal: Journal
  readonly #unlock: () => Promise<void>
  readonly #model = new RowModel()
  readonly #present = new Map<PackKey, Set<number>>()
  readonly partials: DiskPartials
  /** Changes follow one another. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(root: string, files: DurableFiles, unlock: () => Promise<void>) {
    this.#root = root
    this.#files = files
    this.#journal = new Journal(root, files)
    this.#unlock = unlock
    this.partials = new DiskPartials({
      root,
      files,
      exists: (id) => this.#model.repositories.has(id),
      change: (action) => this.#change(action),
    })
  }

  /** Rejects with `DataDirectoryLockedError` while another process has it open. Finishes what a killed one had begun. */
  static async open(directory: string, options: DiskBackendOptions = {}): Promise<DiskBackend> {
    for (const name of [REPOSITORIES, STAGING]) {
      await mkdir(join(directory, name), { recursive: true, mode: CLOSED_DIRECTORY })
      // An older version made them with the umask's mode; the directory itself is for its user to close.
      await chmod(join(directory, name), CLOSED_DIRECTORY)
    }
    const unlock = await lockDirectory(directory)
    try {
      const files = new DurableFiles(options.beforeStep)
      const backend = new DiskBackend(directory, files, unlock)
      await backend.#journal.recover()
      await loadModel(directory, backend.#model, files)
      return backend
    } catch (error) {
      await unlock()
      throw error
    }
  }

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
    safeName(change.transaction.repository)
    return await this.#change(async () => {
      const writes = this.#model.plan(change)
      await this.#journal.run(await commitSteps(this.#model, writes, (path) => exists(join(this.#root, path))))
      this.#model.apply(writes)
      for (const key of [...writes.dropPacks, ...writes.putPacks.map((row) => row.key)]) this.#present.delete(key)
      return { generation: writes.repository.generation }
    })
  }

  async removeRepository(id: RepositoryKey) {
    await this.#change(async () => {
      const packs = this.#model.withoutRepository(id)
      await this.#journal.run(removeSteps(id, packs))
      for (const { key, after } of packs) {
        if (after === undefined) this.#model.packs.delete(key)
        else this.#model.packs.set(key, after)
        this.#present.delete(key)
      }
      this.#model.repositories.delete(id)
    })
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
    safeName(row.key)
    return await this.#change(async () => {
      const here = this.#model.packs.get(row.key)
      if (here !== undefined) return here
      await this.#files.mkdir(join(this.#root, stagingPath(row.key)))
      await this.#files.write(join(this.#root, stagingPath(row.key, 'row.json')), packFile(row))
      this.#model.packs.set(row.key, row)
      return row
    })
  }

  async updateStaging(key: PackKey, patch: PackPatch) {
    return await this.#change(async () => await this.#patch(key, patch))
  }

  async dropPack(key: PackKey) {
    return await this.#change(async () => {
      const row = this.#model.packs.get(key)
      if (row !== undefined && row.holders.length > 0) return false
      // Its row goes first: a staging without one is nothing to whoever opens the directory next.
      await this.#files.remove(join(this.#root, stagingPath(key, 'row.json')))
      await this.#files.remove(join(this.#root, stagingPath(key)))
      this.#model.packs.delete(key)
      this.#present.delete(key)
      return true
    })
  }

  async demotePack(key: PackKey, badRow: number | null) {
    await this.#change(async () => {
      const demotion = this.#model.demotion(key, badRow)
      const before = this.#model.packs.get(key)
      if (demotion === undefined || before === undefined) return
      await this.#journal.run(demoteSteps(this.#model, before, demotion, badRow))
      this.#model.packs.set(key, demotion.pack)
      for (const row of demotion.repositories) {
        const repository = this.#model.repositories.get(row.id)
        if (repository !== undefined) repository.row = row
      }
      this.#present.delete(key)
    })
  }

  async writeRows(key: PackKey, rows: Row[]) {
    await this.#change(async () => {
      this.#model.staging(key)
      const parts = rows.map(({ n, bytes }) => ({ offset: n * ROW_BYTES, bytes, end: bytes.length < ROW_BYTES }))
      await this.#files.writeAt(join(this.#root, stagingPath(key, 'pack')), parts)
      const present = new Set(await this.#presentSet(key))
      for (const { n } of rows) present.add(n)
      await this.#files.write(join(this.#root, stagingPath(key, 'present')), rowBits(present))
      this.#present.set(key, present)
    })
  }

  async readRow(key: PackKey, n: number) {
    const row = this.#model.packs.get(key)
    if (row === undefined || (row.state === 'staging' && !(await this.#presentSet(key)).has(n))) return undefined
    const file = await orUndefined(open(join(this.#root, this.#path(row, 'pack')), 'r'))
    if (file === undefined) return undefined
    try {
      const bytes = new Uint8Array(ROW_BYTES)
      let length = 0
      for (let read = -1; read !== 0 && length < ROW_BYTES; length += read) {
        read = (await file.read(bytes, length, ROW_BYTES - length, n * ROW_BYTES + length)).bytesRead
      }
      return length === 0 ? undefined : bytes.subarray(0, length)
    } finally {
      await file.close()
    }
  }

  async presentRows(key: PackKey) {
    const row = this.#model.packs.get(key)
    if (row === undefined) return []
    if (row.state !== 'staging') return Array.from({ length: Math.ceil(row.size / ROW_BYTES) }, (_, n) => n)
    return [...(await this.#presentSet(key))].sort((a, b) => a - b)
  }

  async writeIndex(key: PackKey, { index, missing, missingTypes }: StoredIndex, patch: PackPatch) {
    await this.#change(async () => {
      this.#model.staging(key)
      const links = new Uint8Array(missing.length + missingTypes.length)
      links.set(missing)
      links.set(missingTypes, missing.length)
      await this.#files.write(join(this.#root, stagingPath(key, 'missing')), links)
      await this.#files.write(join(this.#root, stagingPath(key, 'idx')), await encodeIdx(index))
      // Last, so that what the row says of an index is true whenever this stops.
      await this.#patch(key, patch)
    })
  }

  async readIndex(key: PackKey): Promise<StoredIndex | undefined> {
    const row = this.#model.packs.get(key)
    if (row === undefined) return undefined
    const links = await readIfThere(join(this.#root, this.#path(row, 'missing')))
    const idx = await readIfThere(join(this.#root, this.#path(row, 'idx')))
    if (links === undefined || idx === undefined) return undefined
    const count = links.length / 21
    return { index: await decodeIdx(idx), missing: links.slice(0, 20 * count), missingTypes: links.slice(20 * count) }
  }

  async readLoose(id: RepositoryKey, oid: Oid): Promise<LooseObject | undefined> {
    if (this.#model.repositories.get(id)?.loose.has(oid) !== true) return undefined
    const bytes = await readIfThere(join(this.#root, loosePath(id, oid)))
    return bytes === undefined ? undefined : { oid, bytes }
  }

  async looseBytes(id: RepositoryKey) {
    return this.#model.looseBytes(id)
  }

  async close() {
    await this.#turn
    await this.#unlock()
  }

  /** Where a pack's file is: with the first of its holders, who all have the same one, or in staging. */
  #path(row: PackRow, file: 'pack' | 'idx' | 'missing'): string {
    const holder = row.holders[0]
    if (row.state !== 'verified' || holder === undefined) return stagingPath(row.key, file)
    return file === 'missing' ? missingPath(holder, row.key) : packPath(holder, row, file)
  }

  async #presentSet(key: PackKey): Promise<Set<number>> {
    let present = this.#present.get(key)
    if (present === undefined) {
      present = rowsOf((await readIfThere(join(this.#root, stagingPath(key, 'present')))) ?? new Uint8Array())
      this.#present.set(key, present)
    }
    return present
  }

  async #patch(key: PackKey, patch: PackPatch): Promise<PackRow> {
    const row = { ...this.#model.staging(key), ...patch }
    await this.#files.write(join(this.#root, stagingPath(key, 'row.json')), packFile(row))
    this.#model.packs.set(key, row)
    return row
  }

  /** One change after the other; what an earlier one could not finish is finished first. */
  async #change<T>(action: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(async () => {
      await this.#journal.finish()
      return await action()
    })
    this.#turn = mine.catch(() => undefined)
    return await mine
  }
}
