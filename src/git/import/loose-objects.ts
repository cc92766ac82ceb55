import { hashObject, isOid } from '../object/index.ts'
import { Inflater, MAX_OBJECT_BYTES, ObjectTooLargeError, PackEntryError } from '../pack/index.ts'
import type { GitObject, ObjectType, Oid } from '../types.ts'
import { CorruptSourceObjectError } from './errors.ts'
import type { FolderReader } from './types.ts'

/** `type SP size NUL` at the longest. */
const MAX_HEADER_BYTES = 32
/** Compressed bytes that hold the header for sure. */
const HEAD_BYTES = 256

/** The loose objects of a git directory (gitrepository-layout(5)): zlib streams with git's header in front. */
export class LooseObjects {
  readonly oids: ReadonlySet<Oid>
  readonly #git: FolderReader
  readonly #inflater = new Inflater()

  private constructor(git: FolderReader, oids: Set<Oid>) {
    this.#git = git
    this.oids = oids
  }

  static async list(git: FolderReader): Promise<LooseObjects> {
    const oids = new Set<Oid>()
    for (const { name, directory } of (await git.list('objects')) ?? []) {
      if (!directory || !/^[0-9a-f]{2}$/.test(name)) continue
      for (const file of (await git.list(`objects/${name}`)) ?? [])
        if (isOid(name + file.name)) oids.add(name + file.name)
    }
    return new LooseObjects(git, oids)
  }

  /** Rejects with `CorruptSourceObjectError`, and with `ObjectTooLargeError` beyond the limit. */
  async read(oid: Oid): Promise<GitObject> {
    const { compressed, header } = await this.#open(oid, Infinity)
    if (header.size > MAX_OBJECT_BYTES) throw new ObjectTooLargeError(header.size, MAX_OBJECT_BYTES, { oid })
    const whole = this.#guard(oid, () =>
      this.#inflater.inflate(compressed, 0, compressed.length, header.length + header.size),
    )
    if (whole === null) throw new CorruptSourceObjectError(oid, 'it ends too early.')
    const object = { type: header.type, bytes: whole.subarray(header.length) }
    if ((await hashObject(object.type, object.bytes)) !== oid)
      throw new CorruptSourceObjectError(oid, 'its content does not match its name.')
    return object
  }

  async info(oid: Oid): Promise<{ type: ObjectType; size: number }> {
    const { type, size } = (await this.#open(oid, HEAD_BYTES)).header
    return { type, size }
  }

  async #open(oid: Oid, length: number): Promise<{ compressed: Uint8Array; header: Header }> {
    const path = `objects/${oid.slice(0, 2)}/${oid.slice(2)}`
    const compressed = await this.#git.read(path, 0, Math.min(length, (await this.#git.size(path)) ?? 0))
    const head = this.#guard(oid, () => this.#inflater.head(compressed, 0, compressed.length, MAX_HEADER_BYTES))
    const header = head === null ? null : parseHeader(head)
    if (header === null) throw new CorruptSourceObjectError(oid, 'it has no header.')
    return { compressed, header }
  }

  #guard<T>(oid: Oid, inflate: () => T): T {
    try {
      return inflate()
    } catch (error) {
      if (error instanceof PackEntryError) throw new CorruptSourceObjectError(oid, 'it cannot be decompressed.')
      throw error
    }
  }
}

interface Header {
  type: ObjectType
  size: number
  /** Bytes of the header itself. */
  length: number
}

function parseHeader(bytes: Uint8Array): Header | null {
  const match = /^(commit|tree|blob|tag) (\d{1,15})\0/.exec(String.fromCharCode(...bytes))
  if (match?.[1] === undefined) return null
  return { type: match[1] as ObjectType, size: Number(match[2]), length: match[0].length }
}
