import { diff3MergeRegions } from 'node-diff3'
import { splitLines, type Lines } from '../view/lines.ts'
import { compact } from './compact.ts'
import { histogram } from './histogram.ts'
import { MergedText, type Labels, type Span } from './merged-text.ts'

export interface TextMerge {
  bytes: Uint8Array
  clean: boolean
  /** False where git might align lines otherwise: never clean then. */
  sure: boolean
}

/**
 * Differences of one side that are merged. Beyond it everything is one conflict, for node-diff3 takes time with the square of
 * it: 0.1 s at this number.
 */
const MAX_CHANGES = 5000

/**
 * Merges two texts that came from a third as `git merge` does, byte for byte, whatever their encoding and line endings.
 * Lines are aligned as git aligns them; node-diff3 finds the regions, which conflict where both sides changed the same or
 * touching lines in different ways.
 */
export function mergeText(base: Uint8Array, ours: Uint8Array, theirs: Uint8Array, labels: Labels): TextMerge {
  const ids = new Map<string, number>()
  const [o, a, b] = [splitLines(base, ids), splitLines(ours, ids), splitLines(theirs, ids)]
  const [left, right] = [matches(o, a, ids.size), matches(o, b, ids.size)]
  const [tokens, mine, other] = tokenize(o, a, b, left.places, right.places)
  const out = new MergedText(o, a, b, labels)
  if (Math.max(tokens.names.length, mine.names.length, other.names.length) > MAX_CHANGES) {
    out.conflict({ aStart: 0, aEnd: a.ids.length, bStart: 0, bEnd: b.ids.length })
    return { bytes: out.bytes(), clean: false, sure: false }
  }
  let reached = 0
  for (const region of diff3MergeRegions(mine.names, tokens.names, other.names)) {
    const from = region.stable ? (region.buffer === 'o' ? region.bufferStart : reached) : region.oStart
    // A deletion by one side shows by what is left out.
    if (from > reached) out.barrier()
    if (region.stable) {
      const source = { o: tokens, a: mine, b: other }[region.buffer]
      const end = region.bufferStart + region.bufferLength
      if (region.buffer !== 'o') out.barrier()
      out.copy(source.file, source.line(region.bufferStart), source.line(end))
      if (region.buffer !== 'o') out.barrier()
      else reached = end
      continue
    }
    reached = region.oStart + region.oLength
    const span = {
      aStart: mine.line(region.aStart),
      aEnd: mine.line(region.aStart + region.aLength),
      bStart: other.line(region.bStart),
      bEnd: other.line(region.bStart + region.bLength),
    }
    const lines = [tokens.line(region.oStart), tokens.line(reached)] as const
    const oneChange = [left.places, right.places].every((places) => places.subarray(...lines).every((at) => at === -1))
    refine(out, a, b, span, oneChange, ids.size)
  }
  const sure = left.sure && right.sure
  return { bytes: out.bytes(), clean: out.clean && sure, sure }
}

/** Where each line of the base stands in the other file, -1 where it does not. */
function matches(base: Lines, file: Lines, ids: number): { places: Int32Array; sure: boolean } {
  const { removed, added, sure } = align(base.ids, file.ids, ids)
  const places = new Int32Array(base.ids.length).fill(-1)
  let at = 0
  removed.forEach((gone, line) => {
    if (gone === 1) return
    while (added[at] === 1) at++
    places[line] = at++
  })
  return { places, sure }
}

function align(a: Int32Array, b: Int32Array, ids: number) {
  const alignment = histogram(a, b, ids)
  compact(a, alignment.removed, alignment.added)
  compact(b, alignment.added, alignment.removed)
  return alignment
}

/** A file as names for stretches of its lines. */
class Tokens {
  readonly names: string[] = []
  readonly file: Lines
  readonly #starts: number[] = []

  constructor(file: Lines) {
    this.file = file
  }

  push(name: string, line: number): void {
    this.names.push(name)
    this.#starts.push(line)
  }

  /** The first line of a token; of the one after the last the end. */
  line(token: number): number {
    return this.#starts[token] ?? this.file.ids.length
  }
}

/**
 * The three files in such names that whatever compares them finds git's alignment and no other: each stretch of the base that
 * stays together on both sides has a name of its own, which the sides share where it was matched; all else is unlike anything.
 * It is also short: a big file with few changes has few names.
 */
function tokenize(base: Lines, a: Lines, b: Lines, inA: Int32Array, inB: Int32Array): [Tokens, Tokens, Tokens] {
  const names = new Map<number, string>()
  const tokens = new Tokens(base)
  for (let line = 0; line < base.ids.length; line++) {
    if (line > 0 && follows(inA, line) && follows(inB, line)) continue
    names.set(line, `o${line}`)
    tokens.push(`o${line}`, line)
  }
  return [tokens, sideTokens(a, inA, names, 'a'), sideTokens(b, inB, names, 'b')]
}

/** Whether the line stands behind the one before it there too, or both are missing. */
function follows(places: Int32Array, line: number): boolean {
  const [before, here] = [places[line - 1] as number, places[line] as number]
  return before === -1 ? here === -1 : here === before + 1
}

function sideTokens(file: Lines, places: Int32Array, names: ReadonlyMap<number, string>, own: string): Tokens {
  const tokens = new Tokens(file)
  let next = 0
  places.forEach((place, line) => {
    if (place === -1) return
    if (place > next) tokens.push(`${own}${next}`, next)
    const name = names.get(line)
    if (name !== undefined) tokens.push(name, place)
    next = place + 1
  })
  if (next < file.ids.length) tokens.push(`${own}${next}`, next)
  return tokens
}

/** Both sides changed the lines of `span`: only what differs is in conflict, as git refines it. `oneChange`: in one stroke each. */
function refine(out: MergedText, a: Lines, b: Lines, span: Span, oneChange: boolean, ids: number): void {
  const { aStart, aEnd, bStart, bEnd } = span
  const [left, right] = [a.ids.subarray(aStart, aEnd), b.ids.subarray(bStart, bEnd)]
  if (left.length === right.length && left.every((line, n) => line === right[n])) {
    if (!oneChange) out.barrier()
    out.copy(a, aStart, aEnd)
    if (!oneChange) out.barrier()
    return
  }
  if (left.length === 0 || right.length === 0) {
    out.conflict(span)
    return
  }
  const { removed, added } = align(left, right, ids)
  for (let [i, j] = [0, 0]; i < removed.length || j < added.length;) {
    const [fromA, fromB] = [i, j]
    while (removed[i] === 1) i++
    while (added[j] === 1) j++
    if (i > fromA || j > fromB)
      out.conflict({ aStart: aStart + fromA, aEnd: aStart + i, bStart: bStart + fromB, bEnd: bStart + j })
    if (i < removed.length) out.copy(a, aStart + i, aStart + i + 1)
    i++
    j++
  }
}
