import type {
  Backend,
  LooseObject,
  PackKey,
  PackRow,
  RepositoryChange,
  RepositorySnapshot,
} from '../backend/backend.ts'
import { nextRepository, writerKey } from '../backend/plan.ts'
import { MissingObjectError, RepositoryNotFoundError } from '../errors.ts'
import { BaseCache } from '../pack/index.ts'
import type { GitObject, ObjectType, Oid, RefEntry, RepositoryKey } from '../types.ts'
import { decodeLoose, looseInfo } from './loose-object.ts'
import { ObjectSet, type LooseSource } from './object-set.ts'
import type { RowCache } from './row-cache.ts'
import { StoredRowError } from './stored-bytes.ts'
import { StoredPack } from './stored-pack.ts'

/** Packs whose indexes stay in memory, by objects: 36 bytes each. */
const MAX_INDEXED_OBJECTS = 8_000_000

/** A repository as it was at one generation. */
export interface OpenRepository {
  id: RepositoryKey
  snapshot: RepositorySnapshot
  objects: ObjectSet
}

/** Opens repositories and keeps what it opened for as long as their generation stays: it is compared at every call. */
export class Repositories {
  readonly #backend: Backend
  readonly #rows: RowCache
  readonly #bases = new BaseCache()
  readonly #open = new Map<RepositoryKey, OpenRepository>()
  readonly #opening = new Map<RepositoryKey, Promise<OpenRepository | undefined>>()
  /** In order of use. */
  readonly #packs = new Map<PackKey, StoredPack>()

  constructor(backend: Backend, rows: RowCache) {
    this.#backend = backend
    this.#rows = rows
  }

  /** Rejects with `RepositoryNotFoundError`. */
  async open(id: RepositoryKey): Promise<OpenRepository> {
    const found = await this.find(id)
    if (found === undefined) throw new RepositoryNotFoundError(id)
    return found
  }

