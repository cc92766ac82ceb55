import './colours.css'

import { TOKEN_CLASSES } from './tokens.ts'

/** Part of a text node that has a colour. */
export interface Stroke {
  node: Text
  from: number
  to: number
  /** Index into `TOKEN_CLASSES`. */
  token: number
}

/**
 * Colours text through the browser's registry of highlights (CSS Custom Highlight API): the text itself is never
 * touched, so that a selection, a search's hit and the place of the page stay while colours come and go. A browser
 * without it shows plain text.
 */
export class Painter {
  readonly #painted = new Map<object, Array<[highlight: Highlight, range: StaticRange]>>()

  /** Paints what `owner` has, in place of what it had. */
  paint(owner: object, strokes: Iterable<Stroke>): void {
    this.clear(owner)
    if (!('highlights' in CSS)) return
    const ranges: Array<[Highlight, StaticRange]> = []
    for (const { node, from, to, token } of strokes) {
      const highlight = highlightOf(TOKEN_CLASSES[token] ?? '')
      const range = new StaticRange({ startContainer: node, startOffset: from, endContainer: node, endOffset: to })
      highlight.add(range)
      ranges.push([highlight, range])
    }
    this.#painted.set(owner, ranges)
  }

  clear(owner: object): void {
    for (const [highlight, range] of this.#painted.get(owner) ?? []) highlight.delete(range)
    this.#painted.delete(owner)
  }

  close(): void {
    for (const owner of [...this.#painted.keys()]) this.clear(owner)
  }
}

/** The page's one highlight of that name. */
function highlightOf(name: string): Highlight {
  const known = CSS.highlights.get(name)
  if (known !== undefined) return known
  const made = new Highlight()
  CSS.highlights.set(name, made)
  return made
}
