import { CHUNK_BYTES } from '../../wire/limits.ts'
import { Rate } from './rate.ts'
import type { Bitfield } from './bitfield.ts'

/** Chunks asked of a source before its rate is known. */
const FIRST_ASKED = 4
/** Chunks asked of one source: 4 MiB, twice what its credit lets be on the way, so that the next are queued at its side. */
export const MAX_ASKED_PER_SOURCE = 16
/** Milliseconds of work that a source has in front of it: above any round trip, below what one would wait for. */
export const LEAD = 1000
/** Less near the end, where others would wait for what one has too much of. */
export const LEAD_ENDING = 300

/** One request for chunks: they come in this order. */
export interface ChunkRequest {
  readonly number: number
  readonly peer: string
  /** As they were asked. */
  readonly chunks: readonly number[]
  /** A second copy, at the very end. */
  readonly double: boolean
}

/** A request that is under way. */
interface Running {
  request: ChunkRequest
  /** Milliseconds: when it was asked. */
  at: number
  /** Chunks that have not come, the one that is being sent first. */
  left: number[]
}

/** What the scheduler knows of one peer that has chunks of the pack. */
export class Source {
  readonly peer: string
  has: Bitfield
  /** What it would like to be asked for, of what it has; null: anything. */
  offered: Bitfield | null
  readonly rate = new Rate()
  /** Chunks that it was too slow with: others are asked for these. */
  readonly shunned = new Set<number>()
  /** How often it fell silent with something asked of it. */
  stalls = 0
  /** It fell silent, and nothing has come since. */
  silent = false
  /** Milliseconds: nothing is asked of it before. */
  pausedUntil = 0
  /** When bytes came last, or else were asked for. */
  heardAt = 0
  readonly running: Running[] = []
  /** Bytes of the chunk that is being sent. */
  #headBytes = 0

  constructor(peer: string, has: Bitfield, offered: Bitfield | null) {
    this.peer = peer
    this.has = has
    this.offered = offered
  }

  /** Chunks that it was asked for and that have not come. */
  get asked(): number {
    return this.running.reduce((sum, { left }) => sum + left.length, 0)
  }

  /** It has the chunk, and does not mind being asked for it. */
  gives(chunk: number): boolean {
    return this.has.has(chunk) && this.offered?.has(chunk) !== false
  }

  /** How many chunks may be asked of it at a time: what it brings in `lead` milliseconds, and one more. */
  limit(now: number, lead: number): number {
    if (this.silent) return 1
    const rate = this.rate.at(now)
    if (rate === undefined) return FIRST_ASKED
    return Math.min(MAX_ASKED_PER_SOURCE, Math.ceil((rate * lead) / 1000 / CHUNK_BYTES) + 1)
  }

  /** Milliseconds until `chunks` more would be here; a source that is not known yet counts as `otherwise` bytes a second. */
  eta(now: number, chunks: number, otherwise: number): number {
    const rate = this.rate.at(now) ?? otherwise
    return rate <= 0 ? Infinity : (1000 * ((this.asked + chunks) * CHUNK_BYTES - this.#headBytes)) / rate
  }

  /** Milliseconds until the first `chunks` of what was asked are here. */
  etaOfFirst(now: number, chunks: number, otherwise: number): number {
    const rate = this.rate.at(now) ?? otherwise
    return rate <= 0 ? Infinity : (1000 * (chunks * CHUNK_BYTES - this.#headBytes)) / rate
  }

  /** Bytes of the chunk that is being sent have come. */
  get started(): boolean {
    return this.#headBytes > 0
  }

  begin(request: ChunkRequest, now: number): void {
    if (this.asked === 0) {
      this.rate.start(now)
      this.heardAt = now
    }
    this.running.push({ request, at: now, left: [...request.chunks] })
  }

  bytes(count: number, now: number): void {
    this.rate.add(count, now)
    this.#headBytes += count
    this.heardAt = now
    this.silent = false
  }

  /** A chunk came whole. Returns the milliseconds since it was asked for; undefined where it was not. */
  came(request: ChunkRequest, chunk: number, now: number): number | undefined {
    const at = this.running.findIndex((running) => running.request === request)
    const running = this.running[at]
    if (running === undefined) return undefined
    const index = running.left.indexOf(chunk)
    if (index < 0) return undefined
    running.left.splice(index, 1)
    this.#headBytes = 0
    if (running.left.length === 0) this.running.splice(at, 1)
    if (this.asked === 0) this.rate.stop(now)
    return now - running.at
  }

  /** Ends a request; what it still had to bring. */
  end(request: ChunkRequest, now: number): number[] {
    const at = this.running.findIndex((running) => running.request === request)
    const [running] = at < 0 ? [] : this.running.splice(at, 1)
    if (running === undefined) return []
    if (at === 0) this.#headBytes = 0
    if (this.asked === 0) this.rate.stop(now)
    return running.left
  }
}
