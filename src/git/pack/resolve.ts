import { INFLATE_END } from '../kernel/index.ts'
import { toHex, typeCode, type TypeCode } from '../object/oid.ts'
import type { CallOptions, GitObject, Oid } from '../types.ts'
import { BaseStack, type Frame } from './base-stack.ts'
import type { InflationBudget } from './budget.ts'
import { OFS_DELTA, PACK_TRAILER_BYTES, REF_DELTA } from './entry.ts'
import { MADE, NEEDED, VISITED, WAITED, type DeltaArena, type EntryTable } from './entry-table.ts'
import { DeltaChainError, DeltaError, MissingBaseError, ObjectTooLargeError, PackEntryError } from './errors.ts'
import type { ObjectGraph } from './graph.ts'
import { INPUT_BYTES, slotBytes, WORK_BYTES, type IndexMemory } from './index-memory.ts'
import { checkInflated, INFLATE_SLACK } from './inflate.ts'
import { Slices } from './pause.ts'
import type { PackScanner } from './scan.ts'
import type { IndexLimits, ObjectSource, PackBytes } from './types.ts'
import { PackWindow } from './window.ts'

export interface ResolveOptions {
  limits: IndexLimits
  scanner: PackScanner
  graph: ObjectGraph
  budget: InflationBudget
  arena: DeltaArena
  memory: IndexMemory
  pack: PackBytes
  external: ObjectSource | undefined
  call: CallOptions
}

/**
 * The second pass, over what the first one left: walks depth first from every base to all that builds on it, so that each
 * object is made once while its base is at hand. What does not fit the cache is dropped, and made again when needed.
 */
export class DeltaResolver {
  readonly #o: ResolveOptions
  readonly #window: PackWindow
  readonly #slices: Slices
  readonly #stack: BaseStack
  #type: TypeCode = 3
  #resolved = 0
  #reported = 0

  constructor(options: ResolveOptions) {
    this.#o = options
    this.#window = new PackWindow(options.pack, options.limits.cacheBytes / 8)
    this.#slices = new Slices(options.call.signal)
    this.#stack = new BaseStack(options.memory)
  }

