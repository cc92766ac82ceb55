import { asError } from '../bytes.ts'
import { FAR_WINDOW, NEAR } from '../credit.ts'
import type { ClientSession } from './session.ts'

/** Connections that one fetch takes chunks over where the way is long, those to several holders counted together. */
export const CONNECTIONS = 4
/** Seconds that one connection would take at least: to open another takes a dozen round trips, and then it begins slowly. */
const WORTH_OPENING = 1.5

export interface LanesInit {
  /** Opens one more connection to the holder of a session, and a session over it. */
  open: (session: ClientSession, signal: AbortSignal) => Promise<ClientSession>
  signal: AbortSignal
}

/**
 * More connections to the holders that a fetch takes chunks from. One SCTP association carries a window in a round trip, and
 * that neither grows beyond what its end takes at once nor soon again after a loss: over a long way several carry more.
 */
export class Lanes {
  readonly #init: LanesInit
  readonly #lanes = new Map<ClientSession, Set<ClientSession>>()
  /** Opened or being opened, by the session that they stand beside; a holder that let one down is not asked again. */
  readonly #begun = new Map<ClientSession, number>()
  readonly #stop = new AbortController()
  #onChange: () => void = () => undefined

  constructor(init: LanesInit) {
    this.#init = init
  }

  /** Called when lanes were opened or lost. One listener at a time: packs are fetched one after the other. */
  listen(onChange: () => void): void {
    this.#onChange = onChange
  }

  /** Open ones beside `session`. */
  of(session: ClientSession): ClientSession[] {
    return [...(this.#lanes.get(session) ?? [])].filter(({ open }) => open)
  }

  /** Opens those that pay beside `sessions`, where they are among so many holders, who are to bring so many bytes together. */
  widen(sessions: ClientSession[], holders: number, bytes: number): void {
    if (this.#stop.signal.aborted) return
    const each = Math.ceil(CONNECTIONS / holders) - 1
    for (const session of sessions) {
      const { roundTrip } = session
      const milliseconds = (bytes / holders / FAR_WINDOW) * roundTrip
      if (roundTrip <= NEAR || !Number.isFinite(roundTrip) || milliseconds < 1000 * WORTH_OPENING) continue
      for (let begun = this.#begun.get(session) ?? 0; begun < each; begun++) {
        this.#begun.set(session, begun + 1)
        void this.#open(session)
      }
    }
  }

  /** No more chunks come over them. */
  close(): void {
    this.#stop.abort()
    for (const lanes of this.#lanes.values()) for (const lane of lanes) void end(lane)
    this.#lanes.clear()
  }

  async #open(session: ClientSession): Promise<void> {
    const signal = AbortSignal.any([this.#init.signal, this.#stop.signal])
    let lane: ClientSession
    try {
      lane = await this.#init.open(session, signal)
    } catch {
      // What is to be fetched comes over those that are there.
      return
    }
    if (this.#stop.signal.aborted || !session.open) return await end(lane)
    this.#lanes.set(session, (this.#lanes.get(session) ?? new Set()).add(lane))
    this.#onChange()
    await lane.closed
    this.#lanes.get(session)?.delete(lane)
    await end(lane)
    this.#onChange()
  }
}

/** Ends a lane's session and its connection, which carries nothing else. */
async function end(lane: ClientSession): Promise<void> {
  await lane.close()
  try {
    await lane.connection.close()
  } catch (error) {
    lane.connection.abort(asError(error))
  }
}
