import { OID_BYTES } from '../object/oid.ts'
import type { CallOptions } from '../types.ts'
import { InflationBudget } from './budget.ts'
import { DeltaArena, type EntryTable } from './entry-table.ts'
import { PackError, PackTruncatedError } from './errors.ts'
import { ObjectGraph } from './graph.ts'
import { IndexMemory, PIECE_BYTES } from './index-memory.ts'
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
  /** Gone after `finish`: whoever keeps the indexer keeps no memory. */
  #parts: Parts | undefined

  constructor(options: PackIndexerOptions) {
    this.#options = options
    this.#parts = makeParts(options)
  }

  /** Bytes written so far. */
  get received(): number {
    return this.#parts?.scanner.received ?? 0
  }

  /** Objects found so far, deltas included, and how many the pack's header claims. */
  get progress(): { objects: number; totalObjects: number } {
    const scanner = this.#parts?.scanner
    return { objects: scanner?.entries.count ?? 0, totalObjects: scanner?.claimed ?? 0 }
  }

  /** The first pass over the next bytes of the pack. They may be written into again once it resolves. */
  async write(bytes: Uint8Array): Promise<void> {
    const { scanner } = this.#need()
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      scanner.write(bytes.subarray(at, at + PIECE_BYTES))
      if (scanner.ids.areBehind) await scanner.ids.catchUp()
    }
  }

  /** The second pass: `pack` holds exactly the bytes that were written. */
  async finish(pack: PackBytes, call: CallOptions = {}): Promise<IndexedPack> {
    const parts = this.#need()
    this.#parts = undefined
    const { scanner, graph } = parts
    const { limits, external, closure } = this.#options
    scanner.end()
    if (scanner.received !== pack.size || scanner.trailer === null) throw new PackTruncatedError()
    await scanner.ids.settle()
    const externalBases = await new DeltaResolver({ ...parts, limits, pack, external, call }).run()
    return {
      index: sortedIndex(scanner.entries, graph.table, scanner.trailer),
      ...graph.missing(),
      roots: closure ? graph.roots() : new Uint8Array(),
      externalBases,
      hostileTrees: graph.hostileTrees,
      submodules: graph.submodules,
    }
  }

  #need(): Parts {
    if (this.#parts === undefined) throw new TypeError('The indexer has finished.')
    return this.#parts
  }
}

interface Parts {
  graph: ObjectGraph
  budget: InflationBudget
  arena: DeltaArena
  memory: IndexMemory
  scanner: PackScanner
}

function makeParts({ limits, closure, nameOversized = false }: PackIndexerOptions): Parts {
  const graph = new ObjectGraph(closure)
  const budget = new InflationBudget(limits)
  const arena = new DeltaArena(limits.cacheBytes / 4)
  const memory = new IndexMemory(limits.cacheBytes / 2)
  return {
    graph,
    budget,
    arena,
    memory,
    scanner: new PackScanner({ limits, nameOversized, graph, budget, arena, memory }),
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
