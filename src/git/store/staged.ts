import type { PackKey, StoredIndex } from '../backend/backend.ts'
import { StagingNotFoundError } from '../errors.ts'
import { OID_BYTES, toHex } from '../object/index.ts'
import { PackObjects, type EntrySource, type IndexedPack, type PackBytes } from '../pack/index.ts'
import type { Oid, RepositoryKey } from '../types.ts'
import type { PackId, StagingId } from './git-store.ts'
import type { PackStorage } from './pack-storage.ts'

/** A pack whose trailer, ids and links are checked, and which no transaction has admitted yet. */
export interface StagedState {
  staging: StagingId
  repository: RepositoryKey
  /** Null where its bytes are a base pack's rows, which stay when the staging goes. */
  storage: PackStorage | null
  /** Of its rows in the backend; null while it is in memory. */
  key: PackKey | null
  bytes: PackBytes
  stored: StoredIndex
  objects: EntrySource
  /** For a base pack: its id and manifest. */
  base: { packId: PackId; manifest: Uint8Array } | null
  /** The objects that reach all others of the pack, where they are known. */
  roots: Uint8Array | null
  hostileTrees: IndexedPack['hostileTrees']
  /** Called once it is admitted. */
  admitted?: () => Promise<void>
}

/** What this store has staged; another tab's stagings are its own. */
export class StagedPacks {
  readonly #staged = new Map<StagingId, StagedState>()

  add(state: StagedState): void {
    this.#staged.set(state.staging, state)
  }

  get(staging: StagingId): StagedState {
    const state = this.#staged.get(staging)
    if (state === undefined) throw new StagingNotFoundError()
    return state
  }

  find(staging: StagingId): StagedState | undefined {
    return this.#staged.get(staging)
  }

  /** Packs staged for a repository: later ones may build on them, and are only admitted with them. */
  of(repository: RepositoryKey): EntrySource[] {
    return [...this.#staged.values()].filter((state) => state.repository === repository).map(({ objects }) => objects)
  }

  delete(staging: StagingId): StagedState | undefined {
    const state = this.#staged.get(staging)
    this.#staged.delete(staging)
    return state
  }

  all(): StagedState[] {
    return [...this.#staged.values()]
  }
}

/** The objects of a pack that is staged. */
export function stagedObjects(staging: StagingId, bytes: PackBytes, stored: StoredIndex): EntrySource {
  return new PackObjects({ key: staging, bytes, index: stored.index })
}

/** As many as one request may name as haves: beyond that, some of what is asked for next is here already. */
const MAX_TIPS = 4096

/** A pack's roots as the tips that it brings; none where they are not known. */
export function tipsOf(roots: Uint8Array | null): Oid[] {
  const tips: Oid[] = []
  for (let at = 0; roots !== null && at < roots.length && tips.length < MAX_TIPS; at += OID_BYTES) {
    tips.push(toHex(roots, at))
  }
  return tips
}

/** Oids as 20 bytes each. */
export function oidBytes(oids: Iterable<Oid>): Uint8Array {
  const list = [...oids]
  const bytes = new Uint8Array(20 * list.length)
  list.forEach((oid, i) => {
    for (let at = 0; at < 20; at++) bytes[20 * i + at] = parseInt(oid.slice(2 * at, 2 * at + 2), 16)
  })
  return bytes
}
