import type { DBSchema, IDBPDatabase } from 'idb'
import type { SignedRefsRow } from '../../store/git-store.ts'
import type { PackRow, RepositoryRow } from '../backend.ts'

/** 2: partial objects. */
export const DATABASE_VERSION = 2

/** Number of the `indexes` row that holds the links out of a pack; pages count from 0. */
export const MISSING_PAGE = -1

/** One page of a pack's index: part of each table, as many objects as fit. */
export interface IndexPage {
  /** Objects in the whole pack. */
  count: number
  oids: Uint8Array
  offsets: Float64Array
  crcs: Uint32Array
  trailer: Uint8Array
}

export interface MissingPage {
  missing: Uint8Array
  missingTypes: Uint8Array
}

/** [repository, Unix milliseconds, oid, bytes that it takes]. */
export type PartialKey = [string, number, string, number]

export interface StoredSignedRefs extends SignedRefsRow {
  repository: string
}

export interface Schema extends DBSchema {
  repositories: { key: string; value: RepositoryRow }
  signedRefs: { key: [string, string, string]; value: StoredSignedRefs }
  packs: { key: string; value: PackRow; indexes: { holders: string; wanted: string; packId: string } }
  /** [pack, n]: 256 KiB. */
  chunks: { key: [string, number]; value: ArrayBuffer }
  /** [pack, page]. */
  indexes: { key: [string, number]; value: IndexPage | MissingPage }
  /** [repository, oid]. */
  looseObjects: { key: [string, string]; value: ArrayBuffer }
  /** [repository, name] → oid. */
  refs: { key: [string, string]; value: string }
  partialObjects: { key: PartialKey; value: ArrayBuffer }
}

export type Database = IDBPDatabase<Schema>

/** Brings a database of version `from` (0: new) to the present one. What is there stays. */
export function upgradeSchema(database: Database, from: number): void {
  if (from < 1) createFirstVersion(database)
  if (from < 2) database.createObjectStore('partialObjects')
}

function createFirstVersion(database: Database): void {
  database.createObjectStore('repositories', { keyPath: 'id' })
  database.createObjectStore('signedRefs', { keyPath: ['repository', 'identity', 'writer'] })
  const packs = database.createObjectStore('packs', { keyPath: 'key' })
  packs.createIndex('holders', 'holders', { multiEntry: true })
  packs.createIndex('wanted', 'wanted', { multiEntry: true })
  packs.createIndex('packId', 'packId')
  database.createObjectStore('chunks')
  database.createObjectStore('indexes')
  database.createObjectStore('looseObjects')
  database.createObjectStore('refs')
}
