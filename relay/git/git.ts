import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { GitError, GitMissingError, UnsafeDirectoryError } from './errors.ts'

export interface GitOptions {
  /** Working directory. */
  cwd: string
  /** Written to its standard input. */
  input?: string
  signal?: AbortSignal
}

/**
 * Settings under which git only reads: no index refresh, no fsmonitor or hook of the repository's is started, no object
 * is fetched from elsewhere, replaced or grafted objects are shown as they are, nothing is asked.
 */
const READ_ONLY = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '--no-pager', '--no-replace-objects']

function environment(): NodeJS.ProcessEnv {
  // GIT_DIR and its like are set in hooks, and would name another repository.
  const own = Object.entries(process.env).filter(([name]) => !/^GIT_(?!EXEC_PATH$|CONFIG_)/.test(name))
  return {
    ...Object.fromEntries(own),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_GRAFT_FILE: '/dev/null',
    LC_ALL: 'C',
  }
}

export type GitProcess = ChildProcessByStdio<Writable, Readable, Readable>

/** Starts git; its standard output is the caller's to read. */
export function startGit(args: string[], options: GitOptions): { child: GitProcess; done: Promise<void> } {
  const child = spawn('git', [...READ_ONLY, ...args], {
    cwd: options.cwd,
    env: environment(),
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: options.signal,
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (complaint.length < 64 * 1024) complaint += text
  })
  const done = new Promise<void>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (options.signal?.aborted === true) reject(options.signal.reason as Error)
      else reject(error.code === 'ENOENT' ? new GitMissingError(options.cwd) : error)
    })
    child.once('close', (code, signal) => {
      if (code === 0) resolve()
      else if (/dubious ownership|unsafe repository/.test(complaint))
        reject(new UnsafeDirectoryError(options.cwd, complaint))
      else reject(new GitError(args, code ?? signal, complaint))
    })
  })
  // git that ends early (an error, enough read) closes its input under our hands: `done` says why.
  child.stdin.on('error', () => child.stdin.destroy())
  child.stdin.end(options.input ?? '')
  return { child, done }
}

/** Runs git and answers its standard output. Rejects with `GitError`, `GitMissingError` or `UnsafeDirectoryError`. */
export async function git(args: string[], options: GitOptions): Promise<string> {
  const { child, done } = startGit(args, options)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  await done
  return output
}
