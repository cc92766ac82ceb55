import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DataDirectoryLockedError } from '../../errors.ts'

interface LockFile {
  pid: number
  /** What tells this process from an earlier one of the same number: a container often starts with the same pid. */
  started: string
}

/** Makes this process the only one that uses `directory`. Rejects with `DataDirectoryLockedError`. Returns how to let go. */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'lock')
  const mine: LockFile = { pid: process.pid, started: await startOf(process.pid) }
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.writeFile(JSON.stringify(mine))
      await file.close()
      return async () => await rm(path, { force: true })
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    const holder = await readLock(path)
    if (holder !== undefined && (await isAlive(holder))) throw new DataDirectoryLockedError(directory, holder.pid)
    // Its process has ended without letting go.
    await rm(path, { force: true })
  }
  throw new DataDirectoryLockedError(directory)
}

async function readLock(path: string): Promise<LockFile | undefined> {
  try {
    const found = JSON.parse(await readFile(path, 'utf8')) as Partial<LockFile>
    return typeof found.pid === 'number' && typeof found.started === 'string'
      ? { pid: found.pid, started: found.started }
      : undefined
  } catch (error) {
    // Gone meanwhile, or cut off by a kill while it was written.
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

async function isAlive({ pid, started }: LockFile): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    if (codeOf(error) === 'ESRCH') return false
  }
  return (await startOf(pid)) === started
}

/** Start time of a process in the kernel's ticks where `/proc` tells it (proc(5), field 22), else ''. */
async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field is the command in parentheses, and may hold spaces and parentheses itself.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return ''
    throw error
  }
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
