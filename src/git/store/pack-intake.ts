import { ROW_BYTES, type PackPatch } from '../backend/backend.ts'
import { StagingNotFoundError } from '../errors.ts'
import type { ImportSink, StagedPack } from '../import/types.ts'
import { bytesToHex } from '../object/index.ts'
import {
  buildManifest,
  completeThinPack,
  encodeManifest,
  INDEX_LIMITS,
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  packHeader,
  PackIndexer,
  packIdOf,
  type EntrySource,
  type IndexedPack,
  type IndexLimits,
  type PackBytes,
} from '../pack/index.ts'
import type { CallOptions, RepositoryKey } from '../types.ts'
import { checkClosure } from './closure.ts'
import { Overlay } from './object-set.ts'
import { PackStorage, randomKey, type StorageParts } from './pack-storage.ts'
import { stagedObjects, type StagedPacks, type StagedState } from './staged.ts'

/** From here on an imported pack is kept as a base pack: immutable, with a manifest, moved in chunks. */
export const BASE_PACK_BYTES = 1024 * 1024

export interface IntakeParts extends StorageParts {
  staged: StagedPacks
  /** The repository's own objects, read anew: its closed set may have grown meanwhile. */
  objectsOf(id: RepositoryKey): Promise<EntrySource>
}

export interface IntakeOptions {
  /** A pack that may leave out bases that are here, as peers send. */
  thin: boolean
  /** Keeps it as a base pack if it is big enough. */
  base: boolean
  /** Tells of an object that is too large by its name, at the cost of inflating it: for one's own imports. */
  nameOversized: boolean
  limits?: Partial<IndexLimits>
}

/** One pack on its way in: indexed while it is written, checked at its end, dropped wholly if anything is wrong. */
export class PackIntake implements ImportSink {
  readonly #parts: IntakeParts
  readonly #id: RepositoryKey
  readonly #options: IntakeOptions
  readonly #indexer: PackIndexer
  #storage: PackStorage
  #state: 'open' | 'finished' | 'dropped' = 'open'

  private constructor(parts: IntakeParts, id: RepositoryKey, options: IntakeOptions, objects: EntrySource) {
    this.#parts = parts
    this.#id = id
    this.#options = options
    this.#storage = new PackStorage(parts)
    this.#indexer = new PackIndexer({
      limits: { ...INDEX_LIMITS, ...options.limits },
      closure: true,
      nameOversized: options.nameOversized,
      ...(options.thin ? { external: objects } : {}),
    })
  }

  static async open(parts: IntakeParts, id: RepositoryKey, options: IntakeOptions): Promise<PackIntake> {
    return new PackIntake(parts, id, options, await objectsHere(parts, id))
  }

  get progress() {
    return this.#indexer.progress
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#mustBeOpen()
    try {
      await this.#indexer.write(bytes)
      await this.#storage.write(bytes)
    } catch (error) {
      await this.discard()
      throw error
    }
  }

  async finish(options: CallOptions = {}): Promise<StagedPack> {
    this.#mustBeOpen()
    try {
      const state = await this.#finish(options)
      options.signal?.throwIfAborted()
      this.#state = 'finished'
      this.#parts.staged.add(state)
      return {
        staging: state.staging,
        objects: new Overlay([state.objects, await this.#parts.objectsOf(this.#id)]),
        index: state.stored.index,
        bytes: state.bytes.size,
        discard: async () => {
          if (this.#parts.staged.delete(state.staging) !== undefined) await state.storage?.drop()
        },
      }
    } catch (error) {
      await this.discard()
      throw error
    }
  }

  async discard(): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'dropped'
    await this.#storage.drop()
  }

  #mustBeOpen(): void {
    if (this.#state !== 'open') throw new StagingNotFoundError()
  }

  async #finish(options: CallOptions): Promise<StagedState> {
    let bytes = await this.#storage.end()
    const indexed = await this.#indexer.finish(bytes, options)
    const objects = await objectsHere(this.#parts, this.#id)
    await checkClosure(indexed, objects, options.signal)
    let { index } = indexed
    if (indexed.externalBases.length > 0) ({ bytes, index } = await this.#complete(bytes, indexed, objects, options))
    const stored = { index, missing: indexed.missing, missingTypes: indexed.missingTypes }
    const base = await this.#base(bytes, stored.index, options)
    const key = this.#storage.key
    if (key !== null) {
      await this.#parts.backend.writeIndex(key, stored, rowPatch(bytes, stored.index, base))
    }
    const staging = key ?? randomKey()
    return {
      staging,
      repository: this.#id,
      storage: this.#storage,
      key,
      bytes,
      stored,
      objects: stagedObjects(staging, bytes, stored),
      base,
      roots: indexed.externalBases.length === 0 ? indexed.roots : null,
      hostileTrees: indexed.hostileTrees,
    }
  }

  /** Replaces the thin pack by the whole one. */
  async #complete(bytes: PackBytes, indexed: IndexedPack, objects: EntrySource, options: CallOptions) {
    const thin = this.#storage
    const whole = new PackStorage(this.#parts)
    try {
      await whole.write(packHeader(indexed.index.count + indexed.externalBases.length))
      const end = bytes.size - PACK_TRAILER_BYTES
      for (let at = PACK_HEADER_BYTES; at < end; at += ROW_BYTES) {
        await whole.write(await bytes.read(at, Math.min(ROW_BYTES, end - at)))
      }
      const append = (part: Uint8Array) => whole.write(part)
      const { index } = await completeThinPack({ pack: bytes, indexed, external: objects, append, ...options })
      const wholeBytes = await whole.end()
      this.#storage = whole
      await thin.drop()
      return { bytes: wholeBytes, index }
    } catch (error) {
      await whole.drop()
      throw error
    }
  }

  async #base(bytes: PackBytes, index: IndexedPack['index'], options: CallOptions): Promise<StagedState['base']> {
    if (!this.#options.base || bytes.size < BASE_PACK_BYTES || index.count === 0) return null
    if (this.#storage.key === null) {
      const key = await this.#storage.moveToBackend()
      await this.#storage.end()
      this.#parts.rows.forget(key)
    }
    const manifest = encodeManifest(await buildManifest(bytes, index, options))
    return { packId: await packIdOf(manifest), manifest }
  }
}

/** What a pack for `id` may build on: the closed set, and what is staged for it. */
export async function objectsHere(
  parts: Pick<IntakeParts, 'staged' | 'objectsOf'>,
  id: RepositoryKey,
): Promise<EntrySource> {
  return new Overlay([await parts.objectsOf(id), ...parts.staged.of(id)])
}

export function rowPatch(bytes: PackBytes, index: IndexedPack['index'], base: StagedState['base']): PackPatch {
  return {
    trailer: bytesToHex(index.trailer),
    size: bytes.size,
    objects: index.count,
    order: Date.now(),
    ...(base === null ? {} : { kind: 'base', packId: base.packId, manifest: base.manifest }),
  }
}
