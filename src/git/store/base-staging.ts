import type { Backend, PackKey, PackRow, Row } from '../backend/backend.ts'
import { ChunkMismatchError, ChunkMissingError, ManifestError, PackError, StagingNotFoundError } from '../errors.ts'
import { bytesToHex, equalBytes } from '../object/index.ts'
import {
  checkChunk,
  CHUNK_BYTES,
  decodeManifest,
  packIdOf,
  type IndexedPack,
  type Manifest,
  type PackBytes,
} from '../pack/index.ts'
import type { CallOptions, RepositoryKey } from '../types.ts'
import { BaseStream } from './base-stream.ts'
import { CarriedPacks } from './carried.ts'
import type { BasePackState, PackId } from './git-store.ts'
import { tryHold, type HeldLock, type Locks } from './locks.ts'
import { stagingRow } from './pack-storage.ts'
import { readingLock } from './reading.ts'
import { RowWriter } from './row-writer.ts'
import { tipsOf } from './staged.ts'
import { rowCount } from './stored-bytes.ts'

/** Held, shared, by every tab that fetches the pack: its chunks stay as long as one of them does. */
export function fetchLock(packId: PackId): string {
  return `guts-fetch-${packId}`
}

/** A base pack that is fetched chunk by chunk. */
export interface BaseSession {
  packId: PackId
  key: PackKey
  bytes: Uint8Array
  manifest: Manifest
}

interface OpenSession extends BaseSession {
  lock: HeldLock | null
  present: Set<number>
  /** Rows that are there and are not what the manifest says (any more): as good as absent. */
  bad: Set<number>
  rows: RowWriter
  /** Begun with the first chunk that comes. */
  stream: BaseStream | undefined
}

/** Keeps the chunks of base packs as they come, and indexes them meanwhile. What is here stays, across reloads and tabs. */
export class BaseStaging {
  readonly carried = new CarriedPacks()
  readonly #backend: Backend
  readonly #locks: Locks
  readonly #sessions = new Map<PackId, OpenSession>()

  constructor(backend: Backend, locks: Locks) {
    this.#backend = backend
    this.#locks = locks
  }

  async stage(id: RepositoryKey, packId: PackId, bytes: Uint8Array): Promise<BasePackState> {
    const manifest = decodeManifest(bytes)
    if ((await packIdOf(bytes)) !== packId)
      throw new ManifestError('The manifest is that of another pack. Ask another holder.')
    const row = await this.#row(id, packId, bytes, manifest)
    this.carried.carry(id, packId, row, manifest)
    const session = await this.#session(packId, row, bytes, manifest)
    await this.#lookAgain(session)
    const present = new Uint8Array(Math.ceil(manifest.chunks / 8))
    for (const n of [...session.present, ...session.rows.numbers]) {
      if (n < manifest.chunks) present[n >> 3] = (present[n >> 3] as number) | (0x80 >> (n & 7))
    }
    const verified = row.state === 'verified' && row.holders.includes(id)
    const { size, chunks, objects } = manifest
    const state = { size, chunks, objects, present, verified, carried: this.carried.has(id, packId) }
    if (!verified) return state
    await this.close(packId)
    return { ...state, tips: tipsOf(row.roots) }
  }

