import { DENY_TIME, MAX_DENIED } from './config.ts'
import type { Clock } from './token-bucket.ts'
import type { DeniedPeer } from './types.ts'

/** Who is refused, why, and until when. Bounded: the entries that end first make room. */
export class DenyList {
  readonly #now: Clock
  readonly #max: number
  readonly #denied = new Map<string, DeniedPeer>()

  constructor(now: Clock = Date.now, max = MAX_DENIED) {
    this.#now = now
    this.#max = max
  }

  add(id: string, reason: string, time = DENY_TIME): DeniedPeer {
    const denied = { id, reason, until: this.#now() + time }

    this.#denied.delete(id)
    this.#prune()
    this.#denied.set(id, denied)

    return denied
  }

  get(id: string): DeniedPeer | undefined {
    const denied = this.#denied.get(id)

    return denied !== undefined && denied.until > this.#now() ? denied : undefined
  }

  has(id: string): boolean {
    return this.get(id) !== undefined
  }

  list(): DeniedPeer[] {
    return [...this.#denied.values()].filter((denied) => denied.until > this.#now())
  }

  #prune(): void {
    const now = this.#now()

    for (const [id, denied] of this.#denied) {
      if (denied.until <= now) {
        this.#denied.delete(id)
      }
    }

    for (const id of this.#denied.keys()) {
      if (this.#denied.size < this.#max) {
        return
      }
      this.#denied.delete(id)
    }
  }
}
