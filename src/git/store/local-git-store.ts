import { ROW_BYTES, type Backend } from '../backend/backend.ts'
import { mergeView, type MergeOptions, type MergeRequest } from '../merge/index.ts'
import type { ObjectSource } from '../pack/index.ts'
import type { CallOptions, Oid, RefEntry, RepositoryKey } from '../types.ts'
import {
  createViews,
  type BlobOptions,
  type DiffOptions,
  type GitViews,
  type LogOptions,
  type ReadOptions,
  type ViewSource,
} from '../view/index.ts'
import { independent, isAncestor, mergeBase, mergeBases } from './ancestry.ts'
import { BaseStaging } from './base-staging.ts'
import { collectLost, collectRetired, collectStagings } from './collect.ts'
import { Damage } from './damage.ts'
import type {
  CommitRequest,
  FolderSource,
  GitStore,
  ObjectsRequest,
  PackId,
  PackReaderId,
  PackWriterId,
  PartialPackLimits,
  StagingId,
  StoredRepository,
  Transaction,
  UrlSource,
} from './git-store.ts'
import { Intake, type Outside } from './intake.ts'
import type { Locks } from './locks.ts'
import { PartialIntake } from './partial-intake.ts'
import { PartialObjects } from './partial-objects.ts'
import { PackReaders } from './readers.ts'
import { Repositories, type OpenRepository } from './repositories.ts'
import { RowCache } from './row-cache.ts'
import { MAX_HAVES, Serving } from './serving.ts'
import { skippedHaves } from './skipped-haves.ts'
import { StagedPacks } from './staged.ts'
import { StoredRowError } from './stored-bytes.ts'
import { Tidying, type TidyOptions } from './tidying.ts'
import { checkKey, transact } from './transact.ts'

export interface LocalGitStoreOptions extends Outside {
  backend: Backend
  /** In a browser `navigator.locks`: shared by all that use the same backend. */
  locks: Locks
  /** Milliseconds from a change until the repository is tidied by itself; only by `tidy` if not given. */
  tidyAfter?: number
}

/** `GitStore` over a backend, in the thread that it is called in. It keeps nothing that another tab could make stale. */
export class LocalGitStore implements GitStore {
  readonly #backend: Backend
  readonly #locks: Locks
  readonly #repositories: Repositories
  readonly #staged = new StagedPacks()
  readonly #bases: BaseStaging
  readonly #rows: RowCache
  readonly #intake: Intake
  readonly #serving: Serving
  readonly #readers = new PackReaders()
  readonly #partialIntake = new PartialIntake()
  readonly #partials: PartialObjects
  readonly #views: GitViews
  readonly #damage: Damage
  readonly #tidying: Tidying
  readonly #listeners = new Set<(id: RepositoryKey) => void>()
  readonly #stopHints: () => void