  async put(packId: PackId, index: number, bytes: Uint8Array): Promise<void> {
    const session = this.session(packId)
    if (!(await checkChunk(session.manifest, index, bytes))) throw new ChunkMismatchError(packId, index)
    if (session.present.has(index) || session.rows.waiting(index) !== undefined) return
    await Promise.all([session.rows.add({ n: index, bytes }), this.#stream(session).take(index, bytes)])
  }

  /** All that came is durable. */
  async flush(packId: PackId): Promise<void> {
    await this.session(packId).rows.flush()
  }

  /** All chunks are here and durable. Rejects with `ChunkMissingError` where one is not. */
  async complete(packId: PackId): Promise<BaseSession> {
    const session = this.session(packId)
    await this.flush(packId)
    await this.#lookAgain(session)
    for (let n = 0; n < session.manifest.chunks; n++) {
      if (!session.present.has(n)) throw new ChunkMissingError(packId, n)
    }
    return session
  }

  /**
   * Indexes a pack of which all is here: what is left of it, where it was indexed while it came. Rejects with `PackError`,
   * with `ChunkMissingError` where a stored chunk is damaged.
   */
  async index(packId: PackId, pack: PackBytes, options: CallOptions): Promise<IndexedPack> {
    const session = this.session(packId)
    const stream = this.#stream(session)
    try {
      return await stream.finish(pack, options)
    } finally {
      stream.stop()
      session.stream = undefined
    }
  }

  /** The manifest of a pack that `id` wants, from an earlier try. */
  async manifest(id: RepositoryKey, packId: PackId): Promise<Uint8Array | undefined> {
    const rows = await this.#backend.packsById(packId)
    const row = rows.find((it) => it.wanted.includes(id) || (it.state === 'verified' && it.holders.includes(id)))
    return row?.manifest?.slice()
  }

  /** A chunk that came and is not written yet. */
  pending(packId: PackId, index: number): Uint8Array | undefined {
    return this.#sessions.get(packId)?.rows.waiting(index)
  }

  session(packId: PackId): OpenSession {
    const session = this.#sessions.get(packId)
    if (session === undefined) throw new StagingNotFoundError()
    return session
  }

  /** This tab no longer fetches it; what is here stays. */
  async close(packId: PackId): Promise<void> {
    const session = this.#sessions.get(packId)
    this.#sessions.delete(packId)
    session?.stream?.stop()
    session?.rows.stop()
    await session?.lock?.release()
  }

  async closeAll(): Promise<void> {
    for (const packId of [...this.#sessions.keys()]) await this.close(packId)
  }

  /** Several repositories fetch it: its rows stay for the others, whichever of them gives up. */
  async isShared(packId: PackId): Promise<boolean> {
    const rows = await this.#backend.packsById(packId)
    return rows.some((row) => isFetched(row) && row.wanted.length > 1)
  }

  /** Drops the chunks, unless another tab fetches the pack or a repository holds it. */
  async drop(packId: PackId): Promise<void> {
    this.carried.drop(packId)
    await this.#sessions.get(packId)?.rows.stopped()
    await this.close(packId)
    await this.#locks.request(fetchLock(packId), { mode: 'exclusive', ifAvailable: true }, async (lock) => {
      if (lock === null) return
      for (const row of await this.#backend.packsById(packId)) {
        if (isFetched(row)) await this.#backend.dropPack(row.key)
      }
    })
  }

  async #write(session: OpenSession, rows: Row[]): Promise<void> {
    await this.#writeRows(session, rows)
    for (const { n } of rows) {
      session.present.add(n)
      session.bad.delete(n)
    }
    session.stream?.wake()
  }

  async #writeRows(session: OpenSession, rows: Row[]): Promise<void> {
    try {
      await this.#backend.writeRows(session.key, rows)
    } catch (error) {
      // Verified meanwhile, in another tab: then these very bytes are here. Dropped: the transfer has to begin anew.
      if (!(error instanceof StagingNotFoundError)) throw error
      if ((await this.#backend.pack(session.key))?.state !== 'verified') {
        await this.close(session.packId)
        throw error
      }
    }
  }

  /** The pack's row, which says that `id` wants it; a new one where there is none. */
  async #row(id: RepositoryKey, packId: PackId, bytes: Uint8Array, manifest: Manifest): Promise<PackRow> {
    const rows = await this.#backend.packsById(packId)
    const verified = rows.find(({ state }) => state === 'verified')
    if (verified !== undefined) return verified
    // What was replaced here is wanted again: it comes anew, once nobody reads it any more.
    for (const { key } of rows.filter(({ state }) => state === 'retired')) {
      await this.#locks.request(readingLock(key), { mode: 'exclusive' }, async () => await this.#backend.dropPack(key))
    }
    const fetched = rows.find(isFetched)
    if (fetched?.wanted.includes(id) === true) return fetched
    const wanted = [...(fetched?.wanted ?? []), id]
    if (fetched !== undefined) return await this.#backend.updateStaging(fetched.key, { wanted })
    const row: PackRow = { ...stagingRow(packId), kind: 'base', packId, manifest: bytes, size: manifest.size, wanted }
    const added = await this.#backend.addPack(row)
    if (added.state === 'staging' && !added.wanted.includes(id)) {
      return await this.#backend.updateStaging(added.key, { wanted: [...added.wanted, id] })
    }
    return added
  }

  async #session(packId: PackId, row: PackRow, bytes: Uint8Array, manifest: Manifest): Promise<OpenSession> {
    const open = this.#sessions.get(packId)
    if (open?.key === row.key) return open
    // What it was fetched into went with the repository that held it.
    if (open !== undefined) await this.close(packId)
    const lock = await tryHold(this.#locks, fetchLock(packId), 'shared')
    const session: OpenSession = {
      packId,
      key: row.key,
      bytes,
      manifest,
      lock,
      present: new Set(),
      bad: new Set(),
      rows: new RowWriter(async (rows) => await this.#write(session, rows)),
      stream: undefined,
    }
    this.#sessions.set(packId, session)
    return session
  }

  /** What is stored now: other tabs store chunks too. */
  async #lookAgain(session: OpenSession): Promise<void> {
    const rows = await this.#backend.presentRows(session.key)
    session.present = new Set(rows.filter((n) => !session.bad.has(n)))
  }

  #stream(session: OpenSession): BaseStream {
    const { packId, manifest } = session
    session.stream ??= new BaseStream({ packId, manifest, read: async (n) => await this.#read(session, n) })
    return session.stream
  }

  /** A chunk that came earlier. What was stored is checked again: a bad one is to be fetched anew, and nobody's fault. */
  async #read(session: OpenSession, n: number): Promise<Uint8Array | undefined> {
    const waiting = session.rows.waiting(n)
    if (waiting !== undefined || !session.present.has(n)) return waiting
    const row = await this.#backend.readRow(session.key, n)
    if (row !== undefined && (await checkChunk(session.manifest, n, row))) return row
    session.present.delete(n)
    session.bad.add(n)
    return undefined
  }
}

/** Staged for somebody who fetches it, or gave back since it was damaged; what an import writes is nobody's yet. */
function isFetched(row: PackRow): boolean {
  return row.state === 'staging' && (row.key === row.packId || row.wanted.length > 0)
}

/** Checks what the manifest says of the pack against its index: a peer could have made it up. */
export function checkManifestOf(
  manifest: Manifest,
  index: { count: number; offsets: Float64Array; trailer: Uint8Array },
): void {
  const first = new Float64Array(rowCount(manifest.size)).fill(0xffffffff)
  for (let i = 0; i < index.count; i++) {
    const offset = index.offsets[i] as number
    const chunk = Math.floor(offset / CHUNK_BYTES)
    first[chunk] = Math.min(first[chunk] as number, offset - chunk * CHUNK_BYTES)
  }
  const same = first.every((offset, chunk) => offset === manifest.firstEntries[chunk])
  if (manifest.objects !== index.count || !equalBytes(manifest.trailer, index.trailer) || !same) {
    throw new PackError(`The manifest is not that of its pack ${bytesToHex(index.trailer)}. Ask another holder.`)
  }
}
