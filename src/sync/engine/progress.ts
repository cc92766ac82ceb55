import { SpeedMeter } from './speed.ts'
import type { HolderState, SourceState, TransferState } from '../types.ts'

/** Milliseconds between two reports: ten a second are enough for an eye. */
const INTERVAL = 100
/** Devices that are told of one by one. */
const MAX_SOURCES = 16

interface Source {
  holder: Pick<HolderState, 'peer' | 'name' | 'link'>
  bytes: number
  speed: SpeedMeter
}

/** What a running transfer has reached, told at most ten times a second. */
export class TransferProgress {
  readonly #report: () => void
  readonly #clock: () => number
  readonly #speed: SpeedMeter
  readonly #sources = new Map<string, Source>()
  #state: Omit<TransferState, 'speed' | 'sources'> = {
    phase: 'refs',
    bytes: 0,
    totalBytes: null,
    objects: 0,
    totalObjects: null,
    from: null,
  }
  #timer: ReturnType<typeof setTimeout> | undefined
  #last = 0

  constructor(report: () => void, clock: () => number = () => performance.now()) {
    this.#report = report
    this.#clock = clock
    this.#speed = new SpeedMeter(clock)
  }

  /** A new object at each call. */
  get state(): TransferState {
    return { ...this.#state, speed: this.#speed.bytesPerSecond, sources: this.#listed() }
  }

  set(changes: Partial<Omit<TransferState, 'speed' | 'sources'>>): void {
    this.#state = { ...this.#state, ...changes }
    this.#schedule()
  }

  /** Bytes that came from a peer just now. */
  received(bytes: number, holder: Source['holder']): void {
    this.#speed.add(bytes)
    this.#state.bytes += bytes
    let source = this.#sources.get(holder.peer)
    if (source == null) {
      source = { holder, bytes: 0, speed: new SpeedMeter(this.#clock) }
      this.#sources.set(holder.peer, source)
    }
    source.bytes += bytes
    source.speed.add(bytes)
    this.#schedule()
  }

  /** Bytes that came are of no use: they are to come again. */
  lost(bytes: number): void {
    this.#state.bytes -= bytes
    this.#schedule()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #listed(): SourceState[] {
    return [...this.#sources.values()]
      .sort((a, b) => b.bytes - a.bytes)
      .slice(0, MAX_SOURCES)
      .map(({ holder: { peer, name, link }, bytes, speed }) => ({
        peer,
        name,
        link,
        bytes,
        speed: speed.bytesPerSecond,
      }))
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
