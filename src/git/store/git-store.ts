import type { GitMerges } from '../merge/types.ts'
import type { CallOptions, Oid, RefEntry, RepositoryKey } from '../types.ts'
import type { GitViews } from '../view/types.ts'

/**
 * The one asynchronous interface to git data. In the browser it is answered by a dedicated worker, in Node in process.
 * Every argument and result is structured-cloneable; `Uint8Array`s that a method returns are the caller's own
 * (transferred), and those given to `writePack` and `putChunk` are transferred away.
 *
 * Nothing staged is ever readable as an object: only `transact` makes it so (DESIGN I1–I3).
 */
export interface GitStore extends GitViews, GitMerges {
  // Repositories

  repositories(): Promise<StoredRepository[]>
  repository(id: RepositoryKey): Promise<StoredRepository | undefined>
  /** Forgets the repository and frees what only it holds. */
  removeRepository(id: RepositoryKey): Promise<void>
  /** Bytes each repository holds here. */
  usage(): Promise<Array<{ id: RepositoryKey; bytes: number }>>
  signedRefs(id: RepositoryKey): Promise<SignedRefsRow[]>

  /**
   * The compare-and-swap of the database (I3): one strict-durability transaction that re-reads every precondition and
   * moves refs, pack state and sync records together, or rejects with `TransactionConflictError` and changes nothing.
   * Rejects with `MissingObjectError` where a ref would name something outside the repository's closed set.
   */
  transact(transaction: Transaction): Promise<{ generation: number }>

  // Getting objects in: each of these stages; `transact` admits, `discard` drops.

  /** A git bundle, version 2 or 3. `source` is a `Blob` (in Node from `fs.openAsBlob`). */
  importBundle(id: RepositoryKey, source: Blob, options?: CallOptions): Promise<Staged>
  /** A folder that contains `.git`, or a bare repository. */
  importFolder(id: RepositoryKey, source: FolderSource, options?: CallOptions): Promise<Staged>
  /**
   * All branches and tags of a repository on a server, as it comes: nothing of it is held in memory. Rejects with the
   * `RemoteError` that says what stands in the way.
   */
  importUrl(id: RepositoryKey, source: UrlSource, options?: CallOptions): Promise<Staged>
  /** The first commit of a new repository. */
  importFiles(id: RepositoryKey, request: CommitRequest, options?: CallOptions): Promise<Staged>
  /** A commit on top of what is here: changed files over `request.parent`. */
  stageCommit(id: RepositoryKey, request: CommitRequest, options?: CallOptions): Promise<Staged & { commit: Oid }>

  /**
   * A pack as a stream, thin or whole (from a peer's `Objects`, or from stock git in Node). `claimed` are the tips that
   * it is meant to bring.
   */
  openPackWriter(id: RepositoryKey, options?: { claimed?: RefEntry[] }): Promise<PackWriterId>
  /** Resolves when the writer can take more: await it, that is the back-pressure. */
  writePack(writer: PackWriterId, bytes: Uint8Array): Promise<void>
  /** Indexes, completes a thin pack, checks trailer, ids and closure. Rejects with `PackError` and discards if it fails. */
  finishPack(writer: PackWriterId, options?: CallOptions): Promise<Staged>
  /** The three in one, for a pack that is here as a whole; its bytes are given away. */
  stagePack(id: RepositoryKey, bytes: Uint8Array, options?: { claimed?: RefEntry[] }): Promise<Staged>
  /** Which of `oids` are objects of what is staged; what the repository has besides does not count. */
  hasStaged(staging: StagingId, oids: Oid[]): Promise<boolean[]>
  /** Drops a writer (`PackWriterId`), or what was staged. Unknown names are ignored: it may have been discarded already. */
  discard(staging: StagingId): Promise<void>

  /**
   * A base pack, chunk by chunk. What is here already stays (I4), across reloads and tabs; `present` says which.
   * Rejects with `ManifestError` where the bytes are no manifest or do not hash to `packId`.
   */
  stageBasePack(id: RepositoryKey, packId: PackId, manifest: Uint8Array): Promise<BasePackState>
  /**
   * Checks the chunk against the manifest (`ChunkMismatchError`) and keeps it: it is written with others, within half a
   * second where they are few, and durable after the next `flushChunks`. Indexes what is here without a gap meanwhile: resolves
   * when it can take more, which is the back-pressure.
   */
  putChunk(packId: PackId, index: number, bytes: Uint8Array): Promise<void>
  flushChunks(packId: PackId): Promise<void>
  /** All chunks are here (else `ChunkMissingError`): what is left of checking every id, then closure. Rejects with `PackError`. */
  finishBasePack(id: RepositoryKey, packId: PackId, options?: CallOptions): Promise<Staged>
  /** The manifest of a base pack that an earlier try for this repository left; undefined where there is none. */
  stagedManifest(id: RepositoryKey, packId: PackId): Promise<Uint8Array | undefined>
  /**
   * A chunk of a base pack that is being fetched here, for others who fetch it too: it matched the manifest's hash, and
   * nothing more is known of it. Rejects with `NotServedError`: where it has not come, once the repository's refs have moved,
   * and for packs that were verified before (what is in them may be shared no more).
   */
  stagedChunk(id: RepositoryKey, packId: PackId, index: number): Promise<Uint8Array>
  /** Drops the chunks of a base pack that no other tab is fetching, no repository holds and not more than one wants. */
  dropBasePack(packId: PackId): Promise<void>

