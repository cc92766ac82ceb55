/**
 * Which elements of two sequences an edit script removes and adds: Myers, "An O(ND) Difference Algorithm and Its
 * Variations" (1986), section 4b, in linear space. The script is shortest unless its search gets longer than `effort`
 * allows.
 */
export interface Changes {
  /** 1 where the element of `a` is removed. */
  removed: Uint8Array
  /** 1 where the element of `b` is added. */
  added: Uint8Array
}

/**
 * Differences that one search for a middle may cross. Beyond it the furthest point that was reached divides the problem,
 * which costs at most some needless lines in the diff of files that have little in common: 1,024 keeps two files of
 * 10,000 lines without a common order under half a second.
 */
export const DEFAULT_EFFORT = 1024

export function changes(a: Int32Array, b: Int32Array, effort = DEFAULT_EFFORT): Changes {
  const removed = new Uint8Array(a.length)
  const added = new Uint8Array(b.length)
  // What stands on one side only cannot be kept: leaving it out first makes the search shorter, and keeps it shortest.
  const left = common(a, b, removed)
  const right = common(b, a, added)
  const search = new Search(left.values, right.values, effort)
  search.run()
  search.removed.forEach((flag, i) => (removed[left.places[i] as number] = flag))
  search.added.forEach((flag, i) => (added[right.places[i] as number] = flag))
  return { removed, added }
}

/** The elements of `a` that `b` has too, and where they stand; the others are flagged. */
function common(a: Int32Array, b: Int32Array, flags: Uint8Array): { values: Int32Array; places: Int32Array } {
  const known = new Set(b)
  const places = new Int32Array(a.length)
  const values = new Int32Array(a.length)
  let count = 0
  a.forEach((value, i) => {
    if (known.has(value)) {
      places[count] = i
      values[count++] = value
    } else flags[i] = 1
  })
  return { values: values.subarray(0, count), places: places.subarray(0, count) }
}

class Search {
  readonly removed: Uint8Array
  readonly added: Uint8Array
  readonly #a: Int32Array
  readonly #b: Int32Array
  readonly #effort: number
  /** Furthest x on each diagonal, forwards and backwards. */
  readonly #forth: Int32Array
  readonly #back: Int32Array
  readonly #offset: number

  constructor(a: Int32Array, b: Int32Array, effort: number) {
    this.#a = a
    this.#b = b
    this.#effort = effort
    this.removed = new Uint8Array(a.length)
    this.added = new Uint8Array(b.length)
    this.#offset = b.length + 1
    this.#forth = new Int32Array(a.length + b.length + 3)
    this.#back = new Int32Array(a.length + b.length + 3)
  }

  run(): void {
    // A stack of boxes instead of recursion: a hostile file may not choose how deep it goes.
    const boxes: Array<[number, number, number, number]> = [[0, this.#a.length, 0, this.#b.length]]
    for (let box = boxes.pop(); box !== undefined; box = boxes.pop()) {
      let [a0, a1, b0, b1] = box
      for (; a0 < a1 && b0 < b1 && this.#a[a0] === this.#b[b0]; a0++) b0++
      for (; a0 < a1 && b0 < b1 && this.#a[a1 - 1] === this.#b[b1 - 1]; a1--) b1--
      if (a0 === a1) this.added.fill(1, b0, b1)
      else if (b0 === b1) this.removed.fill(1, a0, a1)
      else {
        const [x, y] = this.#middle(a0, a1, b0, b1)
        boxes.push([a0, x, b0, y], [x, a1, y, b1])
      }
    }
  }

  /** A point inside the box, not one of its own two corners, that a shortest path crosses. */
  #middle(a0: number, a1: number, b0: number, b1: number): [number, number] {
    const forth = this.#forth
    const back = this.#back
    const offset = this.#offset
    const forthStart = a0 - b0
    const backStart = a1 - b1
    const low = a0 - b1
    const high = a1 - b0
    const odd = ((forthStart - backStart) & 1) !== 0
    forth[forthStart + offset] = a0
    back[backStart + offset] = a1
    let [forthLow, forthHigh, backLow, backHigh] = [forthStart, forthStart, backStart, backStart]
    for (let cost = 1; ; cost++) {
      // Diagonals that lie outside of the box are cut off; the sentinel keeps the neighbours' maximum right.
      if (forthLow > low) forth[--forthLow - 1 + offset] = -1
      else forthLow++
      if (forthHigh < high) forth[++forthHigh + 1 + offset] = -1
      else forthHigh--
      for (let d = forthHigh; d >= forthLow; d -= 2) {
        const down = forth[d + 1 + offset] as number
        const right = forth[d - 1 + offset] as number
        let x = right >= down ? right + 1 : down
        while (x < a1 && x - d < b1 && this.#a[x] === this.#b[x - d]) x++
        forth[d + offset] = x
        if (odd && d >= backLow && d <= backHigh && (back[d + offset] as number) <= x) return [x, x - d]
      }
      if (backLow > low) back[--backLow - 1 + offset] = 0x7fffffff
      else backLow++
      if (backHigh < high) back[++backHigh + 1 + offset] = 0x7fffffff
      else backHigh--
      for (let d = backHigh; d >= backLow; d -= 2) {
        const up = back[d - 1 + offset] as number
        const left = back[d + 1 + offset] as number
        let x = up < left ? up : left - 1
        while (x > a0 && x - d > b0 && this.#a[x - 1] === this.#b[x - d - 1]) x--
        back[d + offset] = x
        if (!odd && d >= forthLow && d <= forthHigh && x <= (forth[d + offset] as number)) return [x, x - d]
      }
      if (cost >= this.#effort) return this.#furthest(a0, a1, b0, b1, forthLow, forthHigh)
    }
  }

  /** Where the search got furthest from the start, kept off both corners so that the boxes shrink. */
  #furthest(a0: number, a1: number, b0: number, b1: number, low: number, high: number): [number, number] {
    let [bestX, bestY] = [a0, b0]
    for (let d = high; d >= low; d -= 2) {
      const x = Math.min(this.#forth[d + this.#offset] as number, a1)
      const y = x - d
      if (x < a0 || y < b0 || y > b1) continue
      if (x + y > bestX + bestY && !(x === a1 && y === b1)) [bestX, bestY] = [x, y]
    }
    if (bestX === a0 && bestY === b0) return [a0 + 1, b0]
    return [bestX, bestY]
  }
}
