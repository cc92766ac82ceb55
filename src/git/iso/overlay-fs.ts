import { isOid, objectHeader, utf8 } from '../object/index.ts'
import type { ObjectSource } from '../pack/types.ts'
import type { Oid, RefEntry } from '../types.ts'
import { storedZlib } from './stored-zlib.ts'

/** What an overlay stands on: objects, and refs as they are when it is made. */
export interface OverlayBase {
  objects: ObjectSource
  refs: RefEntry[]
  /** Symbolic target of HEAD; null where there is none. */
  head: string | null
  /** Ids of objects that begin with `prefix`, two lowercase digits: all of them. */
  expand(prefix: string): Promise<Oid[]>
}

export const GIT_DIRECTORY = '/repository/.git'

/** As Node's: isomorphic-git tells by `code` what is absent. */
class FileSystemError extends Error {
  readonly code: 'ENOENT' | 'EISDIR' | 'EROFS' | 'ENOTDIR'
  constructor(code: 'ENOENT' | 'EISDIR' | 'EROFS' | 'ENOTDIR', path: string) {
    super(`${code}: ${path}`)
    this.code = code
  }
}

interface Stat {
  type: 'file' | 'dir'
  mode: number
  size: number
  ino: number
  mtimeMs: number
  ctimeMs: number
  uid: number
  gid: number
  dev: number
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}

/**
 * The file system by which isomorphic-git sees a repository: `objects/` is answered by the object database as loose
 * objects, refs are those of the base, whatever is written stays in memory. Only what the base says is absent is ENOENT;
 * where it fails to say, its error is thrown.
 */
export class OverlayFs {
  readonly #base: OverlayBase
  /** Files by path below the git directory; null where one of the base was deleted. */
  readonly #files = new Map<string, Uint8Array | null>()
  readonly #written = new Map<string, Uint8Array | null>()
  readonly #directories = new Set(['', 'objects', 'objects/pack', 'objects/info', 'refs', 'refs/heads', 'refs/tags'])

  constructor(base: OverlayBase) {
    this.#base = base
    this.#files.set('HEAD', utf8(`ref: ${base.head ?? 'refs/heads/main'}\n`))
    this.#files.set('config', utf8('[core]\n\trepositoryformatversion = 0\n\tbare = true\n'))
    const lines = base.refs.map(({ name, oid }) => `${oid} ${name}\n`)
    this.#files.set('packed-refs', utf8(`# pack-refs with: peeled fully-peeled sorted\n${lines.join('')}`))
  }

  /** What was written or deleted (null) so far, by path below the git directory. */
  get written(): ReadonlyMap<string, Uint8Array | null> {
    return this.#written
  }

  /** The shape that isomorphic-git takes as `fs`. */
  readonly promises = {
    readFile: async (path: string, options?: string | { encoding?: string }): Promise<Uint8Array | string> => {
      const bytes = await this.#read(path)
      const encoding = typeof options === 'string' ? options : options?.encoding
      return encoding === undefined ? bytes : new TextDecoder().decode(bytes)
    },
    writeFile: async (path: string, content: Uint8Array | string): Promise<void> => {
      const name = this.#inside(path, 'EROFS')
      const bytes = typeof content === 'string' ? utf8(content) : content.slice()
      this.#files.set(name, bytes)
      this.#written.set(name, bytes)
    },
    unlink: async (path: string): Promise<void> => {
      const name = this.#inside(path, 'ENOENT')
      if (this.#files.get(name) == null) throw new FileSystemError('ENOENT', path)
      this.#files.set(name, null)
      this.#written.set(name, null)
    },
    readdir: async (path: string): Promise<string[]> => await this.#list(path),
    mkdir: async (path: string): Promise<void> => void this.#directories.add(this.#inside(path, 'EROFS')),
    rmdir: async (path: string): Promise<void> => void this.#directories.delete(this.#inside(path, 'ENOENT')),
    stat: async (path: string): Promise<Stat> => await this.#stat(path),
    lstat: async (path: string): Promise<Stat> => await this.#stat(path),
    readlink: async (path: string): Promise<string> => Promise.reject(new FileSystemError('ENOENT', path)),
    symlink: async (_target: string, path: string): Promise<void> => Promise.reject(new FileSystemError('EROFS', path)),
  }

  /** The path below the git directory. */
  #inside(path: string, code: 'ENOENT' | 'EROFS'): string {
    const clean = path.replace(/\/+/g, '/').replace(/\/$/, '')
    if (clean === GIT_DIRECTORY) return ''
    if (!clean.startsWith(`${GIT_DIRECTORY}/`)) throw new FileSystemError(code, path)
    return clean.slice(GIT_DIRECTORY.length + 1)
  }

  async #read(path: string): Promise<Uint8Array> {
    const name = this.#inside(path, 'ENOENT')
    const file = this.#files.get(name)
    if (file != null) return file.slice()
    const oid = objectAt(name)
    const object = oid === null || file === null ? null : await this.#base.objects.read(oid)
    if (object !== null) return storedZlib([objectHeader(object.type, object.bytes.length), object.bytes])
    throw new FileSystemError(this.#isDirectory(name) ? 'EISDIR' : 'ENOENT', path)
  }

  async #list(path: string): Promise<string[]> {
    const name = this.#inside(path, 'ENOENT')
    const prefix = name === '' ? '' : `${name}/`
    const names = new Set<string>()
    for (const [file, bytes] of this.#files) {
      if (bytes !== null && file.startsWith(prefix)) names.add(file.slice(prefix.length).split('/')[0] ?? '')
    }
    for (const directory of this.#directories) {
      if (directory !== name && directory.startsWith(prefix))
        names.add(directory.slice(prefix.length).split('/')[0] ?? '')
    }
    const fanout = /^objects\/([0-9a-f]{2})$/.exec(name)?.[1]
    if (fanout !== undefined) for (const oid of await this.#base.expand(fanout)) names.add(oid.slice(2))
    else if (names.size === 0 && !this.#isDirectory(name)) throw new FileSystemError('ENOENT', path)
    return [...names].sort()
  }

  async #stat(path: string): Promise<Stat> {
    const name = this.#inside(path, 'ENOENT')
    const file = this.#files.get(name)
    if (file != null) return stat('file', file.length)
    if (this.#isDirectory(name)) return stat('dir', 0)
    const oid = objectAt(name)
    if (oid !== null && file === undefined && (await this.#base.objects.has(oid))) return stat('file', 0)
    throw new FileSystemError('ENOENT', path)
  }

  #isDirectory(name: string): boolean {
    if (this.#directories.has(name)) return true
    for (const [file, bytes] of this.#files) if (bytes !== null && file.startsWith(`${name}/`)) return true
    return false
  }
}

function objectAt(name: string): Oid | null {
  const match = /^objects\/([0-9a-f]{2})\/([0-9a-f]{38})$/.exec(name)
  const oid = match === null ? '' : `${match[1]}${match[2]}`
  return isOid(oid) ? oid : null
}

function stat(type: 'file' | 'dir', size: number): Stat {
  const mode = type === 'file' ? 0o100644 : 0o040755
  const is = { isFile: () => type === 'file', isDirectory: () => type === 'dir', isSymbolicLink: () => false }
  return { type, mode, size, ino: 0, mtimeMs: 0, ctimeMs: 0, uid: 0, gid: 0, dev: 0, ...is }
}
