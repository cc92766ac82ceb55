import { flushSync, untrack } from 'svelte'

import { inSlices } from './page-time.ts'

/** How many of `total` parts are on the page: more and more, a slice of time each, so that long pages do not stop it. */
export class Growing {
  count = $state(0)

  /** Nothing grows while `isOpen` says no. Make it while a component starts. */
  constructor(total: () => number, isOpen: () => boolean = () => true) {
    $effect(() => {
      const end = total()
      if (!isOpen()) return
      const growth = new AbortController()
      untrack(() => (this.count = Math.min(end, Math.max(1, this.count))))
      void inSlices(this.#grow(end), growth.signal)
      return () => growth.abort()
    })
  }

  /** At least `count` at once. */
  reach(count: number): void {
    if (this.count >= count) return
    flushSync(() => (this.count = count))
  }

  *#grow(end: number): Generator<void> {
    while (this.count < end) yield this.reach(this.count + 1)
  }
}
