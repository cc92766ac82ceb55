import type { PackIndex } from '../pack/types.ts'
import type { PackId, SignedRefsRow, Transaction } from '../store/git-store.ts'
import type { Oid, RefEntry, RepositoryKey } from '../types.ts'
import type { PartialRows } from './partials.ts'

/** Bytes of a row of a pack, and of a chunk of a base pack; the last one of a pack is shorter. */
export const ROW_BYTES = 256 * 1024

/** Bytes of rows that one write takes at most: larger transactions gain nothing, and reads queue behind them. */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024

/** Bytes of one page of a pack's index. */
export const MAX_INDEX_PAGE_BYTES = 1024 * 1024

/**
 * Where rows are kept: IndexedDB, files, memory. It knows rows and preconditions and nothing of git; every write is durable
 * when its promise resolves, and happens wholly or not at all. Rejects with `QuotaError` where there is no room.
 */
export interface Backend {
  repositories(): Promise<RepositoryRow[]>
  /** Undefined where there is no such repository: cheap, asked before every operation. */
  generation(id: RepositoryKey): Promise<number | undefined>
  /** One consistent reading of all that belongs to a repository. */
  snapshot(id: RepositoryKey): Promise<RepositorySnapshot | undefined>
  /** The compare-and-swap: re-reads every precondition in the same transaction that writes, or changes nothing. */
  commit(change: RepositoryChange): Promise<{ generation: number }>
  /** Removes its rows, partial objects too; packs that nothing else holds or wants go with it. */
  removeRepository(id: RepositoryKey): Promise<void>

  packs(): Promise<PackRow[]>
  pack(key: PackKey): Promise<PackRow | undefined>
  /** The rows of a base pack: one that is staged or verified, and at times another that an import is writing. */
  packsById(packId: PackId): Promise<PackRow[]>
  /** Adds the row, or gives the one that is there. */
  addPack(row: PackRow): Promise<PackRow>
  /** Changes a row that is `staging`; rejects with `StagingNotFoundError` where it is not (any more). */
  updateStaging(key: PackKey, patch: PackPatch): Promise<PackRow>
  /** Removes a pack that nobody holds; false where somebody does. */
  dropPack(key: PackKey): Promise<boolean>
  /**
   * A verified pack turned out to be damaged: its holders only want it now and are `damaged`, its bad row is gone, and their
   * generations rise. Nothing happens if it is not `verified`.
   */
  demotePack(key: PackKey, badRow: number | null): Promise<void>

  /** Durable when it resolves; at most `MAX_BATCH_BYTES` at a time. Overwrites. Rejects where the pack is not `staging`. */
  writeRows(key: PackKey, rows: Row[]): Promise<void>
  /** The bytes of a row, undefined where it is missing; its length is for the caller to check. */
  readRow(key: PackKey, n: number): Promise<Uint8Array | undefined>
  /** Numbers of the rows that are here, ascending. */
  presentRows(key: PackKey): Promise<number[]>
  /** Its index, and what of its row is known with it. */
  writeIndex(key: PackKey, index: StoredIndex, patch: PackPatch): Promise<void>
  readIndex(key: PackKey): Promise<StoredIndex | undefined>

  readLoose(id: RepositoryKey, oid: Oid): Promise<LooseObject | undefined>
  /** Bytes of all loose objects of a repository. */
  looseBytes(id: RepositoryKey): Promise<number>

  /** Objects that are not part of any closed set. */
  readonly partials: PartialRows

  /** Where other threads share the data: called after they changed a repository. */
  onChange?(listener: (id: RepositoryKey) => void): () => void
  close(): Promise<void>
}

/** Names a pack's rows: the id of a base pack that is fetched, otherwise random (ids are not known before the end). */
export type PackKey = string

export interface Row {
  n: number
  bytes: Uint8Array
}

export interface RepositoryRow {
  id: RepositoryKey
  documents: Uint8Array[]
  settings: Uint8Array
  generation: number
  head: string | null
  /** Identities whose signed refs are shared; undefined: everybody's. */
  sharing?: string[]
  /** A pack of it was lost, and not all that was in it is here again. */
  damaged?: true
  createdAt: number
  updatedAt: number
}

export interface PackRow {
  key: PackKey
  /** A base pack is immutable, has a manifest and is served in chunks; all else is tail. */
  kind: 'base' | 'tail'
  packId: PackId | null
  manifest: Uint8Array | null
  /** git's checksum, 40 hexadecimal digits; '' until it is known. */
  trailer: string
  /** Bytes; 0 until known. */
  size: number
  objects: number
  state: 'staging' | 'verified' | 'retired'
  /** Repositories for which it is verified: the reference count. */
  holders: RepositoryKey[]
  /** Repositories that fetch it: its rows stay for them. */
  wanted: RepositoryKey[]
  /** Rises with each pack: each is closed over those before it. */
  order: number
  /**
   * Objects of the pack that no other object of it refers to, 20 bytes each: if all of these are reachable, so is the whole
   * pack. Null until somebody worked it out.
   */
  roots: Uint8Array | null
}

/** What may change of a pack that is staged. */
export type PackPatch = Partial<Omit<PackRow, 'key' | 'state' | 'holders'>>

/** A pack's index, and the links that lead out of it with the types expected of them. */
export interface StoredIndex {
  index: PackIndex
  /** 20 bytes each. */
  missing: Uint8Array
  missingTypes: Uint8Array
}

/** A loose object as git stores it: zlib stream of header and content. */
export interface LooseObject {
  oid: Oid
  bytes: Uint8Array
}

export interface RepositorySnapshot {
  repository: RepositoryRow
  /** Sorted bytewise by name. */
  refs: RefEntry[]
  signedRefs: SignedRefsRow[]
  /** Verified packs that it holds, oldest first. */
  packs: PackRow[]
  /** Its loose objects, in no order. */
  loose: Oid[]
}

export interface RepositoryChange {
  transaction: Omit<Transaction, 'admit'>
  /** The generation at which closure was checked, null for a repository that is created: another one is a conflict. */
  at: number | null
  admit: Admission[]
  /**
   * What of the repository goes because an admitted pack has it now, or because nothing reaches it. Packs that nobody else
   * holds become `retired`: their rows stay for those who read them, until `dropPack`.
   */
  retire?: { packs: PackKey[]; loose: Oid[] }
  /** Milliseconds since the epoch. */
  now: number
}

/** What happens to a staged pack. */
export type Admission =
  /** It becomes one of the repository's packs. */
  | { kind: 'pack'; key: PackKey; roots: Uint8Array | null }
  /** Its few objects become loose ones, and it goes; null where it never was in the backend. */
  | { kind: 'loose'; key: PackKey | null; objects: LooseObject[] }
  /** The same pack is here already: the repository holds that, and this goes. */
  | { kind: 'duplicate'; key: PackKey; of: PackKey }
