import { ChunkMissingError } from '../errors.ts'
import { INDEX_LIMITS, PackIndexer, type IndexedPack, type Manifest, type PackBytes } from '../pack/index.ts'
import { pause } from '../pack/pause.ts'
import type { CallOptions } from '../types.ts'
import type { PackId } from './git-store.ts'

/**
 * Chunks that are kept in memory because they came before their turn, 8 MiB: as many as a transfer asks for beyond the first
 * that is missing. What does not fit is read again when its turn comes.
 */
export const MAX_AHEAD = 32

export interface BaseStreamInit {
  packId: PackId
  manifest: Manifest
  /** A chunk that came earlier, checked; undefined where it is not here. */
  read: (n: number) => Promise<Uint8Array | undefined>
}

/**
 * The first pass over a base pack while its chunks come, in any order: whenever the next one in order is here it is indexed,
 * out of memory if it came just now. What an earlier visit or another tab stored is read again.
 */
export class BaseStream {
  readonly #init: BaseStreamInit
  readonly #indexer = new PackIndexer({ limits: INDEX_LIMITS, closure: true })
  readonly #ahead = new Map<number, Uint8Array>()
  /** The chunk whose turn it is. */
  #next = 0
  #running: Promise<void> | undefined
  /** `finish` does the steps itself. */
  #finishing = false
  #stopped = false
  /** What the pass ended with: there is no going on. */
  #failed: { error: unknown } | undefined
  #stepped = Promise.withResolvers<void>()

  constructor(init: BaseStreamInit) {
    this.#init = init
  }

  /**
   * A chunk that was checked, whose bytes nobody changes. Resolves when more may come: at once, unless the pass is behind
   * with what it has in memory.
   */
  async take(n: number, bytes: Uint8Array): Promise<void> {
    while (this.#ahead.size >= MAX_AHEAD && this.#ahead.has(this.#next)) await this.#stepped.promise
    if (n < this.#next || this.#isOver) return
    if (this.#ahead.size < MAX_AHEAD || n === this.#next) this.#ahead.set(n, bytes)
    this.wake()
  }

  /** Goes on, where it waits for a chunk that is here now. */
  wake(): void {
    if (this.#finishing) return
    // What could not be read is read again at the end, where somebody hears of it.
    this.#running ??= this.#run().catch(() => undefined)
  }

  /**
   * The rest of the pass and what comes after it; all chunks are here. Rejects with `PackError`, or with `ChunkMissingError`
   * where one cannot be read any more. The stream is used up.
   */
  async finish(pack: PackBytes, options: CallOptions): Promise<IndexedPack> {
    const { packId, manifest } = this.#init
    this.#finishing = true
    await this.#running
    while (this.#next < manifest.chunks && this.#failed === undefined) {
      options.signal?.throwIfAborted()
      if (!(await this.#step()) && this.#failed === undefined) throw new ChunkMissingError(packId, this.#next)
      options.onProgress?.({
        phase: 'index',
        bytes: this.#indexer.received,
        totalBytes: manifest.size,
        ...this.#indexer.progress,
      })
      await pause()
    }
    if (this.#failed !== undefined) throw this.#failed.error
    return await this.#indexer.finish(pack, options)
  }

  /** Nobody waits for it any more. */
  stop(): void {
    this.#stopped = true
    this.#ahead.clear()
    this.#stepped.resolve()
  }

  get #isOver(): boolean {
    return this.#stopped || this.#failed !== undefined
  }

  async #run(): Promise<void> {
    try {
      while (!this.#finishing && (await this.#step())) await pause()
    } finally {
      this.#running = undefined
    }
    // It came after it was looked for: who brought it found the pass running. Those who wait for room would wait for ever.
    if (!this.#isOver && this.#ahead.has(this.#next)) this.wake()
  }

  /** Indexes the chunk whose turn it is; false where it is not here. */
  async #step(): Promise<boolean> {
    const n = this.#next
    if (n >= this.#init.manifest.chunks) return false
    const stored = this.#ahead.has(n) ? undefined : await this.#init.read(n)
    // It may have come meanwhile.
    const bytes = this.#ahead.get(n) ?? stored
    if (bytes === undefined || this.#isOver) return false
    try {
      await this.#indexer.write(bytes)
      this.#next++
    } catch (error) {
      this.#failed = { error }
      this.#ahead.clear()
    }
    this.#ahead.delete(n)
    this.#stepped.resolve()
    this.#stepped = Promise.withResolvers<void>()
    return this.#failed === undefined
  }
}
