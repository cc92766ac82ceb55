import type { LineRange } from '../../router/index.ts'
import { type Painter, type Stroke } from '../highlight/paint.ts'
import { spansOfLines } from '../highlight/lines.ts'
import { inSlices } from '../page-time.ts'

/** Lines laid out together: blocks far from the screen cost the browser nothing (content-visibility). */
const BLOCK_LINES = 200
/** Pixels of a line that does not wrap; the style sheet says the same. */
const LINE_HEIGHT = 20
/** Characters of a line beyond which it has no colours: tens of thousands of ranges in one line stop the page. */
const MAX_PAINTED_LINE = 4000
/** How far beyond the screen lines are coloured already. */
const PAINT_MARGIN = '600px 0px'

/** What was highlighted: `starts` and `spans` as ../highlight/lines.ts has them. */
export interface Colours {
  starts: readonly number[]
  spans: Uint32Array
}

/**
 * The lines of a file as elements in `host`: all of them, as plain text, so that the browser's own search finds every
 * line. Made by hand and in slices, because twenty thousand lines at once stop the page for seconds; a change keeps the
 * elements, so that neither place nor selection is lost.
 */
export class CodeBlocks {
  readonly #host: HTMLElement
  readonly #address: (line: number) => string
  readonly #painter: Painter
  readonly #observer: IntersectionObserver
  readonly #blocks: HTMLElement[] = []
  /** Those near the screen. */
  readonly #near = new Set<number>()
  #lines: readonly string[] = []
  #colours: Colours | null = null
  #marked: LineRange | null = null
  #filling = new AbortController()

  constructor(host: HTMLElement, painter: Painter, address: (line: number) => string) {
    this.#host = host
    this.#address = address
    this.#painter = painter
    this.#observer = new IntersectionObserver((entries) => this.#onNear(entries), { rootMargin: PAINT_MARGIN })
  }

  /** Shows `lines`, those around `first` (counted from 1) at once and the rest as the page has time. */
  show(lines: readonly string[], first: number): void {
    this.#filling.abort()
    this.#filling = new AbortController()
    this.#lines = lines
    const count = Math.ceil(lines.length / BLOCK_LINES)
    while (this.#blocks.length > count) this.#dropBlock()
    while (this.#blocks.length < count) this.#addBlock()
    const middle = Math.min(count - 1, Math.floor((first - 1) / BLOCK_LINES))
    const soon = new Set([...this.#near, middle - 1, middle, middle + 1].filter((block) => block >= 0 && block < count))
    for (const block of soon) this.#fill(block)
    void inSlices(this.#fillAllBut(soon), this.#filling.signal)
  }

  /** Those of the lines that are shown; until they come, the old ones stay. */
  colour(colours: Colours): void {
    this.#colours = colours
    for (const block of this.#near) this.#paint(block)
  }

  mark(range: LineRange | null): void {
    const before = this.#marked
    this.#marked = range
    for (const part of [before, range]) {
      if (part === null) continue
      for (let line = part.from; line <= Math.min(part.to, this.#lines.length); line++) this.#markRow(line)
    }
  }

  /** The row of a line, counted from 1. */
  row(line: number): HTMLElement | null {
    const block = this.#blocks[Math.floor((line - 1) / BLOCK_LINES)]
    return (block?.children[(line - 1) % BLOCK_LINES] as HTMLElement | undefined) ?? null
  }

  close(): void {
    this.#filling.abort()
    this.#observer.disconnect()
    this.#painter.close()
  }

  #addBlock(): void {
    const block = document.createElement('div')
    block.className = 'block'
    block.dataset.block = String(this.#blocks.length)
    this.#blocks.push(block)
    this.#size(this.#blocks.length - 1)
    this.#host.append(block)
    this.#observer.observe(block)
  }

  #dropBlock(): void {
    const block = this.#blocks.pop()
    if (block === undefined) return
    this.#observer.unobserve(block)
    this.#painter.clear(block)
    this.#near.delete(this.#blocks.length)
    block.remove()
  }

  #count(index: number): number {
    return Math.min(BLOCK_LINES, this.#lines.length - index * BLOCK_LINES)
  }

  /** As high as its lines are going to be, so that nothing moves when they come. */
  #size(index: number): void {
    const block = this.#blocks[index]
    if (block === undefined) return
    const height = `${this.#count(index) * LINE_HEIGHT}px`
    block.style.setProperty('contain-intrinsic-height', `auto ${height}`)
    block.style.minHeight = block.childElementCount === 0 ? height : ''
  }

  #fill(index: number): void {
    const block = this.#blocks[index]
    if (block === undefined) return
    const count = this.#count(index)
    const rows = document.createDocumentFragment()
    for (let at = 0; at < count; at++) {
      const line = index * BLOCK_LINES + at + 1
      // The line end is text, so that copied empty lines stay lines.
      const text = `${this.#lines[line - 1] ?? ''}\n`
      const row = block.children[at]
      if (row === undefined) rows.append(this.#makeRow(line, text))
      else if (textOf(row).data !== text) textOf(row).data = text
    }
    while (block.childElementCount > count) block.lastElementChild?.remove()
    block.append(rows)
    this.#size(index)
    if (this.#near.has(index)) this.#paint(index)
  }

  *#fillAllBut(done: ReadonlySet<number>): Generator<void> {
    for (const block of [...this.#blocks.keys()]) {
      if (!done.has(block)) yield this.#fill(block)
    }
  }

  #makeRow(line: number, text: string): HTMLElement {
    const row = document.createElement('div')
    row.className = 'row'
    const number = document.createElement('a')
    number.className = 'number'
    number.href = this.#address(line)
    number.dataset.line = String(line)
    number.ariaLabel = `Line ${line}`
    // One stop of the Tab key for all of them; arrows go on from there.
    number.tabIndex = line === 1 ? 0 : -1
    const code = document.createElement('code')
    code.append(text)
    row.append(number, code)
    if (this.#isMarked(line)) row.classList.add('marked')
    return row
  }

  #isMarked(line: number): boolean {
    return this.#marked !== null && line >= this.#marked.from && line <= this.#marked.to
  }

  #markRow(line: number): void {
    this.row(line)?.classList.toggle('marked', this.#isMarked(line))
  }

  #onNear(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const index = Number((target as HTMLElement).dataset.block)
      if (!isIntersecting) {
        this.#near.delete(index)
        this.#painter.clear(target)
      } else if (this.#blocks[index] === target) {
        this.#near.add(index)
        this.#paint(index)
      }
    }
  }

  #paint(index: number): void {
    const block = this.#blocks[index]
    if (block === undefined || this.#colours === null) return
    this.#painter.paint(block, this.#strokes(block, index * BLOCK_LINES, this.#colours))
  }

  *#strokes(block: HTMLElement, first: number, { starts, spans }: Colours): Generator<Stroke> {
    for (const { line, from, to, token } of spansOfLines(starts, spans, first, first + block.childElementCount)) {
      const row = block.children[line - first]
      if (row === undefined) return
      const node = textOf(row)
      if (node.length <= MAX_PAINTED_LINE && to <= node.length) yield { node, from, to, token }
    }
  }
}

function textOf(row: Element): Text {
  return row.lastElementChild?.firstChild as Text
}
