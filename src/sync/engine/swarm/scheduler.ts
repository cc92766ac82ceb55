import type { Bitfield } from './bitfield.ts'
import { LEAD, LEAD_ENDING, Source, type ChunkRequest } from './source.ts'

/** Missing chunks, from the first gap on, among which the rarest is asked for first: what is here stays nearly in order. */
export const WINDOW = 32
/** Missing chunks that are looked at for a source that has none of the window. */
const BEYOND = 1024
/** Chunks that are asked for and not stored yet, of all sources together: 8 MiB, whatever the number of sources. */
export const MAX_OUTSTANDING = 32
/** Chunks that may be on their way into the store while more is read: with so many it is the store that is waited for. */
export const MAX_STORING = 8
/** Sources that are asked at a time: each may be slow with one chunk, and there must be room for those that are not. */
export const MAX_BUSY_SOURCES = 16
/** Milliseconds without a byte after which a source's share goes to others. */
export const SILENCE = 3000
/** Bytes a second below which a source counts as silent where others are faster: a chunk would take half a minute. */
const HOPELESS_RATE = 8192
/** How often a source may fall silent before it is asked no more, as long as there are others. */
const MAX_STALLS = 2
/** Each time that nobody else brought what a holder would rather not be asked for, half as long is waited: at least this share. */
const LEAST_PATIENCE = 1 / 32
/** Milliseconds of patience at most, where every chunk takes long. */
const MOST_PATIENCE = 20_000
/** Weight of the newest chunk in how long one takes. */
const NEWEST = 0.2
/** Bytes a second of a source that nothing is known of, while no other is known either. */
const USUAL_RATE = 1_000_000
/** One chunk in so many may be asked of two sources, at the very end. */
const DOUBLED = 100

export interface SchedulerInit {
  chunks: number
  /** What is here already. */
  here: Bitfield
  /** Milliseconds. */
  now: number
}

/**
 * Decides which chunk of a pack is asked of whom. It knows no network, no storage and no clock: what happens is told to it,
 * with the time in milliseconds, and it says what to ask and what to give up.
 *
 * Rarest first within the window; a chunk is asked of one source at a time, until nothing else is left to ask: then one
 * in a hundred may be asked of two. What a source is too slow with, or falls silent on, is asked of others.
 */
export class ChunkScheduler {
  readonly chunks: number
  /** Stored. */
  readonly here: Bitfield
  /** Milliseconds that others get to bring what a holder would rather not be asked for. */
  patience = 1000
  readonly #sources = new Map<string, Source>()
  /** Asked no more for this pack. */
  readonly #excluded = new Set<string>()
  /** The requests that are to bring a chunk: one, or two at the very end. */
  readonly #asked = new Map<number, ChunkRequest[]>()
  /** Came, and are on their way into the store. */
  readonly #storing = new Set<number>()
  #gap = 0
  #requests = 0
  #doubles = 0
  /** When a chunk came last. */
  #cameAt: number
  /** When a holder was asked for what it would rather not be asked for. */
  #begrudgedAt = 0
  /** Share of `patience` that is waited: it falls where that leads nowhere, and rises with what others bring. */
  #hope = 1
  /** Milliseconds from asking until a chunk is here, lately: others need about as long to get what they pass on. */
  #usually = 0

  constructor({ chunks, here, now }: SchedulerInit) {
    this.chunks = chunks
    this.here = here
    this.#cameAt = now
  }

  get complete(): boolean {
    return this.here.complete
  }

  /** Sources that may be asked. */
  get sources(): number {
    return this.#sources.size
  }

  /** Chunks that are asked for or on their way into the store. */
  get outstanding(): number {
    return this.#asked.size + this.#storing.size
  }

  /** Chunks that were asked of two sources. */
  get doubles(): number {
    return this.#doubles
  }

  isExcluded(peer: string): boolean {
    return this.#excluded.has(peer)
  }