  /** Makes all deltas that wait. Returns the bases that were taken from outside. */
  async run(): Promise<Oid[]> {
    const { scanner, graph } = this.#o
    const { entries, ids } = scanner
    await this.#makeSkipped()
    if (scanner.waiting === 0) return []
    if (scanner.refChildren.size > 0) this.#adoptAll()
    for (let entry = 0; entry < entries.count; entry++) {
      const type = entries.types[entry] as number
      if (type === OFS_DELTA || type === REF_DELTA || (entries.firstChild[entry] as number) < 0) continue
      this.#type = type as TypeCode
      const size = entries.sizes[entry] as number
      const at = this.#stack.reserve(size)
      await this.#inflate(entry, at)
      this.#push(entry, at, size, entries.firstChild[entry] as number)
      await this.#walk()
      if (this.#slices.due) await this.#breathe()
    }
    const bases = this.#resolved < scanner.waiting ? await this.#resolveExternal() : []
    if (this.#resolved < scanner.waiting) throw new MissingBaseError()
    await ids.settle()
    // A base from outside may have turned up as the result of another delta.
    return bases.filter((base) => graph.typeOf(base.number) === 0).map((base) => base.oid)
  }

  /** Makes and names the objects that the first pass only counted. */
  async #makeSkipped(): Promise<void> {
    const { entries, ids, skipped } = this.#o.scanner
    for (const entry of skipped) {
      const size = entries.sizes[entry] as number
      const at = this.#stack.reserve(size)
      await this.#inflate(entry, at)
      ids.note(entry, entries.types[entry] as TypeCode, at, size, false)
      entries.states[entry] = MADE
      if (ids.areBehind) await ids.catchUp()
      if (this.#slices.dueAfter(size)) await this.#breathe()
    }
    await ids.settle()
  }

  /** Hangs the ref-deltas on all bases that the first pass made. */
  #adoptAll(): void {
    const { entries } = this.#o.scanner
    for (let entry = 0; entry < entries.count; entry++) {
      if (entries.ids[entry] === 0 || !this.#adopt(entry)) continue
      if (entries.types[entry] !== OFS_DELTA || entries.states[entry] !== MADE) continue
      entries.states[entry] = MADE | NEEDED
      entries.hang(entry)
    }
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
    const { external, scanner, graph, memory } = this.#o
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
        const at = this.#stack.reserve(base.bytes.length)
        memory.kernel.bytes.set(base.bytes, at)
        this.#push(-1, at, base.bytes.length, first)
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

  #push(entry: number, at: number, size: number, first: number): void {
    this.#stack.push({ entry, at, size, leaf: first, branch: first })
  }

  async #walk(): Promise<void> {
    const { entries } = this.#o.scanner
    for (let frame = this.#stack.last; frame !== undefined; frame = this.#stack.last) {
      const child = nextChild(entries, frame)
      if (child < 0) {
        this.#stack.pop()
        continue
      }
      // What is at hand is used without waiting: there are very many small ones.
      if (frame.at < 0) await this.#restore()
      const made = this.#makeNow(child, frame) ?? (await this.#makeLater(child, frame))
      this.#note(child, made)
      if (this.#adopt(child)) this.#push(child, made.at, made.size, entries.firstChild[child] as number)
      if (this.#o.scanner.ids.areBehind) await this.#o.scanner.ids.catchUp()
      if (this.#slices.dueAfter(made.size)) await this.#breathe()
    }
  }

  /** Notes the object's id and links, if the first pass did not. */
  #note(entry: number, { at, size }: Made): void {
    const { scanner, limits, budget } = this.#o
    const { entries, ids, refChildren } = scanner
    // The stack holds all that is below it.
    if (this.#stack.frames.length > limits.maxDeltaChain) throw new DeltaChainError(limits.maxDeltaChain)
    const state = entries.states[entry] as number
    entries.states[entry] = state | MADE | VISITED
    if ((state & WAITED) === 0) return budget.spendAgain(size)
    ids.note(entry, this.#type, at, size, refChildren.size > 0)
    this.#resolved++
  }

  /** Makes the object of a delta that was kept in the first pass, or whose bytes are at hand; else null. */
  #makeNow(entry: number, base: Frame): Made | null {
    const { entries } = this.#o.scanner
    const { memory, arena } = this.#o
    const place = entries.places[entry] as number
    const size = entries.sizes[entry] as number
    const isKept = ((entries.states[entry] as number) & WAITED) !== 0 && place >= 0
    if (isKept) memory.kernel.bytes.set(arena.get(place, size), memory.work)
    else if (size > WORK_BYTES || !this.#inflateNow(entry, memory.work)) return null
    return this.#makeFrom(memory.work, size, base)
  }

  /** The same for a delta that has to be read, or is too big for the work area. */
  async #makeLater(entry: number, base: Frame): Promise<Made> {
    const { memory, scanner } = this.#o
    const length = scanner.entries.sizes[entry] as number
    if (length <= WORK_BYTES) {
      await this.#inflate(entry, memory.work)
      return this.#makeFrom(memory.work, length, base)
    }
    let from = this.#stack.reserve(length)
    await this.#inflate(entry, from)
    const delta = memory.kernel.bytes.slice(from, from + length)
    // Only now it is known what it makes: room for both may be somewhere else.
    const size = this.#readHeader(from, length)
    from = this.#stack.reserve(length, size)
    memory.kernel.bytes.set(delta, from)
    const at = from + slotBytes(length)
    this.#readHeader(from, length)
    memory.makeDelta(base.at, base.size, from + length, at, size)
    return { at, size }
  }

  /** Makes the object of the delta that stands at an address outside of the stack. */
  #makeFrom(from: number, length: number, base: Frame): Made {
    const size = this.#readHeader(from, length)
    const at = this.#stack.reserve(size)
    this.#o.memory.makeDelta(base.at, base.size, from + length, at, size)
    return { at, size }
  }

  /** What a delta makes, in bytes. Checked in the first pass, but its bytes were read anew since. */
  #readHeader(from: number, length: number): number {
    const { memory, limits } = this.#o
    const { run } = memory.kernel
    if (!run.readDeltaHeader(from, from + length)) throw new DeltaError()
    const size = run.deltaResultSize()
    if (size > limits.maxObjectBytes) throw new ObjectTooLargeError(size, limits.maxObjectBytes)
    if (size > length * 0xffffff) throw new DeltaError()
    return size
  }

  /** Makes the last object again, and those below it back to the nearest that is still there. */
  async #restore(): Promise<void> {
    const { budget, scanner } = this.#o
    const { frames } = this.#stack
    let number = frames.length - 1
    while (number > 0 && (frames[number] as Frame).at < 0) number--
    const root = frames[number] as Frame
    if (root.at < 0) {
      const at = this.#stack.reserve(root.size)
      await this.#inflate(root.entry, at)
      this.#stack.restore(root, at)
      budget.spendAgain(scanner.entries.sizes[root.entry] as number)
    }
    for (let base = root; ++number < frames.length;) {
      const frame = frames[number] as Frame
      const { at, size } = this.#makeNow(frame.entry, base) ?? (await this.#makeLater(frame.entry, base))
      if (size !== frame.size) throw new DeltaError()
      this.#stack.restore(frame, at)
      budget.spendAgain(size)
      base = frame
      if (this.#slices.dueAfter(size)) await this.#breathe()
    }
  }

  /** Inflates the data of an entry to an address, if its bytes are at hand. */
  #inflateNow(entry: number, out: number): boolean {
    const [at, end] = this.#data(entry)
    const raw = end - at > INPUT_BYTES ? null : this.#window.peek(at, end - at)
    if (raw === null) return false
    const { kernel } = this.#o.memory
    kernel.run.inflateReset()
    this.#inflatePart(entry, raw, out, out)
    return true
  }

  /** Inflates the data of an entry to an address. */
  async #inflate(entry: number, out: number): Promise<void> {
    if (this.#inflateNow(entry, out)) return
    const { kernel, input } = this.#o.memory
    const [at, end] = this.#data(entry)
    kernel.run.inflateReset()
    let to = out
    for (let from = at; from < end;) {
      const length = Math.min(INPUT_BYTES, end - from)
      const raw = this.#window.peek(from, length) ?? (await this.#window.read(from, length))
      to = this.#inflatePart(entry, raw, out, to, from + length < end)
      from += kernel.run.inflateInputAt() - input
    }
  }

  /** Goes on with some of the bytes of an entry; returns up to where its content is there then. */
  #inflatePart(entry: number, raw: Uint8Array, out: number, to: number, more = false): number {
    const { kernel, input } = this.#o.memory
    const { run } = kernel
    const size = this.#o.scanner.entries.sizes[entry] as number
    kernel.bytes.set(raw, input)
    const status = run.inflate(input, input + raw.length, out, to, out + size + INFLATE_SLACK)
    checkInflated(status)
    const stuck = run.inflateInputAt() === input
    const isWhole = status === INFLATE_END && run.inflateOutputAt() - out === size
    if (more ? stuck || status === INFLATE_END || run.inflateOutputAt() - out > size : !isWhole) {
      throw new PackEntryError(undefined, this.#o.scanner.entries.offsets[entry])
    }
    return run.inflateOutputAt()
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
    this.#o.call.onProgress?.({ phase: 'resolve', objects: this.#resolved, totalObjects: this.#o.scanner.waiting })
  }
}

/** An object that was made: where it stands, above the stack, until something else does. */
interface Made {
  at: number
  size: number
}

/** The frame's next child: first those nothing builds on, so that their object is not kept; then the others. -1: no more. */
function nextChild(entries: EntryTable, frame: Frame): number {
  while (frame.leaf >= 0) {
    const child = frame.leaf
    frame.leaf = entries.nextSibling[child] as number
    if ((entries.firstChild[child] as number) < 0) return child
  }
  while (frame.branch >= 0) {
    const child = frame.branch
    frame.branch = entries.nextSibling[child] as number
    if (((entries.states[child] as number) & VISITED) === 0) return child
  }
  return -1
}
