import { SpeedMeter } from './speed.ts'
import type { TransferState } from '../types.ts'

/** Milliseconds between two reports: ten a second are enough for an eye. */
const INTERVAL = 100

/** What a running transfer has reached, told at most ten times a second. */
export class TransferProgress {
  readonly #report: () => void
  readonly #speed: SpeedMeter
  #state: TransferState = {
    phase: 'refs',
    bytes: 0,
    totalBytes: null,
    objects: 0,
    totalObjects: null,
    speed: 0,
    from: null,
  }
  #timer: ReturnType<typeof setTimeout> | undefined
  #last = 0

  constructor(report: () => void, clock: () => number = () => performance.now()) {
    this.#report = report
    this.#speed = new SpeedMeter(clock)
  }

  /** A new object at each call. */
  get state(): TransferState {
    return { ...this.#state, speed: this.#speed.bytesPerSecond }
  }

  set(changes: Partial<TransferState>): void {
    this.#state = { ...this.#state, ...changes }
    this.#schedule()
  }

  /** Bytes that came from a peer just now. */
  received(bytes: number): void {
    this.#speed.add(bytes)
    this.#state.bytes += bytes
    this.#schedule()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(): void {
    if (this.#timer != null) return
    const wait = Math.max(0, this.#last + INTERVAL - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#last = performance.now()
      this.#report()
    }, wait)
  }
}
