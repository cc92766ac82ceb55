import type { Backend, PackRow } from '../backend/backend.ts'
import type { PackRowError } from '../errors.ts'
import { checkChunk, CHUNK_BYTES, chunkLength, decodeManifest } from '../pack/index.ts'
import type { RepositoryKey } from '../types.ts'
import type { OpenRepository, Repositories } from './repositories.ts'
import type { RowCache } from './row-cache.ts'
import { rowLength, StoredBytes, StoredRowError } from './stored-bytes.ts'
import type { StoredPack } from './stored-pack.ts'

/** Gives packs whose rows are damaged back to staging, from where they are fetched again. */
export class Damage {
  readonly #backend: Backend
  readonly #repositories: Repositories
  readonly #rows: RowCache
  readonly #changed: (id: RepositoryKey) => void

  constructor(backend: Backend, repositories: Repositories, rows: RowCache, changed: (id: RepositoryKey) => void) {
    this.#backend = backend
    this.#repositories = repositories
    this.#rows = rows
    this.#changed = changed
  }

  /**
   * Nothing is done where another tab removed or repaired the pack meanwhile: then it only looked damaged, in what this one
   * remembered of it.
   */
  async report(error: StoredRowError): Promise<void> {
    this.#repositories.forgetPack(error.key)
    const row = await this.#backend.pack(error.key)
    if (row?.state !== 'verified') return
    const bad = row.manifest === null ? null : await this.#badChunk(error, row.manifest)
    if (bad === null && !(await this.#isDamaged(error, row))) return
    await this.#backend.demotePack(error.key, row.manifest === null ? error.row : bad)
    this.#repositories.forgetPack(error.key)
    for (const id of row.holders) this.#changed(id)
  }

  /** The same for an entry that was copied: only where it begins is known. */
  async reportAt({ objects }: OpenRepository, error: PackRowError): Promise<void> {
    if (error instanceof StoredRowError) return await this.report(error)
    const { offset } = error
    if (offset === undefined) return
    for (const pack of objects.packs) {
      if (!(await isDamagedAt(pack, offset))) continue
      return await this.report(new StoredRowError(pack.row.key, Math.floor(offset / CHUNK_BYTES), offset))
    }
  }

  /** Whether what was found is still so, read anew. */
  async #isDamaged(error: StoredRowError, row: PackRow): Promise<boolean> {
    const pack = await this.#repositories.pack(row)
    if (pack === undefined) return true
    if (error.entry !== undefined) return await isDamagedAt(pack, error.entry)
    if (error.row === null) return false
    return (await this.#rows.read(error.key, error.row))?.length !== rowLength(row.size, error.row)
  }

  /** The first chunk from where the error was on that is not what the manifest says; null where all are. */
  async #badChunk(error: StoredRowError, bytes: Uint8Array): Promise<number | null> {
    const manifest = decodeManifest(bytes)
    const pack = new StoredBytes(error.key, manifest.size, this.#rows)
    for (let n = error.row ?? 0; n < manifest.chunks; n++) {
      try {
        if (!(await checkChunk(manifest, n, await pack.read(n * CHUNK_BYTES, chunkLength(manifest, n))))) return n
      } catch (failure) {
        if (failure instanceof StoredRowError) return n
        throw failure
      }
    }
    return null
  }
}

async function isDamagedAt(pack: StoredPack, offset: number): Promise<boolean> {
  try {
    return await pack.isDamagedAt(offset)
  } catch (error) {
    if (error instanceof StoredRowError) return true
    throw error
  }
}
