import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { QuotaError } from '../../errors.ts'
import { codeOf } from './lock.ts'

/** Modes of what is made: the owner's alone, whatever the umask is and the directories above let others do. */
export const CLOSED_DIRECTORY = 0o700
const CLOSED_FILE = 0o600

/**
 * Changes to files, each durable when it resolves and safe to repeat: a journal is replayed from its start. `beforeStep` is
 * called before anything is changed; tests throw from it, which is a process killed at that point.
 */
export class DurableFiles {
  readonly #beforeStep: (what: string) => void

  constructor(beforeStep: (what: string) => void = () => undefined) {
    this.#beforeStep = beforeStep
  }

  async mkdir(path: string): Promise<void> {
    await this.#step(`mkdir ${path}`, async () => {
      await mkdir(path, { recursive: true, mode: CLOSED_DIRECTORY })
      await syncDirectory(dirname(path))
    })
  }

  /** Replaces the file as a whole. */
  async write(path: string, bytes: Uint8Array | string): Promise<void> {
    const temporary = `${path}.tmp`
    await this.#step(`write ${temporary}`, async () => {
      const file = await open(temporary, 'w', CLOSED_FILE)
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
    })
    await this.rename(temporary, path)
  }

  /** Writes into a file that may be there already, which becomes at least as long as it must be. */
  async writeAt(path: string, parts: Array<{ offset: number; bytes: Uint8Array; end: boolean }>): Promise<void> {
    await this.#step(`write into ${path}`, async () => {
      const file = await open(path, constants.O_RDWR | constants.O_CREAT, CLOSED_FILE)
      try {
        for (const { offset, bytes, end } of parts) {
          if (end) await file.truncate(offset + bytes.length)
          for (let at = 0; at < bytes.length;) {
            at += (await file.write(bytes, at, bytes.length - at, offset + at)).bytesWritten
          }
        }
        await file.sync()
      } finally {
        await file.close()
      }
    })
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step(`rename ${from} to ${to}`, async () => {
      await rename(from, to)
      await syncDirectory(dirname(to))
    })
  }

  /** The same file under a second name; where the file system has no hard links, a copy. Nothing if `to` is there. */
  async link(from: string, to: string): Promise<void> {
    await this.#step(`link ${from} to ${to}`, async () => {
      if (await exists(to)) return
      try {
        await link(from, to)
      } catch (error) {
        if (!['EPERM', 'ENOTSUP', 'EMLINK', 'EXDEV', 'ENOSYS'].includes(codeOf(error) ?? '')) throw error
        await copyFile(from, `${to}.tmp`)
        await syncFile(`${to}.tmp`)
        await rename(`${to}.tmp`, to)
      }
      await syncDirectory(dirname(to))
    })
  }

  /** A file or a whole directory; nothing if it is not there. */
  async remove(path: string): Promise<void> {
    await this.#step(`remove ${path}`, async () => {
      await rm(path, { recursive: true, force: true })
      if (await exists(dirname(path))) await syncDirectory(dirname(path))
    })
  }

  async #step(what: string, action: () => Promise<void>): Promise<void> {
    this.#beforeStep(what)
    try {
      await action()
    } catch (error) {
      if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT') {
        throw new QuotaError('The disk is full. Free space, or choose another data directory.')
      }
      throw error
    }
  }
}

export async function exists(path: string): Promise<boolean> {
  return (await orUndefined(stat(path))) !== undefined
}

/** Names in a directory, none where there is no such directory. */
export async function namesIn(path: string): Promise<string[]> {
  return (await orUndefined(readdir(path))) ?? []
}

export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  const bytes = await orUndefined(readFile(path))
  // A plain array: a Buffer's `slice` would share its memory.
  return bytes === undefined ? undefined : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** What the call gives, or undefined where the file is not there. */
export async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes a new or removed name durable. Windows has no such call: there the file system's own journal does it. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
