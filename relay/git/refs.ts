import { git } from './git.ts'
import { GitError } from './errors.ts'

/** Branches, tags and HEAD of a repository at one moment. */
export interface SourceRefs {
  /** Full name → oid (tags unpeeled), `refs/heads/` and `refs/tags/` alone. */
  refs: Map<string, string>
  /** Full name of the branch that HEAD names, whether it has a commit or not; null where detached. */
  head: string | null
}

export async function readRefs(cwd: string, signal?: AbortSignal): Promise<SourceRefs> {
  const [list, head] = await Promise.all([
    git(['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads', 'refs/tags'], { cwd, signal }),
    readHead(cwd, signal),
  ])
  const lines = list.split('\n').filter((line) => line !== '')
  return { refs: new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)])), head }
}

async function readHead(cwd: string, signal?: AbortSignal): Promise<string | null> {
  try {
    const head = (await git(['symbolic-ref', '--quiet', 'HEAD'], { cwd, signal })).trim()
    return head.startsWith('refs/heads/') ? head : null
  } catch (error) {
    // 1: detached.
    if (error instanceof GitError && error.status === 1) return null
    throw error
  }
}

/** Full name of the branch whose files are in the folder; null where none is, or the repository is bare. */
export async function checkedOutBranch(cwd: string, signal?: AbortSignal): Promise<string | null> {
  const isBare = (await git(['rev-parse', '--is-bare-repository'], { cwd, signal })).trim() === 'true'
  return isBare ? null : readHead(cwd, signal)
}
