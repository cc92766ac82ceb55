import type { Sha1 } from '../object/hash.ts'
import { toHex, typeCode, typeName, type TypeCode } from '../object/oid.ts'
import type { CallOptions, GitObject, Oid } from '../types.ts'
import type { InflationBudget } from './budget.ts'
import { applyDelta } from './delta.ts'
import { OFS_DELTA, PACK_TRAILER_BYTES, REF_DELTA } from './entry.ts'
import type { DeltaArena } from './entry-table.ts'
import { DeltaChainError, MissingBaseError, PackEntryError } from './errors.ts'
import type { ObjectGraph } from './graph.ts'
import { Slices } from './pause.ts'
import type { PackScanner } from './scan.ts'
import type { IndexLimits, ObjectSource, PackBytes } from './types.ts'
import { PackWindow } from './window.ts'

/** An object on the way from a base down to what builds on it. */
interface Frame {
  /** Number of its entry; -1 for a base outside of the pack. */
  entry: number
  /** Null after it was dropped to stay within the cache. */
  bytes: Uint8Array | null
  /** Next child to look at in the first round (those nothing builds on), and in the second. */
  leaf: number
  branch: number
}

export interface ResolveOptions {
  limits: IndexLimits
  scanner: PackScanner
  graph: ObjectGraph
  budget: InflationBudget
  arena: DeltaArena
  objectHash: Sha1
  pack: PackBytes
  external: ObjectSource | undefined
  call: CallOptions
}

/**
 * The second pass: walks depth first from every base to all that builds on it, so that each object is made once while its
 * base is at hand. What does not fit the cache is dropped, furthest from the tip first, and made again when needed.
 */
export class DeltaResolver {
  readonly #o: ResolveOptions
  readonly #window: PackWindow
  readonly #slices: Slices
  readonly #stack: Frame[] = []
  #type: TypeCode = 3
  #held = 0
  #resolved = 0
  #reported = 0

  constructor(options: ResolveOptions) {
    this.#o = options
    this.#window = new PackWindow(options.pack, options.limits.cacheBytes / 4)
    this.#slices = new Slices(options.call.signal)
  }

  /** Resolves all deltas. Returns the bases that were taken from outside. */
  async run(): Promise<Oid[]> {
    const { scanner, graph } = this.#o
    const { entries } = scanner
    if (scanner.deltas === 0) return []
    for (let entry = 0; entry < entries.count; entry++) {
      const type = entries.types[entry] as number
      if (type === OFS_DELTA || type === REF_DELTA || !this.#adopt(entry)) continue
      this.#type = type as TypeCode
      this.#push(entry, await this.#inflate(entry))
      await this.#walk()
      if (this.#slices.due) await this.#breathe()
    }
    const bases = this.#resolved < scanner.deltas ? await this.#resolveExternal() : []
    if (this.#resolved < scanner.deltas) throw new MissingBaseError()
    // A base from outside may have turned up as the result of another delta.
    return bases.filter((base) => graph.typeOf(base.number) === 0).map((base) => base.oid)
  }

  /** Hangs the ref-deltas on their base, now that its id is known. `true` if anything builds on the entry. */
  #adopt(entry: number): boolean {
    const { entries, refChildren } = this.#o.scanner
    if (refChildren.size > 0) {
      const number = (entries.ids[entry] as number) - 1
      const first = refChildren.get(number)
      if (first !== undefined) {
        refChildren.delete(number)
        let last = first
        while ((entries.nextSibling[last] as number) >= 0) last = entries.nextSibling[last] as number
        entries.nextSibling[last] = entries.firstChild[entry] as number
        entries.firstChild[entry] = first
      }
    }
    return (entries.firstChild[entry] as number) >= 0
  }

  async #resolveExternal(): Promise<Array<{ oid: Oid; number: number }>> {
    const { external, scanner, graph } = this.#o
    const bases: Array<{ oid: Oid; number: number }> = []
    let absent: Oid | undefined
    // A base that is not outside may be made from one that is: so again as long as anything comes of it.
    for (let before = -1; this.#resolved > before && scanner.refChildren.size > 0;) {
      before = this.#resolved
      absent = undefined
      for (const number of [...scanner.refChildren.keys()]) {
        const first = scanner.refChildren.get(number)
        if (first === undefined || graph.typeOf(number) !== 0) continue
        const oid = toHex(graph.table.oid(number))
        const base = external === undefined ? null : await this.#readExternal(external, oid)
        if (base === null) {
          absent ??= oid
          continue
        }
        scanner.refChildren.delete(number)
        bases.push({ oid, number })
        this.#type = typeCode(base.type)
        this.#o.budget.spend(base.bytes.length)
        this.#push(-1, base.bytes, first)
        await this.#walk()
        await this.#breathe()
      }
    }
    if (absent !== undefined && scanner.refChildren.size > 0) throw new MissingBaseError(absent)
    return bases
  }

  async #readExternal(external: ObjectSource, oid: Oid): Promise<GitObject | null> {
    const { limits } = this.#o
    const info = await external.info(oid)
    // Never so for what was admitted under the same limits.
    if (info === null || info.size > limits.maxObjectBytes) return null
    return external.read(oid)
  }

