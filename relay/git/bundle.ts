import { chmod } from 'node:fs/promises'
import { git } from './git.ts'
import { readRefs } from './refs.ts'
import type { SourceRefs } from './refs.ts'

/**
 * Writes a bundle of the branches and tags of the repository at `cwd`, and HEAD where it names one of them, to `path`.
 * Answers what is in it; no file is written where that is nothing. git makes the file as the umask says: `path` must stand
 * in a folder that others cannot enter; once it is written, only its owner can read it.
 */
export async function writeBundle(cwd: string, path: string, signal?: AbortSignal): Promise<SourceRefs> {
  const { refs, head } = await readRefs(cwd, signal)
  if (refs.size === 0) return { refs, head }
  // A detached HEAD would bring what no branch reaches.
  const withHead = head !== null && refs.has(head) ? ['HEAD'] : []
  await git(['bundle', 'create', '--quiet', path, ...withHead, '--branches', '--tags'], { cwd, signal })
  await chmod(path, 0o600)
  // They may have moved since they were read: the bundle's own list is the truth.
  const heads = (await git(['bundle', 'list-heads', path], { cwd, signal })).split('\n')
  const shared = heads.filter((line) => /^[0-9a-f]{40} refs\/(heads|tags)\//.test(line))
  return { refs: new Map(shared.map((line) => [line.slice(41), line.slice(0, 40)])), head }
}
