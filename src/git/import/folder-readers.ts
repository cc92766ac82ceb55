import type { FolderReader } from './types.ts'

/** A folder as `showDirectoryPicker` and drag and drop give it. Files are opened once. */
export class HandleReader implements FolderReader {
  readonly #root: FileSystemDirectoryHandle
  readonly #directories = new Map<string, Promise<FileSystemDirectoryHandle | null>>()
  readonly #files = new Map<string, Promise<File | null>>()

  constructor(root: FileSystemDirectoryHandle) {
    this.#root = root
  }

  async list(path: string): Promise<Array<{ name: string; directory: boolean }> | null> {
    const directory = await this.#directory(path)
    if (directory === null) return null
    const names: Array<{ name: string; directory: boolean }> = []
    for await (const [name, handle] of directory.entries()) names.push({ name, directory: handle.kind === 'directory' })
    return names
  }

  async size(path: string): Promise<number | null> {
    return (await this.#file(path))?.size ?? null
  }

  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    const file = await this.#file(path)
    return file === null ? new Uint8Array() : await slice(file, offset, length)
  }

  #directory(path: string): Promise<FileSystemDirectoryHandle | null> {
    if (path === '') return Promise.resolve(this.#root)
    let directory = this.#directories.get(path)
    if (directory === undefined) {
      const [parent, name] = split(path)
      directory = this.#directory(parent).then(async (handle) =>
        handle === null ? null : await orNull(handle.getDirectoryHandle(name)),
      )
      this.#directories.set(path, directory)
    }
    return directory
  }

  #file(path: string): Promise<File | null> {
    let file = this.#files.get(path)
    if (file === undefined) {
      const [parent, name] = split(path)
      file = this.#directory(parent).then(async (handle) => {
        const found = handle === null ? null : await orNull(handle.getFileHandle(name))
        return found === null ? null : await found.getFile()
      })
      this.#files.set(path, file)
    }
    return file
  }
}

/** Files with their paths, as `<input webkitdirectory>` gives them. */
export class FilesReader implements FolderReader {
  readonly #files = new Map<string, Blob>()
  readonly #folders = new Map<string, Map<string, boolean>>([['', new Map()]])

  constructor(files: Array<{ path: string; file: Blob }>) {
    for (const { path, file } of files) {
      this.#files.set(path, file)
      let [parent, name] = split(path)
      for (let directory = false; ; directory = true) {
        const folder = this.#folders.get(parent)
        if (folder?.get(name) !== undefined) break
        if (folder === undefined) this.#folders.set(parent, new Map([[name, directory]]))
        else folder.set(name, directory)
        if (parent === '') break
        ;[parent, name] = split(parent)
      }
    }
  }

  async list(path: string): Promise<Array<{ name: string; directory: boolean }> | null> {
    const folder = this.#folders.get(path)
    return folder === undefined ? null : [...folder].map(([name, directory]) => ({ name, directory }))
  }

  async size(path: string): Promise<number | null> {
    return this.#files.get(path)?.size ?? null
  }

  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    const file = this.#files.get(path)
    return file === undefined ? new Uint8Array() : await slice(file, offset, length)
  }
}

/** The folder `prefix` of another reader. */
export class SubfolderReader implements FolderReader {
  readonly #reader: FolderReader
  readonly #prefix: string

  constructor(reader: FolderReader, prefix: string) {
    this.#reader = reader
    this.#prefix = prefix
  }

  async list(path: string): Promise<Array<{ name: string; directory: boolean }> | null> {
    return await this.#reader.list(path === '' ? this.#prefix : `${this.#prefix}/${path}`)
  }

  async size(path: string): Promise<number | null> {
    return await this.#reader.size(`${this.#prefix}/${path}`)
  }

  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    return await this.#reader.read(`${this.#prefix}/${path}`, offset, length)
  }
}

async function slice(file: Blob, offset: number, length: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(offset, offset + length).arrayBuffer())
}

function split(path: string): [parent: string, name: string] {
  const slash = path.lastIndexOf('/')
  return slash === -1 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)]
}

/** Null for what does not exist, or is a file where a folder was asked for and the other way round. */
async function orNull<T>(handle: Promise<T>): Promise<T | null> {
  try {
    return await handle
  } catch (error) {
    if (error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'TypeMismatchError'))
      return null
    throw error
  }
}
