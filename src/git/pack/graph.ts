import { scanCommit } from '../object/commit.ts'
import { decodeText } from '../object/bytes.ts'
import { hostileNameAt } from '../object/hostile-name.ts'
import { describeType, OID_BYTES, toHex, type TypeCode } from '../object/oid.ts'
import { scanTag } from '../object/tag.ts'
import { isGitlinkMode, isTreeMode, scanTree } from '../object/tree.ts'
import { DuplicateObjectError, ObjectFormatError, ObjectTypeError, TooManyLinksError } from './errors.ts'
import { OidTable } from './oid-table.ts'
import type { IndexedPack } from './types.ts'

/** Links out of one pack that are kept track of: beyond it the pack is refused. */
export const MAX_MISSING = 2 ** 20
/** Hostile trees that are named; there may be more. */
export const MAX_HOSTILE_TREES = 1000

/** Flags of an oid: bits 0–2 its own type (0: not in the pack), bits 3–5 the type that links expect, bit 6 linked to. */
const TYPE_BITS = 7
const EXPECTED_SHIFT = 3
const LINKED = 64

/**
 * The pack's objects and what they link to: finds what is missing, of the wrong type, or there twice. Links to objects that
 * are yet to come are bounded by what has come, so that a pack cannot fill memory with links that lead nowhere.
 */
export class ObjectGraph {
  readonly table = new OidTable()
  readonly hostileTrees: IndexedPack['hostileTrees'] = []
  submodules = 0
  objects = 0
  readonly #closure: boolean
  #missing = 0

  constructor(closure: boolean) {
    this.#closure = closure
  }

  /** Notes that the object whose oid stands at `bytes[at]` is in the pack; returns its number in the table. */
  add(type: TypeCode, bytes: Uint8Array, at = 0): number {
    const number = this.table.add(bytes, at)
    const flags = this.table.flags[number] as number
    if ((flags & TYPE_BITS) !== 0) throw new DuplicateObjectError(toHex(bytes, at))
    if ((flags & LINKED) !== 0) {
      this.#missing--
      const expected = (flags >> EXPECTED_SHIFT) & TYPE_BITS
      if (expected !== type) throw new ObjectTypeError(toHex(bytes, at), describeType(expected), describeType(type))
    }
    this.table.flags[number] = flags | type
    this.objects++
    return number
  }

  /** Its type, 0 where it is not in the pack (yet). */
  typeOf(number: number): number {
    return (this.table.flags[number] as number) & TYPE_BITS
  }

  /** Notes the links of object `number`. Throws `ObjectFormatError` where it cannot be parsed. */
  link(type: TypeCode, number: number, bytes: Uint8Array): void {
    if (!this.#closure) return
    try {
      if (type === 2) this.#linkTree(number, bytes)
      else if (type === 1) scanCommit(bytes, (oid, parent) => this.#expect(oid, 0, parent ? 1 : 2))
      else if (type === 4) {
        const { oid, type: expected } = scanTag(bytes)
        this.#expect(oid, 0, expected)
      }
    } catch (error) {
      if (error instanceof ObjectFormatError) throw new ObjectFormatError(error.message, toHex(this.table.oid(number)))
      throw error
    }
  }

  #linkTree(tree: number, bytes: Uint8Array): void {
    scanTree(bytes, (mode, nameStart, nameEnd, oidAt) => {
      const reason = hostileNameAt(bytes, nameStart, nameEnd, mode)
      if (reason !== null && this.hostileTrees.length < MAX_HOSTILE_TREES) {
        const name = decodeText(bytes.subarray(nameStart, Math.min(nameEnd, nameStart + 255)))
        this.hostileTrees.push({ tree: toHex(this.table.oid(tree)), name, reason })
      }
      if (isGitlinkMode(mode)) this.submodules++
      else this.#expect(bytes, oidAt, isTreeMode(mode) ? 2 : 3)
    })
  }

  #expect(bytes: Uint8Array, at: number, type: TypeCode): void {
    const number = this.table.add(bytes, at)
    const flags = this.table.flags[number] as number
    if ((flags & TYPE_BITS) !== 0) {
      const actual = flags & TYPE_BITS
      if (actual !== type) throw new ObjectTypeError(toHex(bytes, at), describeType(type), describeType(actual))
      this.table.flags[number] = flags | LINKED
    } else if ((flags & LINKED) !== 0) {
      const expected = (flags >> EXPECTED_SHIFT) & TYPE_BITS
      if (expected !== type) throw new ObjectTypeError(toHex(bytes, at), describeType(expected), describeType(type))
    } else {
      this.table.flags[number] = flags | LINKED | (type << EXPECTED_SHIFT)
      // Commits come first, then trees: at any time far fewer objects are linked to and not yet here than this.
      if (++this.#missing > 2 * MAX_MISSING + 4 * this.objects) throw new TooManyLinksError(MAX_MISSING)
    }
  }

  /** What is linked to and not in the pack. Throws `TooManyLinksError`. */
  missing(): Pick<IndexedPack, 'missing' | 'missingTypes'> {
    if (this.#missing > MAX_MISSING) throw new TooManyLinksError(MAX_MISSING)
    const missing = new Uint8Array(this.#missing * OID_BYTES)
    const missingTypes = new Uint8Array(this.#missing)
    let next = 0
    for (let number = 0; number < this.table.count; number++) {
      const flags = this.table.flags[number] as number
      if ((flags & LINKED) === 0 || (flags & TYPE_BITS) !== 0) continue
      missing.set(this.table.oid(number), next * OID_BYTES)
      missingTypes[next++] = (flags >> EXPECTED_SHIFT) & TYPE_BITS
    }
    return { missing, missingTypes }
  }

  /**
   * Objects of the pack that no other object of it links to: if these are reachable, so is the whole pack. Only where links
   * were looked at.
   */
  roots(): Uint8Array {
    let count = 0
    for (let number = 0; number < this.table.count; number++) if (this.#isRoot(number)) count++
    const roots = new Uint8Array(count * OID_BYTES)
    for (let number = 0, next = 0; number < this.table.count; number++) {
      if (this.#isRoot(number)) roots.set(this.table.oid(number), next++ * OID_BYTES)
    }
    return roots
  }

  #isRoot(number: number): boolean {
    const flags = this.table.flags[number] as number
    return (flags & TYPE_BITS) !== 0 && (flags & LINKED) === 0
  }
}
