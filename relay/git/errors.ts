import { existsSync } from 'node:fs'

/** git ended with an error; `complaint` is what it wrote. */
export class GitError extends Error {
  static override readonly name = 'GitError'
  override readonly name = 'GitError'
  readonly args: string[]
  readonly status: number | string | null
  readonly complaint: string
  constructor(args: string[], status: number | string | null, complaint: string) {
    super(`git ${args.slice(0, 2).join(' ')} failed (${status}): ${complaint.trim().split('\n').slice(-3).join(' ')}`)
    this.args = args
    this.status = status
    this.complaint = complaint
  }
}

export class GitMissingError extends Error {
  static override readonly name = 'GitMissingError'
  override readonly name = 'GitMissingError'
  constructor(cwd: string) {
    super(
      existsSync(cwd)
        ? 'git is not installed, or not on the PATH. Install it (https://git-scm.com/downloads) and try again.'
        : `There is no directory ${cwd}.`,
    )
  }
}

/** git refuses repositories of another user, because their configuration could run programs. */
export class UnsafeDirectoryError extends Error {
  static override readonly name = 'UnsafeDirectoryError'
  override readonly name = 'UnsafeDirectoryError'
  readonly directory: string
  constructor(cwd: string, complaint: string) {
    const directory = /in repository at '([^']+)'/.exec(complaint)?.[1] ?? cwd
    super(
      `${directory} belongs to another user, so git does not read it. If you trust it, allow it once with:\n` +
        `  git config --global --add safe.directory ${directory}`,
    )
    this.directory = directory
  }
}
