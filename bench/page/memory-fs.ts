import type { PromiseFsClient } from 'isomorphic-git'

/** Files in memory, as much of `fs.promises` as isomorphic-git's `indexPack` asks for. */
export function memoryFs(initial: Record<string, Uint8Array>): PromiseFsClient {
  const files = new Map(Object.entries(initial))
  const missing = (path: string): Error => Object.assign(new Error(`No file ${path}`), { code: 'ENOENT' })
  const isFolder = (path: string): boolean => [...files.keys()].some((name) => name.startsWith(`${path}/`))
  const stat = async (path: string) => {
    const file = files.get(path)
    if (file === undefined && !isFolder(path)) throw missing(path)
    return {
      isFile: () => file !== undefined,
      isDirectory: () => file === undefined,
      isSymbolicLink: () => false,
      size: file?.length ?? 0,
      mode: 0o100644,
      mtimeMs: 0,
      ctimeMs: 0,
    }
  }
  const promises = {
    readFile: async (path: string, options?: string | { encoding?: string }) => {
      const file = files.get(path)
      if (file === undefined) throw missing(path)
      const encoding = typeof options === 'string' ? options : options?.encoding
      return encoding === undefined ? file : new TextDecoder().decode(file)
    },
    writeFile: async (path: string, data: Uint8Array | string) => {
      files.set(path, typeof data === 'string' ? new TextEncoder().encode(data) : data)
    },
    unlink: async (path: string) => void files.delete(path),
    readdir: async (path: string) => [
      ...new Set(
        [...files.keys()]
          .filter((name) => name.startsWith(`${path}/`))
          .map((name) => name.slice(path.length + 1).split('/')[0] ?? ''),
      ),
    ],
    mkdir: async () => undefined,
    rmdir: async () => undefined,
    stat,
    lstat: stat,
    readlink: async (path: string) => Promise.reject(missing(path)),
    symlink: async () => undefined,
    chmod: async () => undefined,
  }
  return { promises }
}
