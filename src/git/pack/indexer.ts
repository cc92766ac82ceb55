import { Sha1 } from '../object/hash.ts'
import { OID_BYTES } from '../object/oid.ts'
import type { CallOptions } from '../types.ts'
import { InflationBudget } from './budget.ts'
import { DeltaArena, type EntryTable } from './entry-table.ts'
import { PackError, PackTruncatedError } from './errors.ts'
import { ObjectGraph } from './graph.ts'
import type { OidTable } from './oid-table.ts'
import { Slices } from './pause.ts'
import { DeltaResolver } from './resolve.ts'
import { PackScanner } from './scan.ts'
import { sortOids } from './sort-index.ts'
import type { IndexedPack, IndexLimits, ObjectSource, PackBytes, PackIndex } from './types.ts'

export interface PackIndexerOptions {
  limits: IndexLimits
  /** Where the bases of a thin pack are. Without it a delta whose base is not in the pack is a `MissingBaseError`. */
  external?: ObjectSource
  /** Parse commits, trees and tags: find what is missing, of the wrong type, hostile. Without it only ids are computed. */
  closure: boolean
  /**
   * Inflate a blob that is above the limit to its end, so that `ObjectTooLargeError` has its oid: for one's own imports,
   * where the path is to be named. Deltas that are too big are known by their offset only.
   */
  nameOversized?: boolean
}

/**
 * Indexes one pack from its own bytes: `write` it in pieces of any length, then `finish` with random access to the same
 * bytes. Checks the trailer, that every object inflates to what it declares, every delta, and computes every object's id;
 * with `closure` also what links out of the pack. Memory is bounded by the limits and by the bytes that came, never by what
 * the pack claims. Each method throws a `PackError`, after which the indexer is of no use.
 */
export class PackIndexer {
  readonly #options: PackIndexerOptions
  readonly #graph: ObjectGraph
  readonly #budget: InflationBudget
  readonly #arena: DeltaArena
  #objectHash: Sha1 | undefined
  #scanner: PackScanner | undefined

  constructor(options: PackIndexerOptions) {
    this.#options = options
    this.#graph = new ObjectGraph(options.closure)
    this.#budget = new InflationBudget(options.limits)
    this.#arena = new DeltaArena(options.limits.cacheBytes / 4)
  }

  /** Bytes written so far. */
  get received(): number {
    return this.#scanner?.received ?? 0
  }

  /** Objects found so far, deltas included, and how many the pack's header claims. */
  get progress(): { objects: number; totalObjects: number } {
    return { objects: this.#scanner?.entries.count ?? 0, totalObjects: this.#scanner?.claimed ?? 0 }
  }

  /** The first pass over the next bytes of the pack. They may be written into again once it resolves. */
  async write(bytes: Uint8Array): Promise<void> {
    const scanner = this.#scanner ?? (await this.#start())
    scanner.write(bytes)
  }

  /** The second pass: `pack` holds exactly the bytes that were written. */
  async finish(pack: PackBytes, options: CallOptions = {}): Promise<IndexedPack> {
    const scanner = this.#scanner ?? (await this.#start())
    scanner.end()
    if (scanner.received !== pack.size || scanner.trailer === null || this.#objectHash === undefined) {
      throw new PackTruncatedError()
    }
    const resolver = new DeltaResolver({
      limits: this.#options.limits,
      scanner,
      graph: this.#graph,
      budget: this.#budget,
      arena: this.#arena,
      objectHash: this.#objectHash,
      pack,
      external: this.#options.external,
      call: options,
    })
    const externalBases = await resolver.run()
    return {
      index: sortedIndex(scanner.entries, this.#graph.table, scanner.trailer),
      ...this.#graph.missing(),
      roots: this.#options.closure ? this.#graph.roots() : new Uint8Array(),
      externalBases,
      hostileTrees: this.#graph.hostileTrees,
      submodules: this.#graph.submodules,
    }
  }

  async #start(): Promise<PackScanner> {
    const [packHash, objectHash] = await Promise.all([Sha1.create(), Sha1.create()])
    this.#objectHash = objectHash
    this.#scanner = new PackScanner({
      limits: this.#options.limits,
      nameOversized: this.#options.nameOversized ?? false,
      graph: this.#graph,
      budget: this.#budget,
      arena: this.#arena,
      packHash,
      objectHash,
    })
    return this.#scanner
  }
}

function sortedIndex(entries: EntryTable, table: OidTable, trailer: Uint8Array): PackIndex {
  const { count } = entries
  const unsorted = new Uint8Array(count * OID_BYTES)
  for (let entry = 0; entry < count; entry++) {
    const number = (entries.ids[entry] as number) - 1
    if (number < 0) throw new PackError('An object of the pack has no id. Get the pack again.')
    unsorted.set(table.oid(number), entry * OID_BYTES)
  }
  const order = sortOids(unsorted, count)
  const oids = new Uint8Array(count * OID_BYTES)
  const offsets = new Float64Array(count)
  const crcs = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    const entry = order[i] as number
    oids.set(unsorted.subarray(entry * OID_BYTES, (entry + 1) * OID_BYTES), i * OID_BYTES)
    offsets[i] = entries.offsets[entry] as number
    crcs[i] = entries.crcs[entry] as number
  }
  return { count, oids, offsets, crcs, trailer }
}

const PIECE_BYTES = 256 * 1024

/** Indexes a pack that is already wholly here. */
export async function indexPackBytes(pack: PackBytes, options: PackIndexerOptions & CallOptions): Promise<IndexedPack> {
  const indexer = new PackIndexer(options)
  const slices = new Slices(options.signal)
  for (let offset = 0; offset < pack.size; offset += PIECE_BYTES) {
    await indexer.write(await pack.read(offset, Math.min(PIECE_BYTES, pack.size - offset)))
    options.onProgress?.({ phase: 'index', bytes: indexer.received, totalBytes: pack.size, ...indexer.progress })
    await slices.next()
  }
  return indexer.finish(pack, options)
}
