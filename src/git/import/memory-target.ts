import { MissingObjectError } from '../errors.ts'
import { concat, OID_BYTES, toHex } from '../object/index.ts'
import {
  completeThinPack,
  MAX_DELTA_CHAIN,
  MAX_OBJECT_BYTES,
  MemoryPack,
  PackIndexer,
  PackObjects,
  type EntrySource,
  type ObjectSource,
} from '../pack/index.ts'
import type { ImportSink, ImportTarget, StagedPack } from './types.ts'

/** An import target in memory, for tests: what is staged and not discarded can be looked at. */
export class MemoryTarget implements ImportTarget {
  readonly objects: ObjectSource | null
  /** Packs that are staged now. */
  readonly staged = new Set<Uint8Array>()
  /** Sinks that are neither finished nor discarded. */
  open = 0

  constructor(objects: ObjectSource | null = null) {
    this.objects = objects
  }

  async openSink({ thin = false }: { thin?: boolean } = {}): Promise<ImportSink> {
    const limits = { maxObjectBytes: MAX_OBJECT_BYTES, maxDeltaChain: MAX_DELTA_CHAIN, maxInflatedBytes: 1 << 30 }
    const external = thin ? (this.objects ?? undefined) : undefined
    const indexer = new PackIndexer({
      limits: { ...limits, cacheBytes: 16 << 20 },
      external,
      closure: true,
      nameOversized: true,
    })
    const pieces: Uint8Array[] = []
    this.open++
    return {
      get progress() {
        return indexer.progress
      },
      write: async (bytes) => {
        pieces.push(bytes.slice())
        await indexer.write(bytes)
      },
      finish: async (options = {}) => {
        const staged = await this.#finish(indexer, new MemoryPack(concat(pieces)), options.signal)
        this.open--
        return staged
      },
      discard: async () => {
        this.open--
      },
    }
  }

  async #finish(indexer: PackIndexer, thin: MemoryPack, signal?: AbortSignal): Promise<StagedPack> {
    const indexed = await indexer.finish(thin, { signal })
    for (let at = 0; at < indexed.missing.length; at += OID_BYTES) {
      const oid = toHex(indexed.missing, at)
      if ((await this.objects?.has(oid)) !== true) throw new MissingObjectError(oid)
    }
    const added: Uint8Array[] = []
    const append = (bytes: Uint8Array): void => void added.push(bytes.slice())
    const external = this.objects ?? { read: async () => null, has: async () => false, info: async () => null }
    const { header, index } = await completeThinPack({ pack: thin, indexed, external, append })
    const whole =
      added.length === 0 ? thin.bytes : concat([header, thin.bytes.subarray(header.length, thin.size - 20), ...added])
    this.staged.add(whole)
    const own = new PackObjects({ key: 'staged', bytes: new MemoryPack(whole), index })
    const discard = async (): Promise<void> => void this.staged.delete(whole)
    return { staging: 'staged', objects: over(own, this.objects), index, bytes: whole.length, discard }
  }
}

function over(own: EntrySource, others: ObjectSource | null): EntrySource {
  return {
    read: async (oid) => (await own.read(oid)) ?? (await others?.read(oid)) ?? null,
    has: async (oid) => (await own.has(oid)) || (await others?.has(oid)) === true,
    info: async (oid) => (await own.info(oid)) ?? (await others?.info(oid)) ?? null,
    locate: async (oid) => await own.locate(oid),
  }
}
