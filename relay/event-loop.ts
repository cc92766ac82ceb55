import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds between two looks: a delay below it is not seen. */
const RESOLUTION = 10
const NANOSECONDS = 1e9

/** Seconds by which timers were late. */
export interface EventLoopLag {
  p50: number
  p99: number
  max: number
}

/** How late the event loop is: what everybody waits for when a relay has too much to do. */
export class EventLoop {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION })

  start(): void {
    this.#delay.enable()
  }

  stop(): void {
    this.#delay.disable()
  }

  /** Since the last call. */
  read(): EventLoopLag {
    const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION / 1000)
    const { max, count } = this.#delay
    const lag =
      count === 0
        ? { p50: 0, p99: 0, max: 0 }
        : { p50: seconds(this.#delay.percentile(50)), p99: seconds(this.#delay.percentile(99)), max: seconds(max) }
    this.#delay.reset()
    return lag
  }
}
