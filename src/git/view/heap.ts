/** A priority queue: `pop` gives the item with the highest priority, of equal ones that which came first, as git's does. */
export class Heap<T> {
  readonly #items: Array<{ item: T; priority: number; order: number }> = []
  #pushed = 0

  get size(): number {
    return this.#items.length
  }

  push(item: T, priority: number): void {
    const items = this.#items
    const entry = { item, priority, order: this.#pushed++ }
    let at = items.length
    items.push(entry)
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = items[above]
      if (parent === undefined || !before(entry, parent)) break
      items[at] = parent
      at = above
    }
    items[at] = entry
  }

  pop(): T | undefined {
    const items = this.#items
    const top = items[0]
    const last = items.pop()
    if (top === undefined || last === undefined) return undefined
    if (items.length === 0) return top.item
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      const left = items[below]
      const right = items[below + 1]
      if (left === undefined) break
      let child = left
      if (right !== undefined && before(right, left)) {
        child = right
        below++
      }
      if (!before(child, last)) break
      items[at] = child
      at = below
    }
    items[at] = last
    return top.item
  }
}

interface Ranked {
  priority: number
  order: number
}

function before(a: Ranked, b: Ranked): boolean {
  return a.priority > b.priority || (a.priority === b.priority && a.order < b.order)
}
