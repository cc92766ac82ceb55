import { TokenBucket } from '../../../peer/index.ts'
import { MAX_OBJECTS_AT_ONCE, MAX_OBJECTS_PER_PEER, REFUSED_BUCKET, REQUEST_BUCKET, WALK_BUCKET } from './limits.ts'

/** Shared by all peers: how many packs are written at this moment. */
export interface ObjectsSlots {
  used: number
}

/** What one peer may ask for, over all its streams and connections: a reconnect does not fill its buckets again. */
export class PeerBudget {
  /** Open now. */
  streams = 0
  readonly #requests: TokenBucket
  readonly #walks: TokenBucket
  readonly #refused: TokenBucket
  readonly #onFlood: () => void
  readonly #slots: ObjectsSlots
  #packs = 0

  /** `onFlood`: it asks on, however often it was told to wait. */
  constructor(slots: ObjectsSlots, clock?: () => number, onFlood: () => void = () => undefined) {
    this.#slots = slots
    this.#requests = new TokenBucket(REQUEST_BUCKET, clock)
    this.#refused = new TokenBucket(REFUSED_BUCKET, clock)
    this.#onFlood = onFlood
    this.#walks = new TokenBucket(WALK_BUCKET, clock)
  }

  /** May this request be worked on; `walks` are those that cost a walk over refs or graph. */
  request(walks: boolean): boolean {
    if (this.#requests.take() && (!walks || this.#walks.take())) return true
    if (!this.#refused.take()) this.#onFlood()
    return false
  }

  /** Runs `work` in one of the slots for packs, or `busy` where all are taken, or this peer has its share. */
  async objects(work: () => Promise<void>, busy: () => Promise<void>): Promise<void> {
    if (this.#slots.used >= MAX_OBJECTS_AT_ONCE || this.#packs >= MAX_OBJECTS_PER_PEER) return busy()
    this.#slots.used++
    this.#packs++
    try {
      await work()
    } finally {
      this.#slots.used--
      this.#packs--
    }
  }
}
