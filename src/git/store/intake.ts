import {
  commitFiles,
  importBundle,
  importFolder,
  importUrl,
  type Imported,
  type ImportTarget,
  type OpenPath,
} from '../import/index.ts'
import { MissingObjectError, StagingNotFoundError } from '../errors.ts'
import { commitMerge, type MergeRequest } from '../merge/index.ts'
import type { Transport } from '../remote/index.ts'
import type { CallOptions, Oid, RefEntry, RepositoryKey } from '../types.ts'
import { finishBasePack, type FinishParts } from './base-finish.ts'
import type { CommitRequest, FolderSource, PackId, PackWriterId, Staged, StagingId, UrlSource } from './git-store.ts'
import { Overlay } from './object-set.ts'
import { PackIntake } from './pack-intake.ts'
import { randomKey } from './pack-storage.ts'
import { tipsOf } from './staged.ts'

interface OpenWriter {
  id: RepositoryKey
  intake: PackIntake
  claimed: RefEntry[]
}

/** What a program lends to the store. */
export interface Outside {
  /** Opens folders by their path, in Node. */
  openPath?: OpenPath
  /** Asks servers, in browsers. */
  transport?: Transport
}

/** The ways in: each stages a pack that `transact` may admit. */
export class Intake {
  readonly #parts: FinishParts
  readonly #openPath: OpenPath | undefined
  readonly #transport: Transport | undefined
  readonly #writers = new Map<PackWriterId, OpenWriter>()

  constructor(parts: FinishParts, { openPath, transport }: Outside = {}) {
    this.#parts = parts
    this.#openPath = openPath
    this.#transport = transport
  }

  async bundle(id: RepositoryKey, source: Blob, options?: CallOptions): Promise<Staged> {
    return stagedOf(await importBundle(await this.#target(id, true), source, options))
  }

  async folder(id: RepositoryKey, source: FolderSource, options?: CallOptions): Promise<Staged> {
    const openPath = this.#openPath === undefined ? {} : { openPath: this.#openPath }
    return stagedOf(await importFolder(await this.#target(id, true), source, { ...options, ...openPath }))
  }

  async url(id: RepositoryKey, source: UrlSource, options?: CallOptions): Promise<Staged> {
    const transport = this.#transport
    if (transport === undefined) throw new TypeError('This store was given no way to ask servers.')
    // A stranger's pack: what is too large in it is not inflated to find out its name.
    return stagedOf(await importUrl(await this.#target(id, true, false), source, { ...options, transport }))
  }

  async files(id: RepositoryKey, request: CommitRequest, options?: CallOptions): Promise<Staged & { commit: Oid }> {
    const made = await commitFiles(await this.#target(id, false), request, options)
    return { ...stagedOf(made), commit: made.commit }
  }

  async merge(id: RepositoryKey, request: MergeRequest, options?: CallOptions): Promise<Staged & { commit: Oid }> {
    const made = await commitMerge(await this.#target(id, false), request, options)
    return { ...stagedOf(made), commit: made.commit }
  }

  async openWriter(id: RepositoryKey, claimed: RefEntry[]): Promise<PackWriterId> {
    const intake = await PackIntake.open(this.#parts, id, { thin: true, base: false, nameOversized: false })
    const writer = randomKey()
    this.#writers.set(writer, { id, intake, claimed })
    return writer
  }

  async write(writer: PackWriterId, bytes: Uint8Array): Promise<void> {
    await this.#writer(writer).intake.write(bytes)
  }

  async finish(writer: PackWriterId, options?: CallOptions): Promise<Staged> {
    const { intake, claimed } = this.#writer(writer)
    this.#writers.delete(writer)
    const staged = await intake.finish(options)
    try {
      for (const { name, oid } of claimed) {
        if (!(await staged.objects.has(oid))) throw new MissingObjectError(oid, name)
      }
    } catch (error) {
      await staged.discard()
      throw error
    }
    return stagedOf({ staged, refs: claimed, head: null, warnings: [] })
  }

  async finishBase(id: RepositoryKey, packId: PackId, options?: CallOptions): Promise<Staged> {
    const { staging, stored, bytes, roots } = await finishBasePack(this.#parts, id, packId, options)
    const { count } = stored.index
    return { staging, refs: [], head: null, objects: count, bytes: bytes.size, warnings: [], tips: tipsOf(roots) }
  }

  async discard(name: StagingId): Promise<void> {
    const writer = this.#writers.get(name)
    this.#writers.delete(name)
    await writer?.intake.discard()
    await this.#parts.staged.delete(name)?.storage?.drop()
  }

  /** Drops everything that is on its way into a repository, or into any. */
  async discardAll(id?: RepositoryKey): Promise<void> {
    for (const [name, writer] of [...this.#writers]) if (id === undefined || writer.id === id) await this.discard(name)
    for (const { staging, repository } of this.#parts.staged.all()) {
      if (id === undefined || repository === id) await this.discard(staging)
    }
  }

  #writer(writer: PackWriterId): OpenWriter {
    const open = this.#writers.get(writer)
    if (open === undefined) throw new StagingNotFoundError()
    return open
  }

  async #target(id: RepositoryKey, base: boolean, nameOversized = base): Promise<ImportTarget> {
    return {
      objects: new Overlay([await this.#parts.objectsOf(id)]),
      openSink: async () => await PackIntake.open(this.#parts, id, { thin: false, base, nameOversized }),
    }
  }
}

function stagedOf({ staged, refs, head, warnings }: Imported): Staged {
  const { staging, index, bytes } = staged
  return { staging, refs, head, objects: index.count, bytes, warnings }
}
