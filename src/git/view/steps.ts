import { Slices } from '../pack/pause.ts'
import type { CallOptions, Progress } from '../types.ts'

/** Milliseconds between two reports of progress. */
const REPORT_MS = 100

/**
 * For long loops: `if (steps.due) await steps.next(…)` lets messages in (an abort among them), throws the signal's reason
 * once it is aborted, and reports progress ten times a second at most.
 */
export class Steps {
  readonly #slices: Slices
  readonly #report: (progress: Progress) => void

  constructor(options: CallOptions = {}) {
    this.#slices = new Slices(options.signal)
    this.#report = throttled(options.onProgress) ?? (() => undefined)
  }

  get due(): boolean {
    return this.#slices.due
  }

  async next(objects?: number): Promise<void> {
    await this.#slices.next()
    if (objects !== undefined) this.#report({ phase: 'read', objects })
  }
}

/** Leaves out what comes too soon after the last report, but not the first of another phase. */
export function throttled(report: CallOptions['onProgress']): CallOptions['onProgress'] {
  if (report === undefined) return undefined
  let [last, phase] = [-Infinity, '']
  return (progress) => {
    const now = performance.now()
    if (progress.phase === phase && now - last < REPORT_MS) return
    last = now
    phase = progress.phase
    report(progress)
  }
}