  async #walk(): Promise<void> {
    const { entries } = this.#o.scanner
    for (let frame = this.#stack.at(-1); frame !== undefined; frame = this.#stack.at(-1)) {
      let child: number
      if (frame.leaf >= 0) {
        child = frame.leaf
        frame.leaf = entries.nextSibling[child] as number
        if ((entries.firstChild[child] as number) >= 0) continue
      } else if (frame.branch >= 0) {
        child = frame.branch
        frame.branch = entries.nextSibling[child] as number
        if (entries.ids[child] !== 0) continue
      } else {
        this.#stack.pop()
        this.#held -= frame.bytes?.length ?? 0
        continue
      }
      // What is at hand is used without waiting: there are very many small ones.
      const base = frame.bytes ?? (await this.#rebuild())
      const delta = this.#delta(child) ?? (await this.#inflate(child))
      const bytes = this.#make(child, base, delta)
      if (this.#adopt(child)) this.#push(child, bytes)
      if (this.#slices.due) await this.#breathe()
    }
  }

  /** Makes the object of `entry`, and notes its id and its links. */
  #make(entry: number, base: Uint8Array, delta: Uint8Array): Uint8Array {
    const { scanner, graph, objectHash, limits } = this.#o
    // The stack holds all that is below it.
    if (this.#stack.length > limits.maxDeltaChain) throw new DeltaChainError(limits.maxDeltaChain)
    const bytes = applyDelta(base, delta, limits.maxObjectBytes)
    const number = graph.add(this.#type, objectHash.object(typeName(this.#type), bytes))
    scanner.entries.ids[entry] = number + 1
    if (this.#type !== 3) graph.link(this.#type, number, bytes)
    this.#resolved++
    return bytes
  }

  #push(entry: number, bytes: Uint8Array, children?: number): void {
    const { limits, scanner } = this.#o
    const own = scanner.entries.firstChild[entry] as number
    const first = children ?? own
    this.#stack.push({ entry, bytes, leaf: first, branch: first })
    this.#held += bytes.length
    if (this.#held > limits.cacheBytes / 2) this.#evict()
  }

  /** Drops bytes: first of those whose children are all begun, then from the base on; never the tip's or from outside. */
  #evict(): void {
    const limit = this.#o.limits.cacheBytes / 2
    for (const finished of [true, false]) {
      for (let i = 0; i < this.#stack.length - 1 && this.#held > limit; i++) {
        const frame = this.#stack[i] as Frame
        if (frame.bytes === null || frame.entry < 0 || (finished && frame.branch >= 0)) continue
        this.#held -= frame.bytes.length
        frame.bytes = null
      }
    }
  }

  /** The bytes of the tip, made again from the nearest object below it that is still held. */
  async #rebuild(): Promise<Uint8Array> {
    const { budget, limits } = this.#o
    let from = this.#stack.length - 1
    while (from > 0 && (this.#stack[from] as Frame).bytes === null) from--
    const root = this.#stack[from] as Frame
    let bytes = root.bytes ?? (await this.#inflate(root.entry))
    for (let i = from + 1; i < this.#stack.length; i++) {
      const { entry } = this.#stack[i] as Frame
      bytes = applyDelta(bytes, this.#delta(entry) ?? (await this.#inflate(entry)), limits.maxObjectBytes)
      budget.spendAgain(bytes.length)
      if (this.#slices.due) await this.#breathe()
    }
    const tip = this.#stack[this.#stack.length - 1] as Frame
    tip.bytes = bytes
    this.#held += bytes.length
    if (this.#held > limits.cacheBytes / 2) this.#evict()
    return bytes
  }

  /** The delta, if it was kept in the first pass or its bytes are at hand. */
  #delta(entry: number): Uint8Array | null {
    const { entries, inflater } = this.#o.scanner
    const kept = entries.deltas[entry] as number
    const size = entries.sizes[entry] as number
    if (kept > 0) return this.#o.arena.get(kept, size)
    const [at, end] = this.#data(entry)
    const raw = this.#window.peek(at, end - at)
    return raw === null ? null : inflater.inflate(raw, 0, raw.length, size)
  }

  /** The inflated data of an entry. */
  async #inflate(entry: number): Promise<Uint8Array> {
    const { entries, inflater } = this.#o.scanner
    const [at, end] = this.#data(entry)
    const raw = this.#window.peek(at, end - at) ?? (await this.#window.read(at, end - at))
    const bytes = inflater.inflate(raw, 0, raw.length, entries.sizes[entry] as number)
    if (bytes === null) throw new PackEntryError(undefined, at)
    return bytes
  }

  /** Where the compressed data of an entry begins and ends. */
  #data(entry: number): [at: number, end: number] {
    const { entries } = this.#o.scanner
    const offset = entries.offsets[entry] as number
    const header = entries.headers[entry] as number
    const next = entries.offsets[entry + 1] as number
    return [offset + header, entry + 1 < entries.count ? next : this.#o.pack.size - PACK_TRAILER_BYTES]
  }

  async #breathe(): Promise<void> {
    await this.#slices.next()
    const now = performance.now()
    if (now - this.#reported < 100) return
    this.#reported = now
    this.#o.call.onProgress?.({ phase: 'resolve', objects: this.#resolved, totalObjects: this.#o.scanner.deltas })
  }
}
