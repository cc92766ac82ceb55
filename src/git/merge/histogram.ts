import { changes } from '../view/myers.ts'

/** Which lines of two files do not belong together, as git's merge sees it. */
export interface Alignment {
  /** 1 where a line of the old file is gone. */
  removed: Uint8Array
  /** 1 where a line of the new file is new. */
  added: Uint8Array
  /** False where another version of git might choose other lines: the files have next to nothing but common lines in common. */
  sure: boolean
}

/** git's `max_chain_length`: a line that stands more often than this in a region is no anchor. */
const MAX_OCCURRENCES = 64
/** Comparisons of lines, beyond which nothing more is looked for: half a second of work, and what only a hostile file needs. */
const MAX_COMPARISONS = 50_000_000

interface Region {
  a0: number
  a1: number
  b0: number
  b1: number
}

/**
 * The histogram difference that `git merge` uses (not the one of `git diff`): again and again, the longest run of equal lines
 * around the line that is rarest in the old file belongs together, and what is before and after it is searched in turn.
 * Lines are given by number, equal lines having equal ones below `ids`. Two merges agree byte for byte only if they align
 * lines alike, so this follows git's xhistogram.c in every choice.
 */
export function histogram(a: Int32Array, b: Int32Array, ids: number, maxComparisons = MAX_COMPARISONS): Alignment {
  const search = new HistogramSearch(a, b, ids, maxComparisons)
  search.run()
  return search
}

class HistogramSearch implements Alignment {
  readonly removed: Uint8Array
  readonly added: Uint8Array
  sure = true
  readonly #a: Int32Array
  readonly #b: Int32Array
  /** By line number: how often it stands in the region of `a`, and where first. */
  readonly #count: Int32Array
  readonly #first: Int32Array
  /** By place in `a`: where the same line stands next, -1 for nowhere. */
  readonly #next: Int32Array
  #comparisons: number

  constructor(a: Int32Array, b: Int32Array, ids: number, maxComparisons: number) {
    this.#a = a
    this.#b = b
    this.removed = new Uint8Array(a.length)
    this.added = new Uint8Array(b.length)
    this.#count = new Int32Array(ids)
    this.#first = new Int32Array(ids)
    this.#next = new Int32Array(a.length)
    this.#comparisons = maxComparisons
  }

  run(): void {
    // A stack of regions instead of recursion: a hostile file may not choose how deep it goes.
    const regions: Region[] = [{ a0: 0, a1: this.#a.length, b0: 0, b1: this.#b.length }]
    for (let region = regions.pop(); region !== undefined; region = regions.pop()) {
      const { a0, a1, b0, b1 } = region
      if (a0 === a1 || b0 === b1) this.#differ(region)
      else {
        this.#index(region)
        const run = this.#longestRun(region)
        this.#forget(region)
        if (run === 'too common') this.#fallBack(region)
        else if (run === 'too much') this.#guess(this.#a.subarray(a0, a1), this.#b.subarray(b0, b1), a0, b0)
        else if (run === null) this.#differ(region)
        else regions.push({ a0, a1: run.a0, b0, b1: run.b0 }, { a0: run.a1, a1, b0: run.b1, b1 })
      }
    }
  }

  #differ({ a0, a1, b0, b1 }: Region): void {
    this.removed.fill(1, a0, a1)
    this.added.fill(1, b0, b1)
  }

  /**
   * Here git falls back to its other algorithm. What that makes of a change in one place is clear; for the rest it has
   * heuristics, and any alignment will do to show the conflict.
   */
  #fallBack({ a0, a1, b0, b1 }: Region): void {
    const [a, b] = [this.#a, this.#b]
    for (; a0 < a1 && b0 < b1 && a[a0] === b[b0]; a0++) b0++
    for (; a0 < a1 && b0 < b1 && a[a1 - 1] === b[b1 - 1]; a1--) b1--
    const [left, right] = [a.subarray(a0, a1), b.subarray(b0, b1)]
    const here = new Set(left)
    if (right.every((line) => !here.has(line))) this.#differ({ a0, a1, b0, b1 })
    else this.#guess(left, right, a0, b0)
  }

  #guess(left: Int32Array, right: Int32Array, a0: number, b0: number): void {
    this.sure = false
    const { removed, added } = changes(left, right)
    this.removed.set(removed, a0)
    this.added.set(added, b0)
  }

  #index({ a0, a1 }: Region): void {
    for (let at = a1 - 1; at >= a0; at--) {
      const line = this.#a[at] as number
      const count = this.#count[line] as number
      this.#next[at] = count === 0 ? -1 : (this.#first[line] as number)
      this.#first[line] = at
      this.#count[line] = count + 1
    }
  }

  #forget({ a0, a1 }: Region): void {
    for (let at = a0; at < a1; at++) this.#count[this.#a[at] as number] = 0
  }

  /** The run around the rarest line; null where nothing is common. */
  #longestRun(region: Region): Region | null | 'too common' | 'too much' {
    const [a, b] = [this.#a, this.#b]
    const { a0, a1, b0, b1 } = region
    let best: Region | null = null
    let rarest = MAX_OCCURRENCES + 1
    let common = false
    this.#comparisons -= a1 - a0
    for (let at = b0; at < b1;) {
      let next = at + 1
      const count = this.#count[b[at] as number] as number
      if (count > 0) common = true
      for (let place = count === 0 || count > rarest ? -1 : (this.#first[b[at] as number] as number); place >= 0;) {
        let [from, to, rarity] = [place, place + 1, count]
        let other = at
        while (from > a0 && other > b0 && a[from - 1] === b[other - 1]) {
          from--
          other--
          if (rarity > 1) rarity = Math.min(rarity, this.#count[a[from] as number] as number)
        }
        let otherEnd = at + 1
        while (to < a1 && otherEnd < b1 && a[to] === b[otherEnd]) {
          if (rarity > 1) rarity = Math.min(rarity, this.#count[a[to] as number] as number)
          to++
          otherEnd++
        }
        next = Math.max(next, otherEnd)
        if (rarity < rarest || (best !== null && to - from > best.a1 - best.a0)) {
          best = { a0: from, a1: to, b0: other, b1: otherEnd }
          rarest = rarity
        }
        this.#comparisons -= to - from
        if (this.#comparisons < 0) return 'too much'
        // The same run is found from each of its lines.
        do place = this.#next[place] as number
        while (place >= 0 && place < to)
      }
      at = next
    }
    return best ?? (common ? 'too common' : null)
  }
}
