import { chmod, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What of a data directory is nobody else's business: keys, repositories, and the links in `shares.json`. */
const CLOSED = [
  ['keys', 0o700],
  ['git', 0o700],
  ['shares.json', 0o600],
  ['sample.bundle', 0o600],
] as const

/** Permissions of anybody but the owner. */
const OTHERS = 0o077

export class OpenToOthersError extends Error {
  static override readonly name = 'OpenToOthersError'
  override readonly name = 'OpenToOthersError'
  readonly path: string
  constructor(path: string, options?: ErrorOptions) {
    super(
      `Other users of this machine can read ${path}, and it cannot be closed to them. ` +
        'Make it your own (chown, chmod go-rwx), or use another data directory: npm start -- --data DIR',
      options,
    )
    this.path = path
  }
}

/**
 * Closes what stands in the data directory to other users of this machine: an older version, or a copy, may have left it
 * readable. The directory itself may be its user's own and stays as it is. What is made from here on is made closed.
 * Rejects with `OpenToOthersError`.
 */
export async function closeToOthers(directory: string): Promise<void> {
  // There the owner's rights are the file system's own matter.
  if (process.platform === 'win32') return
  for (const [name, mode] of CLOSED) {
    const path = join(directory, name)
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (found === undefined || (found.mode & OTHERS) === 0) continue
    try {
      await chmod(path, mode)
    } catch (error) {
      throw new OpenToOthersError(path, { cause: error })
    }
  }
}
