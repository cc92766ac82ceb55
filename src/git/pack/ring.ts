import { aligned, FIRST_CACHE_BYTES, SLOT_BYTES, slotBytes, type IndexMemory } from './index-memory.ts'

/**
 * The objects that were made last, one after the other, the oldest overwritten when it is full: in a pack a delta's base
 * mostly stands not far before it. Positions count on and on, so an old one is known to be gone.
 */
class Ring {
  /** An object bigger than this is not for the ring: eight have room, so a base, a delta and what they make are there at once. */
  readonly most: number
  readonly #memory: IndexMemory
  readonly #start: number
  readonly #maxCapacity: number
  #capacity: number
  #head = 0
  /** Up to where positions were given out for writing. */
  #reserved = 0

  /** From an address in the cache on, growing with use up to `maxCapacity` bytes. */
  constructor(memory: IndexMemory, start: number, maxCapacity: number) {
    this.#memory = memory
    this.#start = start
    this.#maxCapacity = maxCapacity
    this.#capacity = Math.min(maxCapacity, FIRST_CACHE_BYTES)
    memory.kernel.grow(start + this.#capacity)
    this.most = Math.floor(maxCapacity / 8) - slotBytes(8)
  }

  /** The address for an object of at most `most` bytes: to be written now, and kept by `keep` or given up. */
  reserve(size: number): number {
    const bytes = slotBytes(size)
    let offset = this.#head % this.#capacity
    if (offset + bytes > this.#capacity && offset === this.#head) this.#grow(offset + bytes)
    if (offset + bytes > this.#capacity) {
      this.#head += this.#capacity - offset
      offset = 0
    }
    this.#reserved = this.#head + bytes
    return this.#start + offset + SLOT_BYTES
  }

  /** Keeps what was written at the address that was reserved last; returns its position. */
  keep(size: number, type: number): number {
    const position = this.#head
    const at = this.#address(position) - SLOT_BYTES
    const { words } = this.#memory.kernel
    words[at / 4] = size
    words[at / 4 + 1] = type
    this.#head += SLOT_BYTES + aligned(size)
    return position
  }

  /** The address of an object, or -1 where it was overwritten. */
  find(position: number): number {
    return this.#reserved - position <= this.#capacity ? this.#address(position) : -1
  }

  #address(position: number): number {
    return this.#start + (position % this.#capacity) + SLOT_BYTES
  }

  /** Before it is full for the first time positions are offsets, and more room changes none of them. */
  #grow(bytes: number): void {
    while (this.#capacity < bytes && this.#capacity < this.#maxCapacity) this.#capacity *= 2
    this.#capacity = Math.min(this.#capacity, this.#maxCapacity)
    this.#memory.kernel.grow(this.#start + this.#capacity)
  }
}

const LEAST_RING_BYTES = 4 * 1024
/** Of the cache, what is for commits, trees and tags. They are small, and their bases stand before all blobs of the pack. */
const SMALL_SHARE = 1 / 4

/** The objects that a delta may build on at once. Blobs have a ring of their own, so that they do not push out the others. */
export class RecentObjects {
  readonly #memory: IndexMemory
  readonly #small: Ring
  readonly #blobs: Ring

  constructor(memory: IndexMemory) {
    this.#memory = memory
    const small = aligned(Math.max(memory.maxCacheBytes * SMALL_SHARE, LEAST_RING_BYTES))
    this.#small = new Ring(memory, memory.cache, small)
    this.#blobs = new Ring(memory, memory.cache + small, Math.max(memory.maxCacheBytes - small, LEAST_RING_BYTES))
  }

  /** Bytes of the biggest object of a type that is kept. */
  most(type: number): number {
    return this.#ring(type).most
  }

  /** The address for an object, which has room for its header before it: to be written now, and kept or given up. */
  reserve(type: number, size: number): number {
    return this.#ring(type).reserve(size)
  }

  /** Keeps the object that was written where room for its type was reserved last; returns its place. */
  keep(type: number, size: number): number {
    return 2 * this.#ring(type).keep(size, type) + (type === BLOB ? 1 : 0)
  }

  /** The address of the object at a place, or -1 where it was overwritten, or was never kept (place -1). */
  find(place: number): number {
    if (place < 0) return -1
    return (place % 2 === 1 ? this.#blobs : this.#small).find(Math.floor(place / 2))
  }

  /** Bytes of the object at an address. */
  sizeAt(address: number): number {
    return this.#memory.kernel.words[(address - SLOT_BYTES) / 4] as number
  }

  typeAt(address: number): number {
    return this.#memory.kernel.words[(address - SLOT_BYTES) / 4 + 1] as number
  }

  #ring(type: number): Ring {
    return type === BLOB ? this.#blobs : this.#small
  }
}

const BLOB = 3
