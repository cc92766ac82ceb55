import type { CallOptions, Oid, RepositoryKey } from '../types.ts'
import type { Person } from '../store/git-store.ts'

/** What the app reads. Every answer is computed where the data is (the worker), on raw bytes. */
export interface GitViews {
  /** A full or short ref name, a full or abbreviated (4 digits or more) oid; tags are peeled. */
  resolve(id: RepositoryKey, revision: string, options?: ReadOptions): Promise<ResolvedRevision | null>
  /** Entries of the folder `path` ('' is the root) at `commit`. Rejects with `PathNotFoundError`. */
  tree(id: RepositoryKey, commit: Oid, path: string, options?: ReadOptions): Promise<TreeView>
  /** For each entry name of the folder, the last commit that touched it; computed in one walk, may take a while. */
  lastCommits(
    id: RepositoryKey,
    commit: Oid,
    path: string,
    options?: CallOptions,
  ): Promise<Record<string, CommitSummary>>
  /** The file `path` at `commit`. Bytes beyond `maxBytes` (default 2 MiB) are left out and `truncated` is set. */
  blob(id: RepositoryKey, commit: Oid, path: string, options?: BlobOptions): Promise<BlobView>
  /** Commits reachable from `commit`, newest first (git's default order), those that changed `path` if given. */
  log(id: RepositoryKey, commit: Oid, options?: LogOptions & CallOptions): Promise<LogPage>
  commit(id: RepositoryKey, oid: Oid, options?: ReadOptions): Promise<CommitView>
  /** Unified diff between two commits' trees; `from` null is the empty tree. Renames are detected. */
  diff(id: RepositoryKey, from: Oid | null, to: Oid, options?: DiffOptions & CallOptions): Promise<DiffView>
  /** Number of commits reachable from `commit`. */
  countCommits(id: RepositoryKey, commit: Oid, options?: CallOptions): Promise<number>
}

export interface ReadOptions {
  /**
   * Reads partial objects too, and rejects with `NotHereYetError` at the first that is not here: fetch that and ask again.
   * Refs are those of the closed set, so before a clone is done revisions are full oids.
   */
  partial?: boolean
}

export interface BlobOptions extends ReadOptions {
  maxBytes?: number
}

export interface ResolvedRevision {
  /** What the revision names, before peeling. */
  oid: Oid
  /** The commit, tags peeled; null where it names a tree or blob. */
  commit: Oid | null
  /** Full ref name where a ref was named. */
  ref: string | null
}

export type EntryKind = 'tree' | 'file' | 'executable' | 'symlink' | 'submodule'

export interface TreeEntryView {
  name: string
  kind: EntryKind
  /** git's mode, e.g. 0o100644. */
  mode: number
  oid: Oid
  /** Why git would refuse to check this out (`.git`, `..`, control characters): shown, never opened as a path. */
  hostile?: string
}

export interface TreeView {
  oid: Oid
  path: string
  entries: TreeEntryView[]
  /** Name of the README in this folder. */
  readme: string | null
}

export interface BlobView {
  oid: Oid
  kind: EntryKind
  /** Bytes of the whole blob. */
  size: number
  bytes: Uint8Array
  truncated: boolean
  /** git's rule: a NUL in the first 8,000 bytes. */
  binary: boolean
  /** A git-lfs pointer: the size and hash of what it stands for. */
  lfs?: { oid: string; size: number }
  /** The target, for a symlink. */
  target?: string
}

export interface LogOptions {
  path?: string
  /** At most this many (default 50). */
  limit?: number
  /** `LogPage.next` of the page before. */
  after?: string
}

export interface LogPage {
  commits: CommitSummary[]
  /** Pass as `after` for the next page; null at the end. */
  next: string | null
}

export interface CommitSummary {
  oid: Oid
  /** First paragraph, on one line. */
  subject: string
  author: Person
  committer: Person
  parents: Oid[]
}

export interface CommitView extends CommitSummary {
  tree: Oid
  /** The whole message. */
  message: string
  /** The `gpgsig` header is there; it is not checked. */
  signed: boolean
}

export interface DiffOptions {
  /** Lines of context (default 3). */
  context?: number
  /** Files beyond it are listed without hunks (default 300). */
  maxFiles?: number
  /** Bytes of a file beyond which it has no hunks (default 512 KiB). */
  maxFileBytes?: number
}

export interface DiffView {
  files: DiffFile[]
  additions: number
  deletions: number
}

export interface DiffFile {
  status: 'added' | 'deleted' | 'modified' | 'renamed' | 'mode'
  path: string
  /** Where it was, for a rename. */
  oldPath: string
  oldMode: number | null
  newMode: number | null
  oldOid: Oid | null
  newOid: Oid | null
  binary: boolean
  /** Not diffed: too big, or too many files. */
  omitted: boolean
  additions: number
  deletions: number
  hunks: DiffHunk[]
}

export interface DiffHunk {
  oldStart: number
  oldLines: number
  newStart: number
  newLines: number
  /** `-` removed, `+` added, ` ` kept, `\` no newline at the end of the file. */
  lines: Array<{ kind: ' ' | '-' | '+' | '\\'; text: string }>
}
