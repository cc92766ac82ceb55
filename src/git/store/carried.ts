import type { PackKey, PackRow } from '../backend/backend.ts'
import { NotServedError } from '../errors.ts'
import { checkChunk, chunkLength, type Manifest } from '../pack/index.ts'
import type { RepositoryKey } from '../types.ts'
import type { PackId } from './git-store.ts'
import type { RowCache } from './row-cache.ts'

interface CarriedPack {
  id: RepositoryKey
  key: PackKey
  manifest: Manifest
}

/**
 * Base packs that are being fetched, of which chunks are given to others who fetch them too, until the refs of their
 * repository move: from then on only what these reach is served.
 */
export class CarriedPacks {
  readonly #packs = new Map<PackId, CarriedPack>()

  /**
   * Only a pack that nobody else here wants, or its chunks would be given away under the id of another repository; and none
   * that was indexed before: it may have been withdrawn, and damaged after that.
   */
  carry(id: RepositoryKey, packId: PackId, row: PackRow, manifest: Manifest): void {
    const known = this.#packs.get(packId)
    const others = row.wanted.some((wants) => wants !== id)
    if (known?.key === row.key && !others) return
    // Somebody else wants it from now on, or what it was fetched into went with the repository that held it.
    this.#packs.delete(packId)
    if (row.state === 'staging' && row.trailer === '' && !others) {
      this.#packs.set(packId, { id, key: row.key, manifest })
    }
  }

  has(id: RepositoryKey, packId: PackId): boolean {
    return this.#packs.get(packId)?.id === id
  }

  drop(packId: PackId): void {
    this.#packs.delete(packId)
  }

  /** The repository's refs moved, or it is gone. */
  settle(id: RepositoryKey): void {
    for (const [packId, pack] of this.#packs) if (pack.id === id) this.#packs.delete(packId)
  }

  /** `pending` is the chunk where it is not written yet. Rejects with `NotServedError`. */
  async chunk(
    id: RepositoryKey,
    packId: PackId,
    index: number,
    rows: RowCache,
    pending: Uint8Array | undefined,
  ): Promise<Uint8Array> {
    const pack = this.#packs.get(packId)
    if (pack?.id !== id || !Number.isInteger(index) || index < 0 || index >= pack.manifest.chunks) {
      throw new NotServedError()
    }
    const bytes = pending ?? (await rows.read(pack.key, index))
    // Whoever sends a bad chunk is banned for it: a disk's fault must not go out.
    if (bytes?.length !== chunkLength(pack.manifest, index) || !(await checkChunk(pack.manifest, index, bytes))) {
      throw new NotServedError()
    }
    return bytes.slice()
  }
}
