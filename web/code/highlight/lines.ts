import { TOKEN_CLASSES } from './tokens.ts'

export interface Token {
  text: string
  /** CSS class, '' for plain text. */
  class: string
}

/** A text's lines without their line ends. A line end at the very end makes no empty last line, as in git. */
export function splitLines(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
}

/** Cuts the spans of a whole text (triples from, to, token; in order) into tokens line by line. */
export function tokenLines(text: string, spans: Uint32Array): Token[][] {
  const lines: Token[][] = []
  let span = 0
  let start = 0
  for (const raw of text.split('\n')) {
    const end = start + (raw.endsWith('\r') ? raw.length - 1 : raw.length)
    const tokens: Token[] = []
    let at = start
    while (span < spans.length && (spans[span] as number) < end) {
      const from = Math.max(at, spans[span] as number)
      const to = Math.min(end, spans[span + 1] as number)
      if (from > at) tokens.push({ text: text.slice(at, from), class: '' })
      if (to > from) tokens.push({ text: text.slice(from, to), class: TOKEN_CLASSES[spans[span + 2] as number] ?? '' })
      at = Math.max(at, to)
      // A span that goes on in the next line (a block comment) is looked at again there.
      if ((spans[span + 1] as number) > end) break
      span += 3
    }
    if (at < end) tokens.push({ text: text.slice(at, end), class: '' })
    lines.push(tokens)
    start += raw.length + 1
  }
  if (text === '' || text.endsWith('\n')) lines.pop()
  return lines
}
