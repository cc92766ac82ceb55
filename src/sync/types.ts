import type { CommitRequest, FolderSource, ImportWarning, MergeRequest, RefEntry } from '../git/index.ts'
import type { LinkKind } from '../peer/index.ts'

/** What somebody who opens a link needs: DESIGN section 1, "link". */
export interface RepositoryLink {
  /** base64url of the id's digest, 43 characters. */
  token: string
  /** Raw Ed25519 key of a holder's PeerId. */
  hint?: Uint8Array
  /** The sharer's newest header when the link was made. */
  sequence?: number
  /** First bytes of that header's hash, base64url. */
  hash?: string
}

/** The fields of a repository document, decoded. The signed bytes are kept beside it. */
export interface RepositoryDocument {
  name: string
  description: string
  /** Short name, `main`. */
  defaultBranch: string
  /** Identity ids (base64url) that may move the canonical branches. */
  delegates: string[]
  threshold: number
  /** Unix milliseconds. */
  createdAt: number
  /** 32 bytes; makes the id unguessable. */
  nonce: Uint8Array
  /** SHA-256 of the version before; empty for the first. */
  predecessor: Uint8Array
  /** Names that delegates claimed when it was signed; `RepositoryState.names` has what they call themselves now. */
  delegateNames: string[]
}

/** One repository as the app shows it. A new object whenever anything changed. */
export interface RepositoryState {
  token: string
  /** Null until a document is here. */
  document: RepositoryDocument | null
  status: RepositoryStatus
  /** Rises with every change of what is stored. */
  generation: number
  head: string | null
  refs: RefEntry[]
  /** Branches where delegates do not agree: every candidate, with who signed it. */
  divergences: Array<{ ref: string; versions: Array<{ oid: string; by: string[] }> }>
  /** What people call themselves now, by identity: self-claimed, at most 64 bytes. Who has no name is not in it. */
  names: Record<string, string>
  /** Identities that signed two headers with one sequence. */
  equivocations: string[]
  /** What maintainers signed and is not followed: beyond a limit, or a name that cannot exist beside another. */
  leftOut: LeftOut
  /** Connected peers that hold it. */
  holders: HolderState[]
  transfer: TransferState | null
  /** What can be looked at while the repository is not here as a whole; null once it is. */
  preview: PreviewState | null
  /** Newest accepted header: Unix milliseconds, 0 if none. */
  signedAt: number
  /** Last time a holder was compared with; Unix milliseconds, 0 if never. */
  comparedAt: number
  /** The link named a newer state than what holders have. */
  stale: boolean
  /** This browser's identity may move canonical branches. */
  maintainer: boolean
}

export interface LeftOut {
  /** Branches and tags. */
  count: number
  /** The first of their names, at most 100. */
  refs: string[]
  /** Identities that have a device whose branches and tags are not followed at all. */
  signers: string[]
}

export type RepositoryStatus =
  /** Looking for somebody who has it; goes on by itself. */
  | { kind: 'looking'; since: number; nobody: boolean }
  | { kind: 'connecting'; peer: string }
  | { kind: 'cloning' }
  | { kind: 'updating' }
  | { kind: 'ready' }
  /** Cancelled by its user; `resume` goes on. */
  | { kind: 'paused' }
  | { kind: 'failed'; error: Error }

/**
 * Signed, and each object hashed, but not yet checked as a whole: these refs are what they would be if all arrived. `commit`,
 * its root tree and its README can be read with `GitStore`'s option `partial`; what else is looked at is fetched by
 * `RepoSync.want`.
 */
export interface PreviewState {
  /** Full name of the branch that HEAD names. */
  head: string
  refs: RefEntry[]
  /** The commit that `head` names. */
  commit: string
  /** What is here to be looked at. */
  objects: number
  bytes: number
}

export interface WantOptions {
  signal?: AbortSignal
  /** Bytes of one object beyond which it rejects with `ObjectTooLargeError` (default 4 MiB, at most 32). */
  maxBytes?: number
}

export interface HolderState {
  peer: string
  name: string
  link: LinkKind
  /** Has the closure of the newest refs that we know. */
  complete: boolean
}

export interface TransferState {
  phase: 'refs' | 'snapshot' | 'packs' | 'tail' | 'checking' | 'saving'
  bytes: number
  totalBytes: number | null
  objects: number
  totalObjects: number | null
  /** Bytes a second, over the last seconds. */
  speed: number
  /** The holder that was chosen first, and that what no pack has comes from. */
  from: { peer: string; name: string; link: LinkKind } | null
  /** Everybody that bytes came from, most first; at most 16. */
  sources: SourceState[]
}

/** One device that a running transfer takes from. */
export interface SourceState {
  peer: string
  name: string
  link: LinkKind
  bytes: number
  /** Bytes a second, over the last seconds. */
  speed: number
}

/** Something that went between this device and another, or was refused; kept until the page is closed. */
export interface TransferRecord {
  /** Unix milliseconds at its end. */
  at: number
  peer: string
  name: string
  link: LinkKind
  direction: 'received' | 'sent'
  /** Payload. */
  bytes: number
  /** Milliseconds between the first and the last of them. */
  milliseconds: number
  outcome:
    | { kind: 'done' }
    /** It ended before all of it was there: the link was lost, or it was stopped. */
    | { kind: 'stopped' }
    /** Not taken from it: it was too slow, and others were asked. */
    | { kind: 'slow' }
    /** Not asked any more: it refused what it said that it has. */
    | { kind: 'refused' }
    /** Proven wrong, and blocked. */
    | { kind: 'blocked'; reason: string }
}

