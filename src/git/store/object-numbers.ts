import { MissingObjectError } from '../errors.ts'
import { OID_BYTES, toHex } from '../object/index.ts'
import { findInIndex } from '../pack/index.ts'
import type { GitObject, Oid } from '../types.ts'
import type { ObjectSet } from './object-set.ts'

/**
 * Numbers the objects of a set from 0, so that a walk marks them in a byte each instead of keeping strings. An object that
 * stands in several packs has the number of the first.
 */
export class ObjectNumbers {
  readonly #set: ObjectSet
  /** Where each pack's numbers begin. */
  readonly #first: number[] = []
  readonly #loose: Oid[] = []
  readonly #looseNumbers = new Map<Oid, number>()
  readonly count: number

  constructor(set: ObjectSet) {
    this.#set = set
    let next = 0
    for (const pack of set.packs) {
      this.#first.push(next)
      next += pack.count
    }
    for (const oid of set.loose.oids()) {
      this.#looseNumbers.set(oid, next++)
      this.#loose.push(oid)
    }
    this.count = next
  }

  /** The number of the object whose id stands at `bytes[at]`, or -1 where it is not in the set. */
  at(bytes: Uint8Array, at = 0): number {
    for (let i = 0; i < this.#set.packs.length; i++) {
      const position = findInIndex((this.#set.packs[i] as ObjectSet['packs'][number]).stored.index, bytes, at)
      if (position >= 0) return (this.#first[i] as number) + position
    }
    return this.#looseNumbers.size === 0 ? -1 : (this.#looseNumbers.get(toHex(bytes, at)) ?? -1)
  }

  /** The same; throws `MissingObjectError` where it is not in the set. */
  need(bytes: Uint8Array, at = 0): number {
    const number = this.at(bytes, at)
    if (number < 0) throw new MissingObjectError(toHex(bytes, at))
    return number
  }

  oid(number: number): Oid {
    const { pack, position } = this.#place(number)
    if (pack === undefined) return this.#loose[position] as Oid
    return toHex(pack.stored.index.oids, position * OID_BYTES)
  }

  async read(number: number): Promise<GitObject> {
    const { pack, position } = this.#place(number)
    return pack === undefined ? await this.#set.loose.read(this.#loose[position] as Oid) : await pack.readAt(position)
  }

  #place(number: number) {
    let i = this.#first.length - 1
    while (i >= 0 && (this.#first[i] as number) > number) i--
    const pack = this.#set.packs[i]
    const position = number - (this.#first[i] ?? 0)
    if (pack !== undefined && position < pack.count) return { pack, position }
    return { pack: undefined, position: number - (this.count - this.#loose.length) }
  }
}
