/**
 * Moves each group of changed lines as git does (`xdl_change_compact` without the indent heuristic, as in merges): up until it
 * meets another, which it then joins, then down as far as it goes, and back up to where it stands beside a group of the other
 * file. Where changes touch decides what conflicts, so a merge needs the very same places.
 *
 * `lines` and `changed` are those of one file, `other` the flags of the file that it is compared with.
 */
export function compact(lines: Int32Array, changed: Uint8Array, other: Uint8Array): void {
  const group = new Group(changed, lines)
  const beside = new Group(other)
  do {
    if (group.size > 0) slide(group, beside)
  } while (group.next() && beside.next())
}

function slide(group: Group, beside: Group): void {
  let [size, highest, aligned] = slideOnce(group, beside)
  while (size !== group.size) [size, highest, aligned] = slideOnce(group, beside)
  if (group.end === highest || aligned === -1) return
  while (beside.size === 0) {
    group.slideUp()
    beside.previous()
  }
}

/** Up and down again; gives the size before, the highest end, and the last end beside a group of the other file, else -1. */
function slideOnce(group: Group, beside: Group): [size: number, highest: number, aligned: number] {
  const size = group.size
  while (group.slideUp()) beside.previous()
  const highest = group.end
  let aligned = beside.size > 0 ? group.end : -1
  while (group.slideDown()) {
    beside.next()
    if (beside.size > 0) aligned = group.end
  }
  return [size, highest, aligned]
}

/** A run of changed lines, often empty: there is one before each unchanged line and one at the end. */
class Group {
  start = 0
  end = 0
  readonly #changed: Uint8Array
  readonly #lines: Int32Array

  constructor(changed: Uint8Array, lines: Int32Array = new Int32Array(0)) {
    this.#changed = changed
    this.#lines = lines
    this.#extend()
  }

  get size(): number {
    return this.end - this.start
  }

  /** False at the end of the file. */
  next(): boolean {
    if (this.end === this.#changed.length) return false
    this.start = this.end = this.end + 1
    this.#extend()
    return true
  }

  previous(): void {
    this.end = this.start - 1
    this.start = this.end
    while (this.#changed[this.start - 1] === 1) this.start--
  }

  slideDown(): boolean {
    if (this.end >= this.#lines.length || this.#lines[this.start] !== this.#lines[this.end]) return false
    this.#changed[this.start++] = 0
    this.#changed[this.end++] = 1
    this.#extend()
    return true
  }

  slideUp(): boolean {
    if (this.start === 0 || this.#lines[this.start - 1] !== this.#lines[this.end - 1]) return false
    this.#changed[--this.start] = 1
    this.#changed[--this.end] = 0
    while (this.#changed[this.start - 1] === 1) this.start--
    return true
  }

  #extend(): void {
    while (this.#changed[this.end] === 1) this.end++
  }
}
