import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { GitError } from './errors.ts'
import { git } from './git.ts'

/** A repository on disk, as git tells it. */
export interface SourceRepository {
  /** Real path of what was named: the key under which a share is remembered. */
  path: string
  /** Of this work tree: HEAD stands here. */
  gitDirectory: string
  /** Of all work trees: refs and packed-refs stand here. */
  commonDirectory: string
  /** Last part of the path, without `.git`. */
  name: string
}

export type SourceProblem = 'missing' | 'not-a-repository' | 'inside' | 'shallow' | 'partial' | 'sha256'

const PROBLEMS: Record<SourceProblem, (path: string, top: string) => string> = {
  missing: (path) => `${path} does not exist.`,
  'not-a-repository': (path) =>
    `${path} is not a git repository. Name its folder (the one that holds .git), or make one there with: git init`,
  // Not shared silently: the repository around a folder may be somebody's whole home directory.
  inside: (path, top) =>
    `${path} is a folder inside of the repository ${top}. Repositories are shared whole: name that one.`,
  shallow: (path) =>
    `${path} is a shallow clone: its history is cut off, so nobody could check it. Complete it with: git fetch --unshallow`,
  partial: (path) =>
    `${path} is a partial clone: some of its objects are at its remote only. Complete it with: git fetch --refetch --no-filter`,
  sha256: (path) => `${path} names its objects by SHA-256. Only SHA-1 repositories, git's default, can be shared.`,
}

export class SourceError extends Error {
  static override readonly name = 'SourceError'
  override readonly name = 'SourceError'
  readonly path: string
  readonly problem: SourceProblem
  constructor(path: string, problem: SourceProblem, top = '') {
    super(PROBLEMS[problem](path, top))
    this.path = path
    this.problem = problem
  }
}

/** Rejects with `SourceError` where it cannot be shared, and why. */
export async function inspectSource(path: string, signal?: AbortSignal): Promise<SourceRepository> {
  const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new SourceError(path, 'missing') : error
  })
  if (!(await stat(real)).isDirectory()) throw new SourceError(real, 'not-a-repository')
  const options = { cwd: real, signal }
  let facts: string[]
  try {
    const output = await git(
      ['rev-parse', '--git-dir', '--git-common-dir', '--is-shallow-repository', '--show-object-format'],
      options,
    )
    facts = output.trimEnd().split('\n')
  } catch (error) {
    const complaint = error instanceof GitError ? error.complaint : ''
    // git before 2.29 knows no SHA-256 repositories and says so in these words.
    if (/unknown repository extension.*objectformat/is.test(complaint)) throw new SourceError(real, 'sha256')
    if (/not a git repository/i.test(complaint)) throw new SourceError(real, 'not-a-repository')
    throw error
  }
  const [gitDirectory = '', commonDirectory = '', shallow, format] = facts
  if (format !== 'sha1') throw new SourceError(real, 'sha256')
  if (shallow === 'true') throw new SourceError(real, 'shallow')
  if (await isPartial(options)) throw new SourceError(real, 'partial')
  const top = await topOf(resolve(real, gitDirectory), options)
  if (top !== real) throw new SourceError(real, 'inside', top)
  return {
    path: real,
    gitDirectory: resolve(real, gitDirectory),
    commonDirectory: resolve(real, commonDirectory),
    // `code/.git` and `code.git` are both called code.
    name: basename(basename(real) === '.git' ? dirname(real) : real).replace(/\.git$/, '') || 'repository',
  }
}

async function isPartial(options: { cwd: string; signal?: AbortSignal }): Promise<boolean> {
  try {
    return (
      (await git(
        ['config', '--get-regexp', String.raw`^(extensions\.partialclone|remote\..*\.promisor)$`],
        options,
      )) !== ''
    )
  } catch (error) {
    // 1: no such key.
    if (error instanceof GitError && error.status === 1) return false
    throw error
  }
}

/** Where the repository begins: its work tree, or the git directory where there is none or one stands in it. */
async function topOf(gitDirectory: string, options: { cwd: string; signal?: AbortSignal }): Promise<string> {
  const isWorkTree = (await git(['rev-parse', '--is-inside-work-tree'], options)).trim() === 'true'
  return isWorkTree ? (await git(['rev-parse', '--show-toplevel'], options)).trimEnd() : realpath(gitDirectory)
}
