/** A text's lines without their line ends. A line end at the very end makes no empty last line, as in git. */
export function splitLines(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
}

/** Where each line of a text starts, in UTF-16 units; one more at the end, where the next would. */
export function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  if (starts.at(-1) !== text.length) starts.push(text.length + 1)
  return starts
}

/** Part of one line that has a colour. */
export interface LineSpan {
  /** Counted from 0. */
  line: number
  /** UTF-16 units within the line; `to` may reach into its line end. */
  from: number
  to: number
  /** Index into `TOKEN_CLASSES`. */
  token: number
}

/** Cuts the spans of a whole text (triples from, to, token; in order) into those of the lines `first` to before `end`. */
export function* spansOfLines(
  starts: readonly number[],
  spans: Uint32Array,
  first: number,
  end: number,
): Generator<LineSpan> {
  let line = first
  for (let at = firstSpan(spans, starts[first] ?? 0); at < spans.length; at += 3) {
    const [from, to, token] = [spans[at] ?? 0, spans[at + 1] ?? 0, spans[at + 2] ?? 0]
    while (line < end && (starts[line + 1] ?? 0) <= from) line++
    // A span that goes on (a block comment) has a part in each of its lines.
    for (let part = line; part < end && (starts[part] ?? Infinity) < to; part++) {
      const start = starts[part] ?? 0
      const cut = Math.min(to, (starts[part + 1] ?? 1) - 1)
      if (cut > Math.max(from, start)) yield { line: part, from: Math.max(from, start) - start, to: cut - start, token }
    }
    if (line >= end) return
  }
}

/** Index of the first span that ends after `offset`. */
function firstSpan(spans: Uint32Array, offset: number): number {
  let [low, high] = [0, spans.length / 3]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((spans[middle * 3 + 1] ?? 0) > offset) high = middle
    else low = middle + 1
  }
  return low * 3
}
