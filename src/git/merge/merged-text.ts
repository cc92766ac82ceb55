import { concat, LF, utf8 } from '../object/bytes.ts'
import type { Lines } from '../view/lines.ts'

/** What the conflict markers say, and how long they are: 7 characters, more where a conflict may stand in another. */
export interface Labels {
  ours: Uint8Array
  theirs: Uint8Array
  size: number
}

/** Lines `[aStart, aEnd)` of ours against `[bStart, bEnd)` of theirs. */
export interface Span {
  aStart: number
  aEnd: number
  bStart: number
  bEnd: number
}

/** git's `DEFAULT_CONFLICT_MARKER_SIZE`. */
export const MARKER_SIZE = 7

/** Lines between two conflicts, up to which git shows them as one. */
const JOINED = 3

const CR = 0x0d
const [CRLF_BYTES, LF_BYTES] = [Uint8Array.of(CR, LF), Uint8Array.of(LF)]

/** A merged file while it is put together: lines of one of the three files, and conflicts. */
export class MergedText {
  clean = true
  readonly #base: Lines
  readonly #ours: Lines
  readonly #theirs: Lines
  readonly #labels: Labels
  readonly #pieces: Array<Span | { bytes: Uint8Array }> = []
  /** Pieces since the last conflict, and how many lines they have; infinite where it does not join the next. */
  #since = 0
  #between = Infinity

  constructor(base: Lines, ours: Lines, theirs: Lines, labels: Labels) {
    this.#base = base
    this.#ours = ours
    this.#theirs = theirs
    this.#labels = labels
  }

  copy(file: Lines, from: number, to: number): void {
    this.#pieces.push({ bytes: slice(file, from, to) })
    this.#since++
    this.#between += to - from
  }

  /** Here is a change of one side, over which conflicts do not join. */
  barrier(): void {
    this.#between = Infinity
  }

  conflict(span: Span): void {
    this.clean = false
    if (this.#between <= JOINED) {
      this.#pieces.length -= this.#since
      const last = this.#pieces.pop() as Span
      this.#pieces.push({ ...last, aEnd: span.aEnd, bEnd: span.bEnd })
    } else this.#pieces.push(span)
    this.#since = this.#between = 0
  }

  bytes(): Uint8Array {
    return concat(this.#pieces.flatMap((piece) => ('bytes' in piece ? [piece.bytes] : this.#marked(piece))))
  }

  /** Both sides between markers, which end as the lines around them do; a last line without an end gets one. */
  #marked(span: Span): Uint8Array[] {
    const end = this.#endsInCrLf(span) ? CRLF_BYTES : LF_BYTES
    const marker = (sign: string, label?: Uint8Array) => [
      utf8(sign.repeat(this.#labels.size)),
      ...(label === undefined ? [] : [utf8(' '), label]),
      end,
    ]
    const side = (bytes: Uint8Array) => (bytes.length === 0 || bytes.at(-1) === LF ? [bytes] : [bytes, end])
    return [
      ...marker('<', this.#labels.ours),
      ...side(slice(this.#ours, span.aStart, span.aEnd)),
      ...marker('='),
      ...side(slice(this.#theirs, span.bStart, span.bEnd)),
      ...marker('>', this.#labels.theirs),
    ]
  }

  /** As git decides it: where the line before is so on both sides, and the base's first line. */
  #endsInCrLf({ aStart, bStart }: Span): boolean {
    const before = [endOf(this.#ours, Math.max(aStart - 1, 0)), endOf(this.#theirs, Math.max(bStart - 1, 0))]
    return !before.includes('lf') && endOf(this.#base, 0) === 'crlf'
  }
}

function slice(lines: Lines, from: number, to: number): Uint8Array {
  return lines.bytes.subarray(lines.starts[from], lines.starts[to])
}

/** How a line ends, or where it does not the one before it; null where there is nothing to tell by. */
function endOf({ bytes, starts, ids, complete }: Lines, line: number): 'lf' | 'crlf' | null {
  if (ids.length === 0) return null
  const last = line === ids.length - 1 && !complete ? line - 1 : line
  if (last < 0) return null
  const end = starts[last + 1] as number
  return end - (starts[last] as number) > 1 && bytes[end - 2] === CR ? 'crlf' : 'lf'
}
