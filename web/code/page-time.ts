/** Milliseconds of work in one go: half a frame, so that scrolling and typing never wait. */
const SLICE_MS = 8

/**
 * Does `steps` of work a slice at a time, beginning a little later, and lets the page live in between. Resolves when all are done; stops without
 * an error when `signal` is aborted.
 */
export async function inSlices(steps: Iterable<void>, signal: AbortSignal): Promise<void> {
  const iterator = steps[Symbol.iterator]()
  for (;;) {
    await nextTurn()
    const end = performance.now() + SLICE_MS
    do {
      if (signal.aborted || iterator.next().done === true) return
    } while (performance.now() < end)
  }
}

/** After the page has had its turn: input, layout and paint go first. */
async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0))
}