  /** A peer has these chunks, and of them offers some; `offered` null: all. */
  update(peer: string, has: Bitfield, offered: Bitfield | null): void {
    if (this.#excluded.has(peer)) return
    const source = this.#sources.get(peer)
    if (source === undefined) {
      this.#sources.set(peer, new Source(peer, has, offered))
    } else {
      source.has = has
      source.offered = offered
    }
  }

  /** The peer is gone: what was asked of it is asked of others. Returns the requests that this ends. */
  remove(peer: string, now: number): ChunkRequest[] {
    const requests = this.#sources.get(peer)?.running.map(({ request }) => request) ?? []
    for (const request of requests) this.end(request, now)
    this.#sources.delete(peer)
    return requests
  }

  /** The peer is not asked for this pack again: it was proven wrong, or refused what it said that it has. */
  exclude(peer: string, now: number): ChunkRequest[] {
    this.#excluded.add(peer)
    return this.remove(peer, now)
  }

  /** The peer asks to be left alone until then. */
  pause(peer: string, until: number): void {
    const source = this.#sources.get(peer)
    if (source !== undefined) source.pausedUntil = until
  }

  /** The machine slept, or was busy with something else: nobody was silent meanwhile. */
  woke(now: number): void {
    this.#cameAt = now
    for (const source of this.#sources.values()) source.heardAt = now
  }

  /** What to ask of this peer now. Call until it says undefined. */
  next(peer: string, now: number): ChunkRequest | undefined {
    const source = this.#sources.get(peer)
    if (source === undefined || now < source.pausedUntil) return undefined
    const { asked } = source
    if (asked === 0 && this.#busySources() >= MAX_BUSY_SOURCES) return undefined
    const ending = this.#unasked() <= WINDOW
    const limit = ending ? Math.min(source.limit(now, LEAD_ENDING), this.#share(source, now)) : source.limit(now, LEAD)
    const room = Math.min(limit - asked, MAX_OUTSTANDING - this.outstanding)
    // Several at a time, or there would be a request a chunk; single ones near the end, where they may have to be moved.
    const batch = ending ? 1 : Math.max(1, Math.floor(limit / 4))
    if (room < (asked === 0 ? 1 : batch)) return undefined
    const chunks = this.#choose(source, Math.min(room, batch), now)
    if (chunks.length > 0) return this.#begin(source, chunks, false, now)
    const twice = asked === 0 ? this.#chooseTwice(source, now) : undefined
    if (twice === undefined) return undefined
    this.#doubles++
    return this.#begin(source, [twice], true, now)
  }

  bytes(peer: string, count: number, now: number): void {
    this.#sources.get(peer)?.bytes(count, now)
  }

  /** A chunk came whole. Returns requests that are of no more use; false: it is here already. */
  came(request: ChunkRequest, chunk: number, now: number): { fresh: boolean; cancel: ChunkRequest[] } {
    this.#cameAt = now
    const source = this.#sources.get(request.peer)
    const took = source?.came(request, chunk, now) ?? 0
    this.#usually += NEWEST * (took - this.#usually)
    // The holders of the whole offer what they hand out; from anybody else it is what others passed on.
    if (source?.offered === null) this.#hope = Math.min(1, 2 * this.#hope)
    const asked = this.#asked.get(chunk) ?? []
    this.#asked.delete(chunk)
    if (this.here.has(chunk) || this.#storing.has(chunk)) return { fresh: false, cancel: [] }
    this.#storing.add(chunk)
    const cancel: ChunkRequest[] = []
    for (const other of asked) {
      if (other === request) continue
      const left = this.#sources.get(other.peer)?.running.find((running) => running.request === other)?.left ?? []
      // Its other chunks are still wanted: this one then comes twice.
      if (left.length > 1) continue
      this.end(other, now)
      cancel.push(other)
    }
    return { fresh: true, cancel }
  }

  /** The chunk was checked and kept. */
  stored(chunk: number, now: number): void {
    // While the store lags behind nothing is taken from anybody: that is not their silence.
    if (this.#isStoreBehind) this.woke(now)
    this.#storing.delete(chunk)
    this.here.set(chunk)
  }

  /** The chunk was not what it should be: it is asked for again. */
  rejected(chunk: number): void {
    this.#storing.delete(chunk)
  }

  /** A request is over, or was given up: what it did not bring is asked for again. */
  end(request: ChunkRequest, now: number): void {
    for (const chunk of this.#sources.get(request.peer)?.end(request, now) ?? []) {
      const left = (this.#asked.get(chunk) ?? []).filter((other) => other !== request)
      if (left.length > 0) this.#asked.set(chunk, left)
      else this.#asked.delete(chunk)
    }
  }

  /** Requests to give up, because others can bring sooner what they are to bring. Call now and then. */
  overdue(now: number): ChunkRequest[] {
    const given: ChunkRequest[] = []
    const ending = this.#unasked() === 0
    for (const source of [...this.#sources.values()]) {
      if (source.asked === 0) continue
      const silent = now - source.heardAt >= SILENCE && !this.#isStoreBehind
      const late = silent ? this.#movable(source) : this.#late(source, ending, now)
      if (late.length === 0) continue
      if (silent || (source.rate.at(now) ?? Infinity) < HOPELESS_RATE) source.stalls++
      source.silent ||= silent
      for (const { request, left } of late) {
        for (const chunk of left) source.shunned.add(chunk)
        this.end(request, now)
        given.push(request)
      }
      if (source.stalls >= MAX_STALLS && this.#sources.size > 1) given.push(...this.exclude(source.peer, now))
    }
    return given
  }

  #begin(source: Source, chunks: number[], double: boolean, now: number): ChunkRequest {
    const request: ChunkRequest = { number: ++this.#requests, peer: source.peer, chunks, double }
    for (const chunk of chunks) this.#asked.set(chunk, [...(this.#asked.get(chunk) ?? []), request])
    source.begin(request, now)
    return request
  }

  #isBusyBeside(source: Source): boolean {
    for (const other of this.#sources.values()) if (other !== source && other.asked > 0) return true
    return false
  }

  get #isStoreBehind(): boolean {
    return this.#storing.size >= MAX_STORING
  }

  #busySources(): number {
    let busy = 0
    for (const { asked } of this.#sources.values()) if (asked > 0) busy++
    return busy
  }

  /**
   * Near the end, how many chunks a source brings while those who have all bring the rest: what is asked of one beyond that
   * would be waited for while the others have nothing to do. Two at least, so that one is on its way while the next is asked.
   */
  #share(source: Source, now: number): number {
    const usual = this.#usualRate(now)
    const own = source.rate.at(now) ?? usual
    let all = own
    for (const other of this.#sources.values()) {
      const gives = other.has.complete && other.offered === null && !other.silent && now >= other.pausedUntil
      if (other !== source && gives) all += other.rate.at(now) ?? usual
    }
    const left = this.chunks - this.here.count - this.#storing.size
    return all > 0 ? Math.max(2, Math.ceil((left * own) / all)) : 2
  }

  /** Missing chunks that nobody was asked for. */
  #unasked(): number {
    return this.chunks - this.here.count - this.outstanding
  }

  #isFree(chunk: number): boolean {
    return !this.here.has(chunk) && !this.#asked.has(chunk) && !this.#storing.has(chunk)
  }

  #choose(source: Source, most: number, now: number): number[] {
    const offered = this.#candidates(source, most, false)
    if (offered.length > 0) return this.#order(source, offered, now).slice(0, most).sort(ascending)
    const hope = this.#hope > LEAST_PATIENCE ? this.#hope : 0
    // Others have something to send: as long as they may be silent, they may take.
    const least = this.#isBusyBeside(source) ? Math.max(this.patience, SILENCE) : this.patience
    const waits = hope * Math.min(MOST_PATIENCE, Math.max(least, 2 * this.#usually))
    if (source.offered === null || now < Math.max(this.#cameAt, this.#begrudgedAt) + waits) return []
    // What it would rather not be asked for came from nobody else.
    const any = this.#candidates(source, most, true)
    if (any.length > 0) {
      this.#hope = Math.max(LEAST_PATIENCE, this.#hope / 2)
      this.#begrudgedAt = now
    }
    return this.#order(source, any, now).slice(0, most).sort(ascending)
  }

  /** Free chunks of the window that the source may be asked for; where there are none, some beyond it: it would be idle. */
  #candidates(source: Source, most: number, all: boolean): number[] {
    const found: number[] = []
    while (this.#gap < this.chunks && this.here.has(this.#gap)) this.#gap++
    let missing = 0
    for (let chunk = this.#gap; chunk < this.chunks; chunk++) {
      if (this.here.has(chunk)) continue
      missing++
      if (missing === WINDOW + 1 && found.length > 0) break
      if (missing > WINDOW && (found.length >= most || missing > BEYOND)) break
      if (!this.#isFree(chunk) || !source.has.has(chunk)) continue
      if (!all && source.offered?.has(chunk) === false) continue
      if (source.shunned.has(chunk) && this.#elsewhere(source, chunk, true)) continue
      found.push(chunk)
    }
    return found
  }

  /** Rarest first, then nearest to the gap; of a slow source, what would hold up the others least. */
  #order(source: Source, chunks: number[], now: number): number[] {
    const rarity = new Map(chunks.map((chunk) => [chunk, this.#copies(chunk)]))
    const sign = this.#isSlow(source, now) ? -1 : 1
    return chunks.sort((a, b) => (rarity.get(a) ?? 0) - (rarity.get(b) ?? 0) || sign * (a - b))
  }

  #copies(chunk: number): number {
    let copies = 0
    for (const { has } of this.#sources.values()) if (has.has(chunk)) copies++
    return copies
  }

  /** Another source has the chunk; `prompt`: and was not too slow with it. */
  #elsewhere(source: Source, chunk: number, prompt = false): boolean {
    for (const other of this.#sources.values()) {
      if (other !== source && other.has.has(chunk) && !(prompt && other.shunned.has(chunk))) return true
    }
    return false
  }

  #isSlow(source: Source, now: number): boolean {
    const usual = this.#usualRate(now)
    let best = Infinity
    for (const other of this.#sources.values()) {
      if (other !== source && !other.silent) best = Math.min(best, other.eta(now, 1, usual))
    }
    return source.eta(now, 1, usual) > 4 * best
  }

  /** What a source that is not known yet is taken to bring: as much as the others do. */
  #usualRate(now: number): number {
    const rates = [...this.#sources.values()].flatMap(({ rate }) => rate.at(now) ?? [])
    return rates.length === 0 ? USUAL_RATE : rates.reduce((sum, rate) => sum + rate, 0) / rates.length
  }

  /** Requests of which others have every chunk that is still to come. */
  #movable(source: Source): Late[] {
    let before = 0
    return source.running.flatMap(({ request, left }, n) => {
      before += left.length
      if (!left.every((chunk) => this.#elsewhere(source, chunk))) return []
      return [{ request, left, begun: n === 0 && source.started, before }]
    })
  }

  /** Those that another source, which has room for them, would bring in a third of the time. */
  #late(source: Source, ending: boolean, now: number): Late[] {
    const usual = this.#usualRate(now)
    return this.#movable(source).filter(({ left, begun, before }) => {
      // What has begun would be thrown away: that takes more.
      const grace = (begun ? 4000 : 2000) * (ending ? 0.5 : 1)
      const mine = source.etaOfFirst(now, before, usual)
      if (mine <= grace) return false
      let best = Infinity
      for (const other of this.#sources.values()) {
        if (other === source || other.silent || other.asked >= other.limit(now, LEAD)) continue
        if (other.rate.at(now) === undefined) continue
        const can = left.every((chunk) => other.gives(chunk) && !other.shunned.has(chunk))
        if (can) best = Math.min(best, other.eta(now, left.length, usual))
      }
      return mine > grace + 3 * best
    })
  }

  /** At the very end: the chunk for which an idle source would save the most time. */
  #chooseTwice(source: Source, now: number): number | undefined {
    if (this.#unasked() > 0 || this.#doubles >= Math.floor(this.chunks / DOUBLED) || source.silent) return undefined
    const usual = this.#usualRate(now)
    const own = source.eta(now, 1, usual)
    let chosen: { chunk: number; eta: number } | undefined
    for (const other of this.#sources.values()) {
      let before = 0
      for (const { left } of other === source ? [] : other.running) {
        for (const chunk of left) {
          before++
          if ((this.#asked.get(chunk)?.length ?? 0) !== 1 || !source.has.has(chunk)) continue
          const eta = other.etaOfFirst(now, before, usual)
          if (eta > 500 + 2 * own && eta > (chosen?.eta ?? 0)) chosen = { chunk, eta }
        }
      }
    }
    return chosen?.chunk
  }
}

interface Late {
  request: ChunkRequest
  /** Chunks that have not come. */
  left: number[]
  /** Bytes of its first chunk are here, and would be thrown away. */
  begun: boolean
  /** Chunks that its source brings until it is done. */
  before: number
}

const ascending = (a: number, b: number): number => a - b