  private constructor({ backend, locks, tidyAfter, ...outside }: LocalGitStoreOptions) {
    const rows = new RowCache(backend)
    const repositories = new Repositories(backend, rows)
    this.#backend = backend
    this.#locks = locks
    this.#rows = rows
    this.#repositories = repositories
    this.#bases = new BaseStaging(backend, locks)
    const objectsOf = async (id: RepositoryKey) => await repositories.objects(id)
    const intake = { backend, rows, locks, staged: this.#staged, objectsOf }
    this.#intake = new Intake({ ...intake, bases: this.#bases }, outside)
    this.#tidying = new Tidying(
      { ...intake, repositories },
      tidyAfter ?? null,
      (id) => this.#changed(id),
      (open, error) => this.#damage.reportAt(open, error),
    )
    this.#damage = new Damage(backend, repositories, rows, (id) => this.#changed(id))
    this.#serving = new Serving(repositories, locks, (open, error) => this.#damage.reportAt(open, error))
    const partials = new PartialObjects(backend)
    this.#partials = partials
    this.#views = createViews(async (id, partial) => {
      const open = await repositories.open(id)
      return viewSource(open, partial ? partials.over(id, open.objects) : open.objects)
    })
    this.#stopHints = backend.onChange?.((id) => this.#changed(id)) ?? (() => undefined)
  }

  /** Drops what tabs that are gone left staged, or read. */
  static async open(options: LocalGitStoreOptions): Promise<LocalGitStore> {
    await collectStagings(options.backend, options.locks)
    await collectRetired(options.backend, options.locks)
    return new LocalGitStore(options)
  }

  async repositories() {
    const found: StoredRepository[] = []
    for (const { id } of await this.#backend.repositories()) {
      const repository = await this.repository(id)
      if (repository !== undefined) found.push(repository)
    }
    return found
  }

  async repository(id: RepositoryKey) {
    const open = await this.#checked(() => this.#repositories.find(id))
    return open === undefined ? undefined : storedRepository(open)
  }

  async removeRepository(id: RepositoryKey) {
    await this.#intake.discardAll(id)
    this.#partialIntake.discardAll(id)
    this.#bases.carried.settle(id)
    await this.#backend.removeRepository(id)
    await this.#tidying.dropRetired()
    // Finding nothing lets go of what is remembered of it.
    await this.#repositories.find(id)
    this.#partials.forget(id)
    this.#changed(id)
  }

  async usage() {
    const used: Array<{ id: RepositoryKey; bytes: number }> = []
    const packs = await this.#backend.packs()
    for (const { id } of await this.#backend.repositories()) {
      let bytes = (await this.#backend.looseBytes(id)) + (await this.#partials.size(id)).bytes
      for (const { key, size, holders, wanted } of packs) {
        if (holders.includes(id)) bytes += size
        // Of what is being fetched, what is here.
        else if (wanted.includes(id)) bytes += Math.min(size, (await this.#backend.presentRows(key)).length * ROW_BYTES)
      }
      used.push({ id, bytes })
    }
    return used
  }

  async signedRefs(id: RepositoryKey) {
    const open = await this.#checked(() => this.#repositories.find(id))
    const rows = open?.snapshot.signedRefs ?? []
    return rows.map((row) => ({ ...row, envelope: row.envelope.slice(), list: row.list.slice() }))
  }

  async transact(transaction: Transaction) {
    const parts = { backend: this.#backend, repositories: this.#repositories, staged: this.#staged }
    const done = await this.#checked(() => transact(parts, transaction))
    if (transaction.mended === true) await collectLost(this.#backend, this.#locks, transaction.repository)
    if ((transaction.refs ?? []).length > 0) this.#bases.carried.settle(transaction.repository)
    this.#changed(transaction.repository)
    this.#tidying.schedule(transaction.repository)
    return done
  }

  /** Rolls up what came in small pieces, leaves out what nothing reaches: see `Tidying`. Nobody needs to call it. */
  async tidy(id: RepositoryKey, options?: TidyOptions) {
    await this.#checked(() => this.#tidying.run(id, options))
  }

  async importBundle(id: RepositoryKey, source: Blob, options?: CallOptions) {
    checkKey(id)
    return await this.#checked(() => this.#intake.bundle(id, source, options))
  }

  async importFolder(id: RepositoryKey, source: FolderSource, options?: CallOptions) {
    checkKey(id)
    return await this.#checked(() => this.#intake.folder(id, source, options))
  }

  async importUrl(id: RepositoryKey, source: UrlSource, options?: CallOptions) {
    checkKey(id)
    return await this.#checked(() => this.#intake.url(id, source, options))
  }

  async importFiles(id: RepositoryKey, request: CommitRequest, options?: CallOptions) {
    checkKey(id)
    return await this.#checked(() => this.#intake.files(id, request, options))
  }

  async stageCommit(id: RepositoryKey, request: CommitRequest, options?: CallOptions) {
    checkKey(id)
    return await this.#checked(() => this.#intake.files(id, request, options))
  }

  async openPackWriter(id: RepositoryKey, options: { claimed?: RefEntry[] } = {}) {
    checkKey(id)
    return await this.#checked(() => this.#intake.openWriter(id, options.claimed ?? []))
  }

  async writePack(writer: PackWriterId, bytes: Uint8Array) {
    if (this.#partialIntake.has(writer)) await this.#partialIntake.write(writer, bytes)
    else await this.#intake.write(writer, bytes)
  }

  async finishPack(writer: PackWriterId, options?: CallOptions) {
    try {
      return await this.#intake.finish(writer, options)
    } catch (error) {
      // Not tried again where a row was bad, for the writer is used up: whoever sends will be asked again.
      if (error instanceof StoredRowError) await this.#damage.report(error)
      throw error
    }
  }

  async stagePack(id: RepositoryKey, bytes: Uint8Array, options: { claimed?: RefEntry[] } = {}) {
    const writer = await this.openPackWriter(id, options)
    try {
      await this.writePack(writer, bytes)
      return await this.finishPack(writer)
    } catch (error) {
      await this.discard(writer)
      throw error
    }
  }

  async hasStaged(staging: StagingId, oids: Oid[]) {
    const { objects } = this.#staged.get(staging)
    return await Promise.all(oids.map((oid) => objects.has(oid)))
  }

  async discard(staging: StagingId) {
    this.#partialIntake.discard(staging)
    await this.#intake.discard(staging)
  }

  async stageBasePack(id: RepositoryKey, packId: PackId, manifest: Uint8Array) {
    checkKey(id)
    return await this.#bases.stage(id, packId, manifest)
  }

  async putChunk(packId: PackId, index: number, bytes: Uint8Array) {
    await this.#bases.put(packId, index, bytes)
  }

  async flushChunks(packId: PackId) {
    await this.#bases.flush(packId)
  }

  async finishBasePack(id: RepositoryKey, packId: PackId, options?: CallOptions) {
    return await this.#checked(() => this.#intake.finishBase(id, packId, options))
  }

  async stagedManifest(id: RepositoryKey, packId: PackId) {
    return await this.#bases.manifest(id, packId)
  }

  async stagedChunk(id: RepositoryKey, packId: PackId, index: number) {
    return await this.#bases.carried.chunk(id, packId, index, this.#rows, this.#bases.pending(packId, index))
  }

  async dropBasePack(packId: PackId) {
    if (await this.#bases.isShared(packId)) return
    for (const { staging, base } of this.#staged.all()) if (base?.packId === packId) await this.discard(staging)
    await this.#bases.drop(packId)
  }

  async openPartialWriter(id: RepositoryKey, limits: PartialPackLimits) {
    checkKey(id)
    return this.#partialIntake.open(id, limits)
  }

  async finishPartial(writer: PackWriterId, wants: Oid[]) {
    const { id, objects } = await this.#partialIntake.finish(writer, wants)
    return await this.#partials.add(id, objects)
  }

  async partialSize(id: RepositoryKey) {
    return await this.#partials.size(id)
  }

  async dropPartial(id: RepositoryKey) {
    await this.#partials.drop(id)
  }

  async inventory(id: RepositoryKey) {
    return await this.#checked(() => this.#serving.inventory(id))
  }

  async manifest(id: RepositoryKey, packId: PackId) {
    return await this.#checked(() => this.#serving.manifest(id, packId))
  }

  async chunk(id: RepositoryKey, packId: PackId, index: number) {
    return await this.#checked(() => this.#serving.chunk(id, packId, index))
  }

  async openObjects(id: RepositoryKey, request: ObjectsRequest, options?: CallOptions) {
    return this.#readers.open(await this.#checked(() => this.#serving.objects(id, request, options)))
  }

  async readPack(reader: PackReaderId, maxBytes: number) {
    return await this.#readers.read(reader, maxBytes)
  }

  async closeReader(reader: PackReaderId) {
    await this.#readers.close(reader)
  }

  async openBundle(id: RepositoryKey, options?: CallOptions) {
    return this.#readers.open(await this.#checked(() => this.#serving.bundle(id, options)))
  }

  async has(id: RepositoryKey, oids: Oid[]) {
    const objects = await this.#checked(() => this.#repositories.objects(id))
    return oids.map((oid) => objects.hasNow(oid))
  }

  async independent(id: RepositoryKey, oids: Oid[]) {
    return await this.#checked(async () => await independent((await this.#repositories.open(id)).objects, oids))
  }

  async isAncestor(id: RepositoryKey, ancestor: Oid, descendant: Oid) {
    return await this.#checked(async () => {
      const { objects } = await this.#repositories.open(id)
      return await isAncestor(objects, ancestor, descendant)
    })
  }

  async skippedHaves(id: RepositoryKey, tips: Oid[], { signal }: CallOptions = {}) {
    return await this.#checked(async () => {
      const { objects } = await this.#repositories.open(id)
      return await skippedHaves(objects, tips, MAX_HAVES, signal)
    })
  }

  async mergeBase(id: RepositoryKey, a: Oid, b: Oid) {
    return await this.#checked(async () => await mergeBase((await this.#repositories.open(id)).objects, a, b))
  }

  async mergeBases(id: RepositoryKey, a: Oid, b: Oid) {
    return await this.#checked(async () => await mergeBases((await this.#repositories.open(id)).objects, a, b))
  }

  async merge(id: RepositoryKey, ours: Oid, theirs: Oid, options?: MergeOptions & CallOptions) {
    return await this.#checked(async () => {
      const { objects } = await this.#repositories.open(id)
      return await mergeView(objects, ours, theirs, options)
    })
  }

  async stageMerge(id: RepositoryKey, request: MergeRequest, options?: CallOptions) {
    checkKey(id)
    return await this.#checked(() => this.#intake.merge(id, request, options))
  }

  async resolve(id: RepositoryKey, revision: string, options?: ReadOptions) {
    return await this.#checked(() => this.#views.resolve(id, revision, options))
  }

  async tree(id: RepositoryKey, commit: Oid, path: string, options?: ReadOptions) {
    return await this.#checked(() => this.#views.tree(id, commit, path, options))
  }

  async lastCommits(id: RepositoryKey, commit: Oid, path: string, options?: CallOptions) {
    return await this.#checked(() => this.#views.lastCommits(id, commit, path, options))
  }

  async blob(id: RepositoryKey, commit: Oid, path: string, options?: BlobOptions) {
    return await this.#checked(() => this.#views.blob(id, commit, path, options))
  }

  async log(id: RepositoryKey, commit: Oid, options?: LogOptions & CallOptions) {
    return await this.#checked(() => this.#views.log(id, commit, options))
  }

  async commit(id: RepositoryKey, oid: Oid, options?: ReadOptions) {
    return await this.#checked(() => this.#views.commit(id, oid, options))
  }

  async diff(id: RepositoryKey, from: Oid | null, to: Oid, options?: DiffOptions & CallOptions) {
    return await this.#checked(() => this.#views.diff(id, from, to, options))
  }

  async countCommits(id: RepositoryKey, commit: Oid, options?: CallOptions) {
    return await this.#checked(() => this.#views.countCommits(id, commit, options))
  }

  onChange(listener: (id: RepositoryKey) => void) {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  async close() {
    this.#stopHints()
    this.#listeners.clear()
    await this.#tidying.close()
    await this.#readers.closeAll()
    await this.#intake.discardAll()
    this.#partialIntake.discardAll()
    await this.#bases.closeAll()
    await this.#backend.close()
  }

  #changed(id: RepositoryKey): void {
    for (const listener of this.#listeners) listener(id)
  }

  /** Where a row turns out to be bad, its pack goes back to staging, and what was asked is tried once more without it. */
  async #checked<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (error) {
      if (!(error instanceof StoredRowError)) throw error
      await this.#damage.report(error)
      return await action()
    }
  }
}

function viewSource({ objects: closed, snapshot }: OpenRepository, objects: ObjectSource): ViewSource {
  const expand = async (prefix: string) => await closed.expand(prefix)
  return { objects, partial: objects !== closed, refs: snapshot.refs, head: snapshot.repository.head, expand }
}

function storedRepository({ snapshot }: OpenRepository): StoredRepository {
  const { id, documents, settings, generation, head, sharing, damaged, createdAt, updatedAt } = snapshot.repository
  return {
    id,
    // Copies: what is returned is the caller's own, and is transferred out of a worker.
    documents: documents.map((bytes) => bytes.slice()),
    settings: settings.slice(),
    generation,
    head,
    refs: snapshot.refs.map((ref) => ({ ...ref })),
    ...(sharing === undefined ? {} : { sharing: [...sharing] }),
    ...(damaged === undefined ? {} : { damaged }),
    createdAt,
    updatedAt,
  }
}
