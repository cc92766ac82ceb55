import { QueueOverrunError } from '../errors.ts'

/**
 * Bytes that a sender may have on the way at first, and at most. On a fresh WebRTC channel a window of 2 MiB from the
 * start is far slower than 256 KiB (measured: 5.4 against 0.45 s for the first 10 MB); js-libp2p aborts a stream that
 * has 4 MiB unread.
 */
export const FIRST_WINDOW = 256 * 1024
export const MAX_WINDOW = 2 * 1024 * 1024

/** Milliseconds of a round trip up to which one connection carries what there is. */
export const NEAR = 10
/**
 * The most where the way is longer. An SCTP association that has more on its way overruns, sooner or later, what its end
 * takes at once, and carries a tenth for seconds after that. Measured at 50 ms, 20 MB over four raw connections: 2.6 to 3.5 s
 * with 128 or 256 KiB each, 4.3 to 11.8 s with 1 MiB; over one, 5.3 to 9.5 s with 256 KiB, and more with less or more. A busy
 * page, whose grants are late, needs the larger of the two.
 */
export const FAR_WINDOW = 256 * 1024

/** The receiver's side of the flow control of one connection, over all its transfers. */
export class ReceiveCredit {
  readonly #clock: () => number
  readonly #grant: (total: number) => void
  #window = FIRST_WINDOW
  #received = 0
  #consumed = 0
  #granted = 0
  /** Grants that are on their way: when the first byte beyond `from` comes, the sender has had it. */
  #probe: { from: number; sentAt: number } | undefined
  #minimum = Infinity
  #most = MAX_WINDOW

  /** `grant` tells the sender its new total; `clock` gives milliseconds. */
  constructor(grant: (total: number) => void, clock: () => number = () => performance.now()) {
    this.#grant = grant
    this.#clock = clock
  }

  get window(): number {
    return this.#window
  }

  /** The connection's round trip in milliseconds, as far as it is known. */
  shape(roundTrip: number): void {
    this.#most = roundTrip > NEAR ? FAR_WINDOW : MAX_WINDOW
    this.#window = Math.min(this.#most, this.#window)
  }

  /** Payload came. Throws `QueueOverrunError` where it was more than the credit. */
  received(bytes: number): void {
    this.#received += bytes
    if (this.#received > this.#granted) throw new QueueOverrunError(this.#granted)
    const probe = this.#probe
    if (probe == null || this.#received <= probe.from) return
    this.#probe = undefined
    const roundTrip = this.#clock() - probe.sentAt
    this.#minimum = Math.min(this.#minimum, roundTrip)
    // Below a few milliseconds the clock's own grain would stop the growth.
    if (roundTrip <= Math.max(2 * this.#minimum, this.#minimum + 5)) {
      this.#window = Math.min(this.#most, this.#window * 2)
    } else if (roundTrip > 4 * this.#minimum + 5) {
      this.#window = Math.max(FIRST_WINDOW, Math.floor(this.#window / 2))
    }
  }

  /** Payload was worked off: there is room for as much more. */
  consumed(bytes: number): void {
    this.#consumed += bytes
    this.refresh()
  }

  /** A stream was lost, and with it an unknown part of what was granted: all of it counts as gone. */
  forfeit(): void {
    this.#consumed = this.#granted
    this.#probe = undefined
    this.refresh()
  }

  /** Tells the sender its credit where that has grown by a quarter of the window; at the start, the first window. */
  refresh(): void {
    const total = this.#consumed + this.#window
    if (total - this.#granted < this.#window / 4) return
    // The first grant's answer waits for the request's work too: it says nothing about the link.
    if (this.#granted > 0) this.#probe ??= { from: this.#granted, sentAt: this.#clock() }
    this.#granted = total
    this.#grant(total)
  }
}

/** The sender's side: what a connection's receiver has allowed so far. */
export class SendCredit {
  #granted = 0
  #sent = 0
  #raised = Promise.withResolvers<void>()

  /** A `Credit` came: totals never fall. */
  raise(total: number): void {
    if (total <= this.#granted) return
    this.#granted = total
    this.#raised.resolve()
    this.#raised = Promise.withResolvers<void>()
  }

  /** Takes 1 to `wanted` bytes of credit, and waits while there is none. */
  async take(wanted: number, signal: AbortSignal): Promise<number> {
    for (;;) {
      signal.throwIfAborted()
      const free = this.#granted - this.#sent
      if (free > 0) {
        const taken = Math.min(free, wanted)
        this.#sent += taken
        return taken
      }
      const raised = this.#raised.promise
      const aborted = Promise.withResolvers<void>()
      const onAbort = (): void => aborted.reject(signal.reason as Error)
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        await Promise.race([raised, aborted.promise])
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
    }
  }
}