  async find(id: RepositoryKey): Promise<OpenRepository | undefined> {
    const generation = await this.#backend.generation(id)
    const here = this.#open.get(id)
    if (generation !== undefined && here?.snapshot.repository.generation === generation) return here
    // Those who ask at once share the reading, but never one that began before the generation was read.
    const reading = this.#opening.get(id) ?? this.#read(id)
    this.#opening.set(id, reading)
    try {
      const found = await reading
      if (generation === undefined || (found !== undefined && found.snapshot.repository.generation >= generation)) {
        return found
      }
    } finally {
      if (this.#opening.get(id) === reading) this.#opening.delete(id)
    }
    return await this.find(id)
  }

  /**
   * A change of `open` was committed: where it did no more than move refs and add loose objects, which every commit does, what
   * is stored now is known. Everything else is read again when somebody asks.
   */
  advance(open: OpenRepository, change: RepositoryChange): void {
    const { packs, loose } = open.objects
    if (this.#open.get(open.id) !== open || !(loose instanceof LooseObjects)) return
    const added = addedLoose(change)
    const snapshot = added === undefined ? undefined : advanced(open.snapshot, change, added)
    if (added === undefined || snapshot === undefined) return
    this.#open.set(open.id, { id: open.id, snapshot, objects: new ObjectSet(packs, loose.with(added)) })
  }

  /** The objects of a repository, none where it does not exist yet. */
  async objects(id: RepositoryKey): Promise<ObjectSet> {
    return (await this.find(id))?.objects ?? NO_OBJECTS
  }

  /** A pack's objects, whatever its state: who may read them is for the caller to know. Undefined where it has no index. */
  async pack(row: PackRow): Promise<StoredPack | undefined> {
    const here = this.#packs.get(row.key)
    if (here !== undefined) {
      this.#packs.delete(row.key)
      this.#packs.set(row.key, here)
      return here
    }
    const stored = await this.#backend.readIndex(row.key)
    if (stored === undefined) return undefined
    const pack = new StoredPack(row, stored, this.#rows, this.#bases)
    this.#packs.set(row.key, pack)
    let objects = 0
    for (const { count } of this.#packs.values()) objects += count
    for (const [key, { count }] of this.#packs) {
      if (objects <= MAX_INDEXED_OBJECTS || key === row.key) break
      this.#packs.delete(key)
      objects -= count
    }
    return pack
  }

  /** Forgets what is known of a pack: its rows were changed. */
  forgetPack(key: PackKey): void {
    this.#packs.delete(key)
    this.#rows.forget(key)
    for (const [id, { objects }] of this.#open) {
      if (objects.packs.some((pack) => pack.row.key === key)) this.#open.delete(id)
    }
  }

  /** Packs that went with a repository: their indexes and rows are of no more use. */
  async #forgetGonePacks(): Promise<void> {
    for (const key of [...this.#packs.keys()]) if ((await this.#backend.pack(key)) === undefined) this.forgetPack(key)
  }

  async #read(id: RepositoryKey): Promise<OpenRepository | undefined> {
    const snapshot = await this.#backend.snapshot(id)
    if (snapshot === undefined) {
      this.#open.delete(id)
      await this.#forgetGonePacks()
      return undefined
    }
    const packs: StoredPack[] = []
    for (const row of snapshot.packs) {
      const pack = await this.pack(row)
      // Verified without an index: it was lost, as a row can be.
      if (pack === undefined) throw new StoredRowError(row.key, null)
      packs.push(pack)
    }
    const loose = new LooseObjects(this.#backend, id, snapshot.loose, async () => await this.objects(id))
    const open = { id, snapshot, objects: new ObjectSet(packs, loose) }
    const before = this.#open.get(id)?.objects.packs ?? []
    this.#open.set(id, open)
    // Those that were rolled up are only of use to who reads them already.
    for (const { row } of before) if (!packs.some((pack) => pack.row.key === row.key)) this.#packs.delete(row.key)
    return open
  }
}

/** The loose objects that a change adds; undefined where it takes in packs, or lets something go. */
function addedLoose({ admit, retire }: RepositoryChange): LooseObject[] | undefined {
  if (retire !== undefined) return undefined
  const added: LooseObject[] = []
  for (const admission of admit) {
    if (admission.kind !== 'loose' || admission.key !== null) return undefined
    added.push(...admission.objects)
  }
  return added
}

/** The snapshot after a change that adds loose objects; undefined where refs or writers come or go. */
function advanced(
  snapshot: RepositorySnapshot,
  change: RepositoryChange,
  added: LooseObject[],
): RepositorySnapshot | undefined {
  if (change.at !== snapshot.repository.generation) return undefined
  const { refs: moves = [], signedRefs: signed = [] } = change.transaction
  const moved = new Map(moves.map(({ name, oid }) => [name, oid]))
  const rows = new Map(signed.map((row) => [writerKey(row), row]))
  const refs: RefEntry[] = []
  for (const { name, oid } of snapshot.refs) {
    const to = moved.get(name)
    if (to === null) return undefined
    refs.push({ name, oid: to ?? oid })
    moved.delete(name)
  }
  const signedRefs = snapshot.signedRefs.map((row) => {
    const next = rows.get(writerKey(row))
    rows.delete(writerKey(row))
    return next ?? row
  })
  if (moved.size > 0 || rows.size > 0) return undefined
  const repository = nextRepository(snapshot.repository, change)
  return { ...snapshot, repository, refs, signedRefs, loose: [...snapshot.loose, ...added.map(({ oid }) => oid)] }
}

const NO_OBJECTS = new ObjectSet([], {
  has: () => false,
  oids: () => [],
  read: async (oid) => await Promise.reject(new MissingObjectError(oid)),
  info: async (oid) => await Promise.reject(new MissingObjectError(oid)),
})

/** Bytes of small loose objects that are kept: history comes back to the same commits and trees. */
const LOOSE_CACHE_BYTES = 4 * 1024 * 1024

class LooseObjects implements LooseSource {
  readonly #backend: Backend
  readonly #id: RepositoryKey
  readonly #oids: ReadonlySet<Oid>
  readonly #now: () => Promise<ObjectSet>
  readonly #kept = new Map<Oid, Uint8Array>()
  #bytes = 0

  /** `now`: the repository's objects as they are when it is called. */
  constructor(backend: Backend, id: RepositoryKey, oids: readonly Oid[], now: () => Promise<ObjectSet>) {
    this.#backend = backend
    this.#id = id
    this.#oids = new Set(oids)
    this.#now = now
  }

  /** These and more, which were just written. What is kept of these stays kept. */
  with(added: readonly LooseObject[]): LooseObjects {
    const grown = new LooseObjects(this.#backend, this.#id, [...this.#oids, ...added.map(({ oid }) => oid)], this.#now)
    for (const [oid, bytes] of this.#kept) grown.#keep(oid, bytes)
    for (const { oid, bytes } of added) grown.#keep(oid, bytes)
    return grown
  }

  has(oid: Oid): boolean {
    return this.#oids.has(oid)
  }

  oids(): Iterable<Oid> {
    return this.#oids
  }

  async read(oid: Oid): Promise<GitObject> {
    const bytes = await this.#bytesOf(oid)
    return bytes === undefined ? await this.#moved(oid, (objects) => objects.read(oid)) : await decodeLoose(oid, bytes)
  }

  async info(oid: Oid): Promise<{ type: ObjectType; size: number }> {
    const bytes = await this.#bytesOf(oid)
    return bytes === undefined ? await this.#moved(oid, (objects) => objects.info(oid)) : looseInfo(oid, bytes)
  }

  /** It was rolled up since: now it stands in a pack. */
  async #moved<T>(oid: Oid, ask: (objects: ObjectSet) => Promise<T | null>): Promise<T> {
    const objects = await this.#now()
    const found = objects.loose === this ? null : await ask(objects)
    if (found !== null) return found
    if ((await this.#backend.generation(this.#id)) === undefined) throw new RepositoryNotFoundError(this.#id)
    throw new MissingObjectError(oid)
  }

  async #bytesOf(oid: Oid): Promise<Uint8Array | undefined> {
    const kept = this.#kept.get(oid)
    if (kept !== undefined) return kept
    const object = await this.#backend.readLoose(this.#id, oid)
    if (object === undefined) return undefined
    this.#keep(oid, object.bytes)
    return object.bytes
  }

  #keep(oid: Oid, bytes: Uint8Array): void {
    if (this.#kept.has(oid) || this.#bytes + bytes.length > LOOSE_CACHE_BYTES) return
    this.#kept.set(oid, bytes)
    this.#bytes += bytes.length
  }
}
