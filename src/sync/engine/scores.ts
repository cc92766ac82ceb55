import type { Offence } from './client/context.ts'

/** What each offence costs: twenty refusals of what was advertised, or a hundred silences, within an hour or so. */
const POINTS: Record<Offence, number> = { refused: 5, silent: 1, broken: 1 }
/** Points at which a peer is blocked. */
export const MAX_POINTS = 100
/** Milliseconds in which points lose half their weight. */
const HALF_LIFE = 3_600_000
/** Peers that points are kept of; the oldest go first. */
const MAX_PEERS = 1024

/** Counts what proves nothing by itself: a link that breaks, a holder that takes back what it said. */
export class Scores {
  readonly #clock: () => number
  readonly #points = new Map<string, { points: number; at: number }>()

  /** `clock` gives milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** True where it is enough: the peer is to be blocked. */
  add(peer: string, offence: Offence): boolean {
    const points = this.of(peer) + POINTS[offence]
    this.#points.delete(peer)
    this.#points.set(peer, { points, at: this.#clock() })
    const [oldest] = this.#points.keys()
    if (this.#points.size > MAX_PEERS && oldest != null) this.#points.delete(oldest)
    return points >= MAX_POINTS
  }

  of(peer: string): number {
    const known = this.#points.get(peer)
    return known == null ? 0 : known.points * 2 ** ((known.at - this.#clock()) / HALF_LIFE)
  }
}
