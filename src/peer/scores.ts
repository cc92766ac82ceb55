import { MAX_REMEMBERED_PEERS, SCORE_HALF_LIFE, SILENCE_APART } from './config.ts'
import type { Clock } from './token-bucket.ts'
import type { Offence } from './types.ts'

/**
 * What each offence costs: twenty refusals of what was advertised, silence for more than an hour, five broken messages, or
 * ten streams beyond what a flood is forgiven, within an hour or so.
 */
const POINTS: Record<Offence, number> = { refused: 5, silent: 1, broken: 1, protocol: 20, flood: 10 }
/** Points at which a peer is refused. */
export const MAX_POINTS = 100

interface Held {
  points: number
  /** When they were that many, and when the last silence was counted; both in Unix milliseconds. */
  at: number
  silentAt: number
}

/** Counts what proves nothing by itself: a link that breaks, a holder that takes back what it said. */
export class Scores {
  readonly #now: Clock
  readonly #max: number
  readonly #points = new Map<string, Held>()

  constructor(now: Clock = Date.now, max = MAX_REMEMBERED_PEERS) {
    this.#now = now
    this.#max = max
  }

  /** True where it is enough: the peer is to be refused. */
  add(peer: string, offence: Offence): boolean {
    const now = this.#now()
    const silentAt = this.#points.get(peer)?.silentAt ?? -Infinity

    if (offence === 'silent' && Math.abs(now - silentAt) < SILENCE_APART) {
      return false
    }

    const points = this.pointsOf(peer) + POINTS[offence]

    this.#points.delete(peer)
    this.#points.set(peer, { points, at: now, silentAt: offence === 'silent' ? now : silentAt })
    const [oldest] = this.#points.keys()
    if (this.#points.size > this.#max && oldest !== undefined) {
      this.#points.delete(oldest)
    }

    // Rounded: a moment's decay between the last two offences saves nobody.
    return Math.round(points) >= MAX_POINTS
  }

  /** Forgives everything: whoever was let in again begins anew. */
  forgive(peer: string): void {
    this.#points.delete(peer)
  }

  pointsOf(peer: string): number {
    const known = this.#points.get(peer)
    // A clock that was set back makes nothing weigh more.
    const elapsed = known === undefined ? 0 : Math.max(0, this.#now() - known.at)

    return known === undefined ? 0 : known.points * 2 ** (-elapsed / SCORE_HALF_LIFE)
  }

  /** 0: nothing is held against it; −100: it is refused. Whole numbers. */
  of(peer: string): number {
    return -Math.round(Math.min(this.pointsOf(peer), MAX_POINTS)) || 0
  }
}
