import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { KeyStorage } from './identity.ts'

/** Keys as files below a directory, readable by their owner only; a name's slashes are folders. */
export function fileKeyStorage(directory: string): KeyStorage {
  return {
    async get(name) {
      try {
        return new Uint8Array(await readFile(join(directory, name)))
      } catch (error) {
        if (isMissing(error)) {
          return undefined
        }
        throw error
      }
    },

    async set(name, value) {
      const path = join(directory, name)
      const temporary = `${path}.${process.pid}.tmp`

      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const file = await open(temporary, 'w', 0o600)

      try {
        await file.writeFile(value)
        await file.sync()
      } finally {
        await file.close()
      }
      // Whole or not at all: half a key is a lost identity.
      await rename(temporary, path)
    },

    async remove(name) {
      await rm(join(directory, name), { force: true })
    },

    async list(prefix) {
      const folder = prefix.endsWith('/') ? prefix : `${prefix}/`

      try {
        const names = await readdir(join(directory, folder))
        return names
          .filter((name) => !name.endsWith('.tmp'))
          .map((name) => folder + name)
          .sort()
      } catch (error) {
        if (isMissing(error)) {
          return []
        }
        throw error
      }
    },
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
