import { PackError } from '../pack/errors.ts'
import type { Oid, RepositoryKey } from '../types.ts'

/** A ref, or an object that is brought in, names something that the repository does not have. */
export class MissingObjectError extends PackError {
  static override readonly name = 'MissingObjectError'
  override readonly name = 'MissingObjectError'
  oid: Oid | undefined
  /** The ref that names it, where one does. */
  ref: string | undefined
  constructor(oid?: Oid, ref?: string) {
    const what = oid === undefined ? 'An object' : `Object ${oid}`
    super(`${what}${ref === undefined ? '' : `, which ${ref} names,`} is not here. Get its history first.`)
    this.oid = oid
    this.ref = ref
  }
}

/** A pack that was asked for by object has another one, or more of them. */
export class UnwantedObjectError extends PackError {
  static override readonly name = 'UnwantedObjectError'
  override readonly name = 'UnwantedObjectError'
  oid: Oid | undefined
  constructor(oid?: Oid) {
    super(`${oid === undefined ? 'More objects came than were' : `Object ${oid} came, which was not`} asked for.`)
    this.oid = oid
  }
}

/** Asked for something that no branch or tag reaches, or that is not here at all: the answer is the same. */
export class NotServedError extends Error {
  static override readonly name = 'NotServedError'
  override readonly name = 'NotServedError'
  constructor(message = 'Not among what this repository shares. Ask for its refs again.') {
    super(message)
  }
}

/** Somebody who is ready to name more of what it has would be sent much that it may have already. */
export class MoreHavesError extends Error {
  static override readonly name = 'MoreHavesError'
  override readonly name = 'MoreHavesError'
  constructor(message = 'Much of this may be there already. Ask again, and say what more is there.') {
    super(message)
  }
}

/** A chunk is not what the manifest says: its sender is at fault. */
export class ChunkMismatchError extends Error {
  static override readonly name = 'ChunkMismatchError'
  override readonly name = 'ChunkMismatchError'
  packId: string | undefined
  index: number | undefined
  constructor(packId?: string, index?: number) {
    super(`Chunk ${index ?? ''} of pack ${packId ?? ''} does not match its manifest. Get it from another holder.`)
    this.packId = packId
    this.index = index
  }
}

/** A base pack was to be checked before all of it is here, or after some of it was lost: nobody who sent it is at fault. */
export class ChunkMissingError extends PackError {
  static override readonly name = 'ChunkMissingError'
  override readonly name = 'ChunkMissingError'
  packId: string | undefined
  index: number | undefined
  constructor(packId?: string, index?: number) {
    super(`Chunk ${index ?? ''} of pack ${packId ?? ''} is not here. Get it first.`)
    this.packId = packId
    this.index = index
  }
}

/** There is no room: what was there stays readable. */
export class QuotaError extends Error {
  static override readonly name = 'QuotaError'
  override readonly name = 'QuotaError'
  constructor(
    message = 'No room is left to store this. Remove a repository that you do not need, or free disk space.',
  ) {
    super(message)
  }
}

export class RepositoryNotFoundError extends Error {
  static override readonly name = 'RepositoryNotFoundError'
  override readonly name = 'RepositoryNotFoundError'
  repository: RepositoryKey | undefined
  constructor(repository?: RepositoryKey) {
    super('This repository is not stored here. Open its link again.')
    this.repository = repository
  }
}

/** A staging, writer or reader that does not exist, or no longer. */
export class StagingNotFoundError extends Error {
  static override readonly name = 'StagingNotFoundError'
  override readonly name = 'StagingNotFoundError'
  constructor(message = 'What was being transferred has been discarded. Start again.') {
    super(message)
  }
}

/** A name that git would not allow, or that is no branch or tag. */
export class RefNameError extends Error {
  static override readonly name = 'RefNameError'
  override readonly name = 'RefNameError'
  /** The name, as given. */
  ref: string | undefined
  constructor(ref?: string) {
    super(`${JSON.stringify(ref ?? '')} is no name of a branch or tag. Choose another.`)
    this.ref = ref
  }
}

/** Something is more than the store takes. */
export class LimitError extends Error {
  static override readonly name = 'LimitError'
  override readonly name = 'LimitError'
  what: string | undefined
  limit: number | undefined
  constructor(what?: string, limit?: number) {
    super(`${what ?? 'This'} is above the limit of ${limit ?? 0}.`)
    this.what = what
    this.limit = limit
  }
}

/** The database was closed under us: by a newer version in another tab, by the browser, or by `close`. */
export class DatabaseClosedError extends Error {
  static override readonly name = 'DatabaseClosedError'
  override readonly name = 'DatabaseClosedError'
  constructor(message = 'The database was closed. Reload the page.') {
    super(message)
  }
}

/** The browser gives this page no storage: a private window, blocked cookies, a policy, or a browser that is too old. */
export class StorageRefusedError extends Error {
  static override readonly name = 'StorageRefusedError'
  override readonly name = 'StorageRefusedError'
  what: 'database' | 'locks'
  /** What the browser said. */
  reason: string
  constructor(what: 'database' | 'locks' = 'database', reason = '') {
    super(
      what === 'database'
        ? 'This browser does not let the page store anything. Open it in an ordinary window, or allow cookies and site data for its address, and reload.'
        : 'This browser does not let tabs share what is stored. Update the browser, or allow cookies and site data for this address, and reload.',
    )
    this.what = what
    this.reason = reason
  }
}

/** The browser's storage stopped in the middle of something, which did not happen then. */
export class StorageFailedError extends Error {
  static override readonly name = 'StorageFailedError'
  override readonly name = 'StorageFailedError'
  /** What the browser said. */
  reason: string
  constructor(reason = '') {
    super(
      "The browser's storage stopped answering. What was saved is still there: reload the page. If it stays so, start the browser anew, and see that the disk is not full.",
    )
    this.reason = reason
  }
}

/** Another tab keeps an older version of the database open. */
export class DatabaseBlockedError extends Error {
  static override readonly name = 'DatabaseBlockedError'
  override readonly name = 'DatabaseBlockedError'
  constructor(message = 'Another tab runs an older version of this app. Close its tabs and reload this one.') {
    super(message)
  }
}

/** Another process uses the data directory. */
export class DataDirectoryLockedError extends Error {
  static override readonly name = 'DataDirectoryLockedError'
  override readonly name = 'DataDirectoryLockedError'
  directory: string | undefined
  /** Process id of who has it, if known. */
  pid: number | undefined
  constructor(directory?: string, pid?: number) {
    const who = pid === undefined ? 'Another process' : `Process ${pid}`
    super(`${who} uses the data directory ${directory ?? ''}. Stop it, or choose another directory.`)
    this.directory = directory
    this.pid = pid
  }
}

/** The thread that holds the repositories ended. */
export class WorkerDiedError extends Error {
  static override readonly name = 'WorkerDiedError'
  override readonly name = 'WorkerDiedError'
  constructor(message = 'The storage thread of this tab has stopped. Reload the page; what was saved is still there.') {
    super(message)
  }
}
