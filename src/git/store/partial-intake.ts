import type { LooseObject } from '../backend/backend.ts'
import { LimitError, MissingObjectError, StagingNotFoundError, UnwantedObjectError } from '../errors.ts'
import { concat, isOid, OID_BYTES, toHex } from '../object/index.ts'
import { INDEX_LIMITS, MemoryPack, PackIndexer, PackObjects, type IndexedPack } from '../pack/index.ts'
import type { Oid, RepositoryKey } from '../types.ts'
import type { PackWriterId, PartialPackLimits } from './git-store.ts'
import { encodeLoose } from './loose-object.ts'
import { randomKey } from './pack-storage.ts'

/** What one small pack may be, whatever the caller allows: it is held in memory. */
export const MAX_PARTIAL_PACK: PartialPackLimits = {
  objects: 2048,
  objectBytes: 32 * 1024 * 1024,
  bytes: 48 * 1024 * 1024,
}
/** Small packs that are written at once; a page asks for a few files at a time. */
const MAX_WRITERS = 32
/** Inflated objects that are kept while deltas are resolved. */
const CACHE_BYTES = 8 * 1024 * 1024

interface Writer {
  id: RepositoryKey
  limits: PartialPackLimits
  indexer: PackIndexer
  parts: Uint8Array[]
  bytes: number
}

/** Small packs of objects that somebody looks at before the closed set is here. What is wrong with one ends it. */
export class PartialIntake {
  readonly #writers = new Map<PackWriterId, Writer>()

  open(id: RepositoryKey, asked: PartialPackLimits): PackWriterId {
    if (this.#writers.size >= MAX_WRITERS) throw new LimitError('The number of small packs on their way', MAX_WRITERS)
    const limits = {
      objects: Math.min(asked.objects, MAX_PARTIAL_PACK.objects),
      objectBytes: Math.min(asked.objectBytes, MAX_PARTIAL_PACK.objectBytes),
      bytes: Math.min(asked.bytes, MAX_PARTIAL_PACK.bytes),
    }
    const indexer = new PackIndexer({
      limits: {
        maxObjectBytes: limits.objectBytes,
        maxDeltaChain: INDEX_LIMITS.maxDeltaChain,
        maxInflatedBytes: limits.bytes,
        cacheBytes: CACHE_BYTES,
      },
      // Which objects of the pack others of it link to; that what they link to is here is not asked.
      closure: true,
    })
    const writer = randomKey()
    this.#writers.set(writer, { id, limits, indexer, parts: [], bytes: 0 })
    return writer
  }

  has(writer: PackWriterId): boolean {
    return this.#writers.has(writer)
  }

  async write(writer: PackWriterId, bytes: Uint8Array): Promise<void> {
    const open = this.#get(writer)
    try {
      open.bytes += bytes.length
      if (open.bytes > open.limits.bytes) throw new LimitError('The size of the pack', open.limits.bytes)
      open.parts.push(bytes)
      await open.indexer.write(bytes)
      const { totalObjects } = open.indexer.progress
      if (totalObjects > open.limits.objects) throw new UnwantedObjectError()
    } catch (error) {
      this.discard(writer)
      throw error
    }
  }

  /** The objects of the pack, as they are stored: `wants`, and what these link to as far as it is in it; nothing else. */
  async finish(writer: PackWriterId, wants: Oid[]): Promise<{ id: RepositoryKey; objects: LooseObject[] }> {
    const { id, indexer, parts } = this.#get(writer)
    this.discard(writer)
    const pack = new MemoryPack(concat(parts))
    const indexed = await indexer.finish(pack)
    checkWanted(indexed, wants)
    const { index } = indexed
    const source = new PackObjects({ key: writer, bytes: pack, index })
    const objects: LooseObject[] = []
    for (let n = 0; n < index.count; n++) {
      const oid = toHex(index.oids, n * OID_BYTES)
      const object = await source.read(oid)
      if (object === null) throw new MissingObjectError(oid)
      objects.push({ oid, bytes: encodeLoose(object) })
    }
    return { id, objects }
  }

  discard(writer: PackWriterId): void {
    this.#writers.delete(writer)
  }

  discardAll(id?: RepositoryKey): void {
    for (const [writer, open] of [...this.#writers]) if (id === undefined || open.id === id) this.discard(writer)
  }

  #get(writer: PackWriterId): Writer {
    const open = this.#writers.get(writer)
    if (open === undefined) throw new StagingNotFoundError()
    return open
  }
}

/** All that was wanted is in the pack, and nothing that is neither wanted nor linked to from within. */
function checkWanted({ index, roots }: IndexedPack, wants: Oid[]): void {
  const wanted = new Set(wants)
  const here = new Set<Oid>()
  for (let at = 0; at < index.oids.length; at += OID_BYTES) here.add(toHex(index.oids, at))
  for (const oid of wanted) if (!isOid(oid) || !here.has(oid)) throw new MissingObjectError(oid)
  for (let at = 0; at < roots.length; at += OID_BYTES) {
    const root = toHex(roots, at)
    if (!wanted.has(root)) throw new UnwantedObjectError(root)
  }
}
