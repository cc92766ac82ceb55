/** Conflicts have no resolution yet: a person has to decide. */
export class MergeConflictError extends Error {
  static override readonly name = 'MergeConflictError'
  override readonly name = 'MergeConflictError'
  /** Of all conflicts without one. */
  paths: string[]
  constructor(paths: string[] = []) {
    const some = paths.slice(0, 5).map((path) => `“${path}”`)
    const more = paths.length > some.length ? ` and ${paths.length - some.length} more` : ''
    super(`Both sides changed ${some.join(', ')}${more}. Choose what each is to be, and merge again.`)
    this.paths = paths
  }
}

/** A resolution fits no conflict, or what the resolutions make is no valid tree. */
export class MergeResolutionError extends Error {
  static override readonly name = 'MergeResolutionError'
  override readonly name = 'MergeResolutionError'
  path: string
  constructor(path = '', why = 'is not in conflict. Leave it as it is, or change it in a commit after the merge') {
    super(`“${path}” ${why}.`)
    this.path = path
  }
}

/** There is nothing to merge. */
export class MergeRequestError extends Error {
  static override readonly name = 'MergeRequestError'
  override readonly name = 'MergeRequestError'
}

/** The two differ by more than is merged here. */
export class MergeTooLargeError extends Error {
  static override readonly name = 'MergeTooLargeError'
  override readonly name = 'MergeTooLargeError'
  limit: number
  constructor(what = 'files differ', limit = 0) {
    super(
      `More than ${limit} ${what}, which is not merged here. Clone the repository, use “git merge”, and share the result.`,
    )
    this.limit = limit
  }
}
