import {
  BaseCache,
  decodeIdx,
  IdxError,
  ObjectTooLargeError,
  PackError,
  PackObjects,
  type EntryLocation,
  type EntrySource,
} from '../pack/index.ts'
import type { GitObject, ObjectType, Oid } from '../types.ts'
import { CorruptSourceObjectError } from './errors.ts'
import { LooseObjects } from './loose-objects.ts'
import type { FolderReader } from './types.ts'
import { WindowedFile } from './windowed-file.ts'

/**
 * The objects of a git directory. Its own `.idx` files say where they stand; whatever is imported is hashed afterwards, so
 * that a wrong one is found out.
 */
export class FolderObjects implements EntrySource {
  readonly packs: PackObjects[]
  readonly loose: LooseObjects

  private constructor(packs: PackObjects[], loose: LooseObjects) {
    this.packs = packs
    this.loose = loose
  }

  static async open(git: FolderReader): Promise<FolderObjects> {
    const packs: PackObjects[] = []
    const cache = new BaseCache()
    const names = ((await git.list('objects/pack')) ?? []).map(({ name }) => name).sort()
    for (const name of names.filter((name) => /^pack-.*\.idx$/.test(name))) {
      const path = `objects/pack/${name.slice(0, -4)}.pack`
      const size = await git.size(path)
      // git too ignores an index whose pack is gone.
      if (size === null) continue
      const idxPath = `objects/pack/${name}`
      const idxSize = (await git.size(idxPath)) ?? 0
      const index = await decodeIdx(await git.read(idxPath, 0, idxSize))
      if (index.offsets.some((offset) => offset >= size)) throw new IdxError(`${name} does not fit its pack.`)
      packs.push(new PackObjects({ key: path, bytes: new WindowedFile(git, path, size), index, cache }))
    }
    return new FolderObjects(packs, await LooseObjects.list(git))
  }

  async has(oid: Oid): Promise<boolean> {
    return this.loose.oids.has(oid) || this.#pack(oid) !== undefined
  }

  async read(oid: Oid): Promise<GitObject | null> {
    const pack = this.#pack(oid)
    if (pack !== undefined) return await guard(oid, pack.read(oid))
    return this.loose.oids.has(oid) ? await this.loose.read(oid) : null
  }

  async info(oid: Oid): Promise<{ type: ObjectType; size: number } | null> {
    const pack = this.#pack(oid)
    if (pack !== undefined) return await guard(oid, pack.info(oid))
    return this.loose.oids.has(oid) ? await this.loose.info(oid) : null
  }

  async locate(oid: Oid): Promise<EntryLocation | null> {
    return (await this.#pack(oid)?.locate(oid)) ?? null
  }

  #pack(oid: Oid): PackObjects | undefined {
    return this.packs.find((pack) => pack.find(oid) >= 0)
  }
}

async function guard<T>(oid: Oid, result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    if (error instanceof PackError && !(error instanceof ObjectTooLargeError))
      throw new CorruptSourceObjectError(oid, 'its entry in the pack does not check.')
    throw error
  }
}