  // Partial objects: what is looked at before the closed set is here. The views give them where they are asked to
  // (`ReadOptions.partial`); nothing else does: they are never served, never count as present, and nothing builds on them.

  /** A small whole pack of them, held in memory: `writePack` as above, then `finishPartial`, or `discard`. */
  openPartialWriter(id: RepositoryKey, limits: PartialPackLimits): Promise<PackWriterId>
  /**
   * Hashes all that came and keeps it: `wants` and what these link to. Rejects with `PackError` where it is anything else
   * (`UnwantedObjectError`, `MissingObjectError` among them), and with `ObjectTooLargeError`, `PackTooLargeError` or
   * `LimitError` where it is above the limits; `writePack` does so too, as soon as it shows. Resolves to what is kept now.
   */
  finishPartial(writer: PackWriterId, wants: Oid[]): Promise<PartialSize>
  partialSize(id: RepositoryKey): Promise<PartialSize>
  /** Drops what is kept of a repository: all of it is here now, or was not to be trusted. */
  dropPartial(id: RepositoryKey): Promise<void>

  // Serving: only what the shared refs reach (I0).

  /** Base packs that may be served now, oldest first (each closed over those before it). */
  inventory(id: RepositoryKey): Promise<InventoryEntry[]>
  manifest(id: RepositoryKey, packId: PackId): Promise<Uint8Array>
  chunk(id: RepositoryKey, packId: PackId, index: number): Promise<Uint8Array>
  /** Starts a pack of what `wants` reach and `haves` do not; thin where that helps. Wants outside the shared refs' closure reject with `NotServedError`. */
  openObjects(id: RepositoryKey, request: ObjectsRequest, options?: CallOptions): Promise<PackReader>
  /** The next bytes of the pack, at most `maxBytes`; `null` at its end. */
  readPack(reader: PackReaderId, maxBytes: number): Promise<Uint8Array | null>
  closeReader(reader: PackReaderId): Promise<void>

  /**
   * A git bundle of the repository's branches and tags, which stock git clones: `readPack` gives its bytes.
   * `bytes` is unknown until the end.
   */
  openBundle(id: RepositoryKey, options?: CallOptions): Promise<PackReader>

  // Questions about the graph, over the repository's closed set only

  has(id: RepositoryKey, oids: Oid[]): Promise<boolean[]>
  /** Those of `oids` (commits that are here) that no other of them reaches, in the order given. */
  independent(id: RepositoryKey, oids: Oid[]): Promise<Oid[]>
  isAncestor(id: RepositoryKey, ancestor: Oid, descendant: Oid): Promise<boolean>
  /**
   * What to name of what some commits reach, to somebody who may know some of it: these, and behind them ever fewer, at most
   * 4,096. Those that are not here are left out.
   */
  skippedHaves(id: RepositoryKey, tips: Oid[], options?: CallOptions): Promise<Oid[]>
  /** A best common ancestor, as `git merge-base`; null where the histories have none. */
  mergeBase(id: RepositoryKey, a: Oid, b: Oid): Promise<Oid | null>

  /**
   * Calls `listener` after a repository changed, here or in another tab of the same storage. A hint that may be lost: what
   * counts is `generation`. Returns how to stop.
   */
  onChange(listener: (id: RepositoryKey) => void): () => void

  close(): Promise<void>
}

/** Names a base pack: SHA-256 of its manifest, 64 hexadecimal digits. */
export type PackId = string
export type StagingId = string
export type PackWriterId = string
export type PackReaderId = string

export interface StoredRepository {
  id: RepositoryKey
  /** Documents as received, oldest first: never re-encoded. */
  documents: Uint8Array[]
  /** Opaque to src/git. */
  settings: Uint8Array
  /** Rises by one with every transaction: what was read at another generation may be stale. */
  generation: number
  /** Symbolic target of HEAD (`refs/heads/main`), null where detached or unknown. */
  head: string | null
  /** Canonical branches and tags, sorted bytewise by name. */
  refs: RefEntry[]
  /** Identities whose signed refs are shared refs, beside the canonical ones; undefined: everybody's. */
  sharing?: string[]
  /** Some of it was lost, as a disk loses rows: what is missing is to be brought again, then `Transaction.mended` says so. */
  damaged?: true
  /** Milliseconds since the epoch. */
  createdAt: number
  updatedAt: number
}

