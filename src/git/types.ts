/** A git object id: 40 lowercase hexadecimal digits (SHA-1). */
export type Oid = string

/** Names a repository in the store. Opaque here; src/sync uses the token of the `RepositoryId`. */
export type RepositoryKey = string

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag'

export interface GitObject {
  type: ObjectType
  /** The object's content, without git's `type size NUL` header. */
  bytes: Uint8Array
}

/** One ref of the shared refs: `refs/heads/*` or `refs/tags/*`, full name. */
export interface RefEntry {
  name: string
  oid: Oid
}

/** What a long operation reports, at most about ten times a second. */
export interface Progress {
  /** `ask`: a server is asked, and may say how far it is. */
  phase: 'ask' | 'read' | 'receive' | 'index' | 'resolve' | 'check' | 'write' | 'store'
  /** Bytes done in this phase. */
  bytes?: number
  totalBytes?: number
  /** Objects done in this phase. */
  objects?: number
  totalObjects?: number
}

export interface CallOptions {
  /** Aborting rejects the call with the signal's reason and leaves nothing behind. */
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}
