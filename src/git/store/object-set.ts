import { findInIndex, type EntryLocation, type EntrySource } from '../pack/index.ts'
import { fromHex, isOid, toHex } from '../object/index.ts'
import type { GitObject, ObjectType, Oid } from '../types.ts'
import type { StoredPack } from './stored-pack.ts'

/** Reads the loose objects of one repository. */
export interface LooseSource {
  has(oid: Oid): boolean
  oids(): Iterable<Oid>
  read(oid: Oid): Promise<GitObject>
  info(oid: Oid): Promise<{ type: ObjectType; size: number }>
}

/** All objects of one repository at one generation: its verified packs and its loose objects. */
export class ObjectSet implements EntrySource {
  readonly packs: readonly StoredPack[]
  readonly loose: LooseSource
  /** The pack that had the last object: the next one is likely there too. */
  #last = 0

  constructor(packs: readonly StoredPack[], loose: LooseSource) {
    this.packs = packs
    this.loose = loose
  }

  async has(oid: Oid): Promise<boolean> {
    return this.hasNow(oid)
  }

  hasNow(oid: Oid): boolean {
    return this.#pack(oid) !== undefined || this.loose.has(oid)
  }

  async read(oid: Oid): Promise<GitObject | null> {
    const found = this.#pack(oid)
    if (found !== undefined) return await found.pack.readAt(found.position)
    return this.loose.has(oid) ? await this.loose.read(oid) : null
  }

  async info(oid: Oid): Promise<{ type: ObjectType; size: number } | null> {
    const found = this.#pack(oid)
    if (found !== undefined) return await found.pack.infoAt(found.position)
    return this.loose.has(oid) ? await this.loose.info(oid) : null
  }

  /** Null for loose objects too: they stand in no pack. */
  async locate(oid: Oid): Promise<EntryLocation | null> {
    const found = this.#pack(oid)
    return found === undefined ? null : await found.pack.locate(oid)
  }

  /** Ids that begin with `prefix`, at most 16. */
  async expand(prefix: string): Promise<Oid[]> {
    const found = new Set<Oid>()
    for (const pack of this.packs) {
      const { from, to } = pack.findPrefix(prefix)
      for (let i = from; i < to && found.size < 16; i++) found.add(toHex(pack.stored.index.oids, i * 20))
    }
    for (const oid of this.loose.oids()) {
      if (found.size >= 16) break
      if (oid.startsWith(prefix)) found.add(oid)
    }
    return [...found]
  }

  #pack(oid: Oid): { pack: StoredPack; position: number } | undefined {
    if (!isOid(oid)) return undefined
    const bytes = fromHex(oid)
    for (let tried = 0; tried < this.packs.length; tried++) {
      const i = (this.#last + tried) % this.packs.length
      const pack = this.packs[i] as StoredPack
      const position = findInIndex(pack.stored.index, bytes)
      if (position < 0) continue
      this.#last = i
      return { pack, position }
    }
    return undefined
  }
}

/** Objects of staged packs over a repository's own: for importers, closure and thin packs; nobody else reads them. */
export class Overlay implements EntrySource {
  readonly #layers: readonly EntrySource[]

  /** Asked from first to last. */
  constructor(layers: readonly EntrySource[]) {
    this.#layers = layers
  }

  async has(oid: Oid): Promise<boolean> {
    for (const layer of this.#layers) if (await layer.has(oid)) return true
    return false
  }

  async read(oid: Oid): Promise<GitObject | null> {
    return await this.#first((layer) => layer.read(oid))
  }

  async info(oid: Oid): Promise<{ type: ObjectType; size: number } | null> {
    return await this.#first((layer) => layer.info(oid))
  }

  async locate(oid: Oid): Promise<EntryLocation | null> {
    return await this.#first((layer) => layer.locate(oid))
  }

  async #first<T>(ask: (layer: EntrySource) => Promise<T | null>): Promise<T | null> {
    for (const layer of this.#layers) {
      const answer = await ask(layer)
      if (answer !== null) return answer
    }
    return null
  }
}