export interface ImportState {
  phase: 'ask' | 'read' | 'receive' | 'index' | 'resolve' | 'check' | 'write' | 'store' | 'sign'
  bytes?: number
  totalBytes?: number
  objects?: number
  totalObjects?: number
  /** Bytes (or objects, where bytes are unknown) a second. */
  speed: number
}

export type ImportSource =
  | { kind: 'bundle'; file: Blob; name: string }
  | { kind: 'folder'; folder: FolderSource; name: string }
  /** A repository on a server: `https://host/path`, as `git clone` takes it. */
  | { kind: 'url'; url: string; name: string }
  | { kind: 'new'; name: string; description: string }

export interface ImportOptions {
  signal?: AbortSignal
  onProgress?: (state: ImportState) => void
  /**
   * Asked, before anything is stored, where a repository of this browser has the same history: true makes a second one of
   * it, false stops with `AlreadyHereError`. Without it nobody is asked.
   */
  onKnown?: (known: KnownRepository) => Promise<boolean>
}

/** A repository of this browser with the history of what is being imported: one's default branch is in the other. */
export interface KnownRepository {
  token: string
  /** Branches and tags whose newest commit is not here yet: short names. Empty where the source has nothing new. */
  news: string[]
}

/** What an update moved, and what it left because both sides have something of their own: full ref names. */
export interface UpdateOutcome {
  moved: string[]
  left: string[]
}

/** Keeps every held repository up to date, and reports what it does. The programs' one way into src/sync. */
export interface RepoSync {
  start(): Promise<void>
  stop(): Promise<void>
  repositories(): RepositoryState[]
  repository(token: string): RepositoryState | undefined
  /** Called after every change with the token it was about; '' when the list changed. Returns how to stop. */
  on(listener: (token: string) => void): () => void

  /** Imports, signs and stores in one go; what fails or is cancelled leaves nothing. */
  create(source: ImportSource, options?: ImportOptions): Promise<{ token: string; warnings: ImportWarning[] }>
  /**
   * Brings what `source` has over the repository `token`: new branches and tags, and branches that go on from where they
   * are. Never moves one otherwise. Rejects with `NotMaintainerError` where this identity may not; what fails or is cancelled
   * moves nothing.
   */
  update(token: string, source: ImportSource, options?: ImportOptions): Promise<UpdateOutcome>
  /** Opens a link: makes the repository known here, looks for holders and clones. Resolves at once. */
  open(link: RepositoryLink): Promise<RepositoryState>
  /** Stops a clone; the chunks that are here stay for `resume`. */
  cancel(token: string): Promise<void>
  resume(token: string): Promise<void>
  remove(token: string): Promise<void>
  /** Looks for holders now. */
  retry(token: string): void
  /**
   * Fetches objects that are looked at while the repository is not here as a whole (`preview`), before anything else, from
   * whoever has them; resolves when they can be read. Waits where nobody is there. Rejects with `NotSharedError` where nobody
   * who is there gives them, `ObjectTooLargeError`, `QuotaError`, or `LimitExceededError`.
   */
  want(token: string, oids: string[], options?: WantOptions): Promise<void>

  /** Who may move `ref`: false carries the names for "Only Ana can change main". */
  mayMove(token: string, ref: string): { allowed: true } | { allowed: false; only: string[] }
  /**
   * Commits, moves the branch by compare-and-swap, signs, announces. Rejects with `TransactionConflictError` if the branch
   * moved, with `DivergedError` where it has versions and one's own would be dropped.
   */
  commit(token: string, request: CommitRequest): Promise<{ commit: string }>
  /** Joins two versions of a branch by a commit with both as parents. Rejects as `commit` and `GitStore.stageMerge` do. */
  merge(token: string, request: MergeRequest): Promise<{ commit: string }>
  /** Moves own refs to what was staged elsewhere (`--share` follows a repository with it). */
  publish(
    token: string,
    update: { refs: Array<{ name: string; oid: string | null }>; head?: string | null; admit: string[] },
  ): Promise<void>
  /**
   * Gives this browser's identity another name, and signs it in every repository that it maintains. Rejects where the name
   * cannot be kept; where only signing fails, with the first such error: then what is signed next carries it.
   */
  rename(name: string): Promise<void>
  /** A new document version that adds `identity` to the delegates. */
  addDelegate(token: string, identity: { id: string; name: string }): Promise<void>

  /** What went between this device and others, newest first; kept in memory, at most 200 of each repository. */
  transfers(token: string): TransferRecord[]
  link(token: string): RepositoryLink
  /** The id's digest of a repository that is known here, by base64url discovery key: what a gossip validator asks. */
  digestOf(discoveryKey: string): Uint8Array | undefined
  /** The highest sequence of a writer whose signature was verified here, by base64url discovery key; a validator asks too. */
  highestSeen(discoveryKey: string, identity: string, writer: string): number | undefined
}
