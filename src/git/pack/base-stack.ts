import { aligned, FIRST_CACHE_BYTES, SLOT_BYTES, slotBytes, type IndexMemory } from './index-memory.ts'

/** An object on the way from a base down to what builds on it. */
export interface Frame {
  /** Number of its entry; -1 for a base outside of the pack, which is never dropped. */
  entry: number
  /** Where it stands, or -1 after it was dropped to stay within the cache. */
  at: number
  size: number
  /** Next child to look at in the first round (those nothing builds on), and in the second. */
  leaf: number
  branch: number
}

/**
 * The objects between a base and the delta that is made, one above the other in the cache. What does not fit is dropped: first
 * those whose children are all begun, then from the base on, never the last. Addresses change when room is made.
 */
export class BaseStack {
  readonly frames: Frame[] = []
  readonly #memory: IndexMemory
  #capacity: number
  /** Where the next object goes. */
  #top = 0

  constructor(memory: IndexMemory) {
    this.#memory = memory
    this.#capacity = Math.min(memory.maxCacheBytes, FIRST_CACHE_BYTES)
  }

  get last(): Frame | undefined {
    return this.frames.at(-1)
  }

  /** The address for an object above everything, with room for `more` bytes in another slot behind it. Addresses change. */
  reserve(size: number, more?: number): number {
    const bytes = slotBytes(size) + (more === undefined ? 0 : slotBytes(more))
    if (this.#top + bytes > this.#capacity) this.#makeRoom(bytes)
    return this.#memory.cache + this.#top + SLOT_BYTES
  }

  push(frame: Frame): void {
    this.frames.push(frame)
    this.#top = this.#end(frame)
  }

  /** The object of a frame that was dropped stands at an address again. Those above it are all dropped. */
  restore(frame: Frame, at: number): void {
    frame.at = at
    this.#top = this.#end(frame)
  }

  pop(): void {
    this.frames.pop()
    const below = this.frames.findLast(({ at }) => at >= 0)
    this.#top = below === undefined ? 0 : this.#end(below)
  }

  #end({ at, size }: Frame): number {
    return at - this.#memory.cache + aligned(size)
  }

  #makeRoom(bytes: number): void {
    const { kernel, cache, maxCacheBytes } = this.#memory
    while (this.#capacity < this.#top + bytes && this.#capacity < maxCacheBytes) {
      this.#capacity = Math.min(maxCacheBytes, 2 * this.#capacity)
    }
    if (this.#top + bytes > this.#capacity) this.#drop(bytes)
    // An object that is too big for the cache is made all the same: it is below the limit of one object.
    this.#capacity = Math.max(this.#capacity, this.#top + bytes)
    kernel.grow(cache + this.#capacity)
  }

  /** Drops objects until half of the cache is free, or only the last is left, and moves the rest together. */
  #drop(bytes: number): void {
    const { kernel, cache } = this.#memory
    const here = this.frames.filter(({ at }) => at >= 0)
    const last = here.at(-1)
    const wanted = Math.max(bytes, this.#capacity / 2)
    let free = this.#capacity - here.reduce((sum, { size }) => sum + SLOT_BYTES + aligned(size), 0)
    for (const finished of [true, false]) {
      for (const frame of here) {
        if (free >= wanted) break
        if (frame === last || frame.at < 0 || frame.entry < 0 || (finished && frame.branch >= 0)) continue
        frame.at = -1
        free += SLOT_BYTES + aligned(frame.size)
      }
    }
    this.#top = 0
    for (const frame of here) {
      if (frame.at < 0) continue
      const at = cache + this.#top + SLOT_BYTES
      kernel.bytes.copyWithin(at, frame.at, frame.at + frame.size)
      frame.at = at
      this.#top = this.#end(frame)
    }
  }
}
