import { OID_BYTES } from '../object/oid.ts'

/**
 * Oids by number, in an open-addressing hash table over typed arrays. Links may name any bytes at all, so the hash is keyed
 * at random: nobody can choose oids that collide here.
 */
export class OidTable {
  /** Numbers are `0 … count - 1`, in the order of adding. */
  count = 0
  /** 20 bytes a number. */
  oids: Uint8Array<ArrayBuffer>
  /** One byte a number, for whatever the owner keeps. */
  flags: Uint8Array<ArrayBuffer>
  /** Number plus one; 0 is free. */
  #slots: Uint32Array
  readonly #seed = randomWord()
  readonly #a = randomWord() | 1
  readonly #b = randomWord() | 1

  constructor(capacity = 1024) {
    this.oids = new Uint8Array(capacity * OID_BYTES)
    this.flags = new Uint8Array(capacity)
    this.#slots = new Uint32Array(2 * ceilPowerOfTwo(capacity))
  }

  /** The number of the oid at `bytes[at]`, or -1. */
  find(bytes: Uint8Array, at = 0): number {
    const mask = this.#slots.length - 1
    for (let slot = this.#hash(bytes, at) & mask; ; slot = (slot + 1) & mask) {
      const number = (this.#slots[slot] as number) - 1
      if (number < 0) return -1
      if (this.#equals(number, bytes, at)) return number
    }
  }

  /** Its number, a new one if it was not there. */
  add(bytes: Uint8Array, at = 0): number {
    const mask = this.#slots.length - 1
    let slot = this.#hash(bytes, at) & mask
    for (; ; slot = (slot + 1) & mask) {
      const number = (this.#slots[slot] as number) - 1
      if (number < 0) break
      if (this.#equals(number, bytes, at)) return number
    }
    const number = this.count++
    if (number >= this.flags.length) this.#growRows()
    for (let i = 0, to = number * OID_BYTES; i < OID_BYTES; i++) this.oids[to + i] = bytes[at + i] as number
    this.#slots[slot] = number + 1
    if (2 * this.count > this.#slots.length) this.#growSlots()
    return number
  }

  /** The oid of a number: a view, valid until the next `add`. */
  oid(number: number): Uint8Array {
    return this.oids.subarray(number * OID_BYTES, (number + 1) * OID_BYTES)
  }

  #equals(number: number, bytes: Uint8Array, at: number): boolean {
    const from = number * OID_BYTES
    for (let i = 0; i < OID_BYTES; i++) if (this.oids[from + i] !== bytes[at + i]) return false
    return true
  }

  #hash(bytes: Uint8Array, at: number): number {
    const a = this.#a
    const b = this.#b
    let h = this.#seed
    for (let i = at; i < at + OID_BYTES; i += 4) {
      let word =
        (bytes[i] as number) |
        ((bytes[i + 1] as number) << 8) |
        ((bytes[i + 2] as number) << 16) |
        ((bytes[i + 3] as number) << 24)
      word = Math.imul(word ^ h, a)
      word ^= word >>> 15
      h = Math.imul(word, b)
      h ^= h >>> 13
    }
    return h
  }

  #growRows(): void {
    const oids = new Uint8Array(this.oids.length * 2)
    oids.set(this.oids)
    this.oids = oids
    const flags = new Uint8Array(this.flags.length * 2)
    flags.set(this.flags)
    this.flags = flags
  }

  #growSlots(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2)
    const mask = this.#slots.length - 1
    for (let number = 0; number < this.count; number++) {
      let slot = this.#hash(this.oids, number * OID_BYTES) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = number + 1
    }
  }
}

function ceilPowerOfTwo(n: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2, n)))
}

function randomWord(): number {
  return crypto.getRandomValues(new Int32Array(1))[0] as number
}