/** One writer's signed refs as the store keeps them: opaque bytes, and the tips for reachability. */
export interface SignedRefsRow {
  identity: string
  writer: string
  /** The highest sequence whose signature was verified, even if its objects are not here yet. */
  highestSeen: number
  /** Header envelope of the state that is held, as received; empty if only `highestSeen` is known. */
  envelope: Uint8Array
  /** The refs list that the header hashes. */
  list: Uint8Array
  /** Parsed from `list`, kept for reachability. */
  refs: RefEntry[]
}

export interface Transaction {
  repository: RepositoryKey
  /** Creates the repository; rejects with `TransactionConflictError` where it exists. */
  create?: boolean
  expect?: {
    generation?: number
    /** Old value of refs; null: must not exist. */
    refs?: Array<{ name: string; oid: Oid | null }>
    /** `highestSeen` of writers; null: must not exist. */
    signedRefs?: Array<{ identity: string; writer: string; highestSeen: number | null }>
  }
  documents?: Uint8Array[]
  settings?: Uint8Array
  head?: string | null
  /** New values of canonical refs; null deletes. */
  refs?: Array<{ name: string; oid: Oid | null }>
  signedRefs?: SignedRefsRow[]
  /** From now on the signed refs of these identities are shared refs: those of others are kept, and keep nothing served. */
  sharing?: string[]
  /** What becomes readable with this transaction. */
  admit?: StagingId[]
  /** All of it is here again: rejects with `MissingObjectError` where that is not so. After what was brought was admitted. */
  mended?: true
}

export interface Staged {
  staging: StagingId
  /** Branches and tags that the source has. */
  refs: RefEntry[]
  head: string | null
  objects: number
  /** Bytes of the pack. */
  bytes: number
  /** What a person should know: left out, shown as inert. */
  warnings: ImportWarning[]
  /** For a base pack: what nothing else in it links to, at most 4,096. They reach all of it. */
  tips?: Oid[]
}

export interface ImportWarning {
  kind: 'hostile-path' | 'detached-head' | 'submodule' | 'lfs' | 'skipped-ref' | 'unreachable-left-out'
  /** Path, ref or count that it is about. */
  detail: string
}

/** Files of a folder as the browser gives them. Paths are relative to the folder, with `/`. */
export type FolderSource =
  | { kind: 'handle'; handle: FileSystemDirectoryHandle }
  | { kind: 'files'; files: Array<{ path: string; file: Blob }> }
  /** Node only: an absolute path, read never written. */
  | { kind: 'path'; path: string }

/** A repository on a server. */
export interface UrlSource {
  /** `https://host/path`, as `git clone` takes it. */
  url: string
  /** Where the same is asked for in its place: at the relay, which passes it on. Null: at `url` itself. */
  through: string | null
}

export interface CommitRequest {
  /** Full ref name that the commit is for; informative, `transact` moves it. */
  ref: string
  /** The commit to build on; null for the first. */
  parent: Oid | null
  /** `content` null deletes; `mode` defaults to the file's own, else 100644. */
  changes: Array<{ path: string; content: Uint8Array | null; mode?: number }>
  author: Person
  message: string
}

export interface Person {
  name: string
  email: string
  /** Seconds since the epoch. */
  time: number
  /** Minutes east of UTC. */
  offset: number
}

export interface BasePackState {
  /** Bytes of the whole pack. */
  size: number
  chunks: number
  objects: number
  /** Bit n (most significant first) set: chunk n is here. */
  present: Uint8Array
  /** Already verified for this repository: nothing to fetch. */
  verified: boolean
  /** `stagedChunk` gives what is here of it. */
  carried: boolean
  /** Where it is verified: what nothing else in it links to, at most 4,096. They reach all of it. */
  tips?: Oid[]
}

/** What a small pack may have: objects, bytes of it and of all its objects inflated, bytes of one object inflated. */
export interface PartialPackLimits {
  objects: number
  bytes: number
  objectBytes: number
}

export interface PartialSize {
  objects: number
  /** As they are stored. */
  bytes: number
}

export interface InventoryEntry {
  packId: PackId
  /** Bytes. */
  size: number
  objects: number
}

export interface ObjectsRequest {
  wants: Oid[]
  haves: Oid[]
  /** `closure`: all that wants reach; `objects`: just the wants; `snapshot`: HEAD commit, its root tree and README. */
  filter: 'closure' | 'objects' | 'snapshot'
  /** May entries be deltas against objects that the asker has. */
  thin: boolean
  /**
   * Rejects with `MoreHavesError` where some of `haves` are unknown (or not shared) and more than a few objects would be
   * sent: the asker names what `skippedHaves` gives, and asks again without this.
   */
  negotiate?: boolean
  /** Rejects with `MoreHavesError`, too, where it would be more objects than this. */
  most?: number
}

export interface PackReader {
  reader: PackReaderId
  objects: number
  /** Bytes, where known before it is written. */
  bytes: number | null
}
