import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { git } from '../../../../playwright/fixtures/git.ts'
import { bundleOf } from '../../../../playwright/fixtures/hostile.ts'
import { makeRepository } from '../../../../playwright/fixtures/make-repository.ts'
import type { Backend } from '../../backend/backend.ts'
import { DiskReader } from '../../import/node.ts'
import { indexPackBytes, INDEX_LIMITS, MemoryPack } from '../../pack/index.ts'
import type { Oid, RefEntry } from '../../types.ts'
import type { GitStore, PackReader, Staged } from '../git-store.ts'
import { LocalGitStore } from '../local-git-store.ts'
import { ProcessLocks } from '../locks.ts'

/** One place where a store keeps its data. */
export interface StorePlace {
  backend(): Promise<Backend>
  /** Changes a byte of a stored row, as a failing disk does. */
  damage(key: string, row: number, at: number): Promise<void>
  destroy(): Promise<void>
}

export const id = 'repository-1'
export const other = 'repository-2'
export const writer = { identity: 'ana', writer: 'tab', envelope: new Uint8Array([1]), list: new Uint8Array([2]) }

/** A new store for every test, and a repository made by stock git for all of them. */
export class StoreRig {
  dir = ''
  /** The repository that stock git made, its branches and tags, and a bundle of it. */
  source = ''
  refs: RefEntry[] = []
  bundle = new Blob()
  readonly #makePlace: () => Promise<StorePlace>
  readonly #places: StorePlace[] = []
  readonly #stores: LocalGitStore[] = []
  #now: { place: StorePlace; backend: Backend; store: LocalGitStore; locks: ProcessLocks } | undefined

  constructor(makePlace: () => Promise<StorePlace>) {
    this.#makePlace = makePlace
  }

  get place(): StorePlace {
    return this.#current.place
  }
  get backend(): Backend {
    return this.#current.backend
  }
  get store(): LocalGitStore {
    return this.#current.store
  }
  get locks(): ProcessLocks {
    return this.#current.locks
  }

  get #current() {
    if (this.#now === undefined) throw new Error('Only within a test.')
    return this.#now
  }

  async makeSource(): Promise<void> {
    this.dir = mkdtempSync(join(tmpdir(), 'guts-store-'))
    this.source = await makeRepository(join(this.dir, 'source'), { commits: 60, seed: 7 })
    const lines = git(this.source, ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/tags'])
    this.refs = lines.split('\n').map((line) => ({ name: line.slice(0, -41), oid: line.slice(-40) }))
    this.bundle = await openAsBlob(bundleOf(this.source, join(this.dir, 'source.bundle')))
  }

  removeSource(): void {
    rmSync(this.dir, { recursive: true })
  }

  async start(): Promise<void> {
    const locks = new ProcessLocks()
    const place = await this.newPlace()
    this.#now = { place, locks, ...(await this.open(place, locks)) }
  }

  async stop(): Promise<void> {
    for (const store of this.#stores.splice(0)) await store.close()
    for (const place of this.#places.splice(0)) await place.destroy()
  }

  async newPlace(): Promise<StorePlace> {
    const place = await this.#makePlace()
    this.#places.push(place)
    return place
  }

  async open(place: StorePlace, locks: ProcessLocks): Promise<{ store: LocalGitStore; backend: Backend }> {
    return await this.openOver(await place.backend(), locks)
  }

  /** A store over a backend that somebody tampers with. */
  async openOver(backend: Backend, locks: ProcessLocks): Promise<{ store: LocalGitStore; backend: Backend }> {
    const store = await LocalGitStore.open({ backend, locks, openPath: (path) => new DiskReader(path) })
    this.#stores.push(store)
    return { store, backend }
  }

  async close(store: LocalGitStore): Promise<void> {
    this.#stores.splice(this.#stores.indexOf(store), 1)
    await store.close()
  }

  async reopen(): Promise<void> {
    const { place, locks, store } = this.#current
    await this.close(store)
    this.#now = { place, locks, ...(await this.open(place, locks)) }
  }

  async admit(to: GitStore, repository: string, staged: Staged, refs = staged.refs): Promise<void> {
    await to.transact({ repository, create: true, refs, head: staged.head, admit: [staged.staging] })
  }

  /** The source is in the store, as `id`. */
  async imported(): Promise<void> {
    await this.admit(this.store, id, await this.store.importBundle(id, this.bundle))
  }

  async bundleFrom(store: GitStore, repository: string): Promise<string> {
    const file = join(this.dir, `out-${Math.random()}.bundle`)
    writeFileSync(file, await readAll(store, await store.openBundle(repository)))
    return file
  }

  async nothingStaged(): Promise<void> {
    expect((await this.backend.packs()).filter(({ state }) => state === 'staging')).toEqual([])
  }
}

export async function readAll(store: GitStore, { reader }: PackReader): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for (let part = await store.readPack(reader, 100_000); part !== null; part = await store.readPack(reader, 100_000)) {
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}

export async function sendPack(store: GitStore, to: string, pack: Uint8Array, claimed: RefEntry[]): Promise<Staged> {
  const packWriter = await store.openPackWriter(to, { claimed })
  for (let at = 0; at < pack.length; at += 10_000) await store.writePack(packWriter, pack.slice(at, at + 10_000))
  return await store.finishPack(packWriter)
}

/** Brings the chunks over that are not there yet. */
export async function fetchPack(from: GitStore, to: GitStore, packId: string): Promise<void> {
  const state = await to.stageBasePack(id, packId, await from.manifest(id, packId))
  for (let n = 0; n < state.chunks; n++) {
    if (((state.present[n >> 3] as number) & (0x80 >> (n & 7))) !== 0) continue
    await to.putChunk(packId, n, await from.chunk(id, packId, n))
  }
  await to.flushChunks(packId)
}

export async function oidsIn(pack: Uint8Array): Promise<Oid[]> {
  const { index } = await indexPackBytes(new MemoryPack(pack), { limits: INDEX_LIMITS, closure: false })
  return Array.from({ length: index.count }, (_, n) =>
    Buffer.from(index.oids.subarray(20 * n, 20 * n + 20)).toString('hex'),
  )
}
