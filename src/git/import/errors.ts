import type { Oid } from '../types.ts'

/** What works wherever a folder cannot be read as it is. */
export const BUNDLE_COMMAND = 'git bundle create my.bundle --branches --tags'
const INSTEAD = `Or run “${BUNDLE_COMMAND}” in it and drop my.bundle here.`

/** A source of an import is not what it should be; each cause has a class of its own. */
export class ImportError extends Error {
  static override readonly name: string = 'ImportError'
  override readonly name: string = 'ImportError'
}

export class NotARepositoryError extends ImportError {
  static override readonly name = 'NotARepositoryError'
  override readonly name = 'NotARepositoryError'
  constructor(
    message = `This folder shows no .git: it is no repository, or the browser hides it from pages. In a terminal, in that folder, run “${BUNDLE_COMMAND}” and drop my.bundle here.`,
  ) {
    super(message)
  }
}

/** `.git` is a file: a linked worktree or a submodule. */
export class GitFileError extends ImportError {
  static override readonly name = 'GitFileError'
  override readonly name = 'GitFileError'
  /** Where the file says that the repository is. */
  gitDirectory: string
  constructor(gitDirectory = '') {
    const where = gitDirectory === '' ? '' : ` (${gitDirectory})`
    super(`This is a linked worktree or a submodule; its repository is elsewhere${where}. Open that folder. ${INSTEAD}`)
    this.gitDirectory = gitDirectory
  }
}

/** The source uses something of git that is not read here. */
export class UnsupportedRepositoryError extends ImportError {
  static override readonly name = 'UnsupportedRepositoryError'
  override readonly name = 'UnsupportedRepositoryError'
  feature: 'sha256' | 'reftable'
  constructor(feature: 'sha256' | 'reftable') {
    super(
      feature === 'sha256'
        ? 'This repository names its objects by SHA-256, which is not supported; only SHA-1 is. Nothing can be done here yet.'
        : `This repository keeps its refs as reftable, which is not read here. Run “git refs migrate --ref-format=files”. ${INSTEAD}`,
    )
    this.feature = feature
  }
}

/** Part of the history is not in the source. */
export class IncompleteRepositoryError extends ImportError {
  static override readonly name = 'IncompleteRepositoryError'
  override readonly name = 'IncompleteRepositoryError'
  lack: 'shallow' | 'partial' | 'alternates'
  constructor(lack: 'shallow' | 'partial' | 'alternates') {
    super(INCOMPLETE[lack])
    this.lack = lack
  }
}

const INCOMPLETE = {
  shallow: 'This is a shallow clone: older history is missing. Run “git fetch --unshallow” in it and try again.',
  partial:
    'This is a partial clone: git fetches some of its objects only when they are needed. Clone it anew without --filter and open that.',
  alternates: `This repository borrows objects from another one (objects/info/alternates). Run “git repack -ad” in it and delete that file. ${INSTEAD}`,
}

/** There is not one commit that a branch or tag names. */
export class EmptyRepositoryError extends ImportError {
  static override readonly name = 'EmptyRepositoryError'
  override readonly name = 'EmptyRepositoryError'
  constructor(message = 'This repository has no commits on a branch or tag yet. Commit something and try again.') {
    super(message)
  }
}

export class BrokenRefError extends ImportError {
  static override readonly name = 'BrokenRefError'
  override readonly name = 'BrokenRefError'
  ref: string
  constructor(ref: string, why: string) {
    super(`${ref} ${why}. Repair it, or delete it with “git update-ref -d ${ref}”, and try again.`)
    this.ref = ref
  }
}

/** An object that a branch or tag needs is not in the source. */
export class MissingSourceObjectError extends ImportError {
  static override readonly name = 'MissingSourceObjectError'
  override readonly name = 'MissingSourceObjectError'
  oid: Oid
  /** What needs it: a ref, or a path in the history. */
  neededBy: string
  constructor(oid: Oid, neededBy: string) {
    super(`Object ${oid}, which ${neededBy} needs, is missing from the source. Run “git fsck” there, or clone it anew.`)
    this.oid = oid
    this.neededBy = neededBy
  }
}

/** An object in the source is damaged. */
export class CorruptSourceObjectError extends ImportError {
  static override readonly name = 'CorruptSourceObjectError'
  override readonly name = 'CorruptSourceObjectError'
  oid: Oid
  constructor(oid: Oid, detail: string) {
    super(`Object ${oid} is damaged in the source: ${detail} Run “git fsck” there, or clone it anew.`)
    this.oid = oid
  }
}

/** A file is above the limit of an object. */
export class FileTooLargeError extends ImportError {
  static override readonly name = 'FileTooLargeError'
  override readonly name = 'FileTooLargeError'
  path: string
  oid: Oid
  /** Bytes. */
  size: number
  limit: number
  constructor(path: string, oid: Oid, size: number, limit: number) {
    const mib = (bytes: number): string => `${Math.ceil(bytes / (1 << 20))} MiB`
    super(
      `“${path}” has ${mib(size)} in some version, above the limit of ${mib(limit)}. Take it out of the history (git filter-repo) or put it into git-lfs.`,
    )
    this.path = path
    this.oid = oid
    this.size = size
    this.limit = limit
  }
}

/** A change that cannot be committed. */
export class CommitPathError extends ImportError {
  static override readonly name = 'CommitPathError'
  override readonly name = 'CommitPathError'
  path: string
  constructor(path: string, why: string) {
    super(`“${path}” ${why}. Choose another name.`)
    this.path = path
  }
}

/** A commit request that changes nothing, or whose mode or person git would not take. */
export class CommitRequestError extends ImportError {
  static override readonly name = 'CommitRequestError'
  override readonly name = 'CommitRequestError'
}
