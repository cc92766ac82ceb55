import { hashObject } from '../object/index.ts'
import { writePack, type EntrySource, type ObjectSource } from '../pack/index.ts'
import type { CallOptions, GitObject, ObjectType, Oid } from '../types.ts'
import { stagePack } from './stage.ts'
import type { ImportTarget, StagedPack } from './types.ts'

/** New objects of a commit, in memory; what is in `objects` already is left out. */
export class MadeObjects implements EntrySource {
  readonly #made = new Map<Oid, GitObject>()
  readonly #objects: ObjectSource | null

  constructor(objects: ObjectSource | null) {
    this.#objects = objects
  }

  async add(type: ObjectType, bytes: Uint8Array): Promise<Oid> {
    const oid = await hashObject(type, bytes)
    // A commit is what it is about, even if somebody made the very same one.
    if (type === 'commit' || (await this.#objects?.has(oid)) !== true) this.#made.set(oid, { type, bytes })
    return oid
  }

  /** Of these alone. */
  async read(oid: Oid): Promise<GitObject | null> {
    return this.#made.get(oid) ?? null
  }

  async has(oid: Oid): Promise<boolean> {
    return this.#made.has(oid)
  }

  async info(oid: Oid): Promise<{ type: ObjectType; size: number } | null> {
    const object = this.#made.get(oid)
    return object === undefined ? null : { type: object.type, size: object.bytes.length }
  }

  async locate(): Promise<null> {
    return null
  }

  /** All of them as one staged pack: commit, trees, blobs, the last made first. */
  async stage(target: ImportTarget, options: CallOptions): Promise<StagedPack> {
    const objects = [...this.#made.keys()].reverse()
    const output = await writePack({ ...options, objects, source: this, sortByType: true })
    return await stagePack(target, output.bytes, options)
  }
}
