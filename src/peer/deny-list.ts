import { DENY_TIME, MAX_DENIED } from './config.ts'
import type { Clock } from './token-bucket.ts'
import type { DeniedPeer } from './types.ts'

/** What `add` is told beside the PeerId and the reason. */
export type Denial = Pick<DeniedPeer, 'identity' | 'proven'>

const UNKNOWN: Denial = { identity: null, proven: true }

/**
 * Who is refused, why, and until when; by PeerId, and by the identity that ran the peer, since a PeerId costs nothing to
 * make. Bounded: the entries that were made first make room.
 */
export class DenyList {
  readonly #now: Clock
  readonly #max: number
  readonly #denied = new Map<string, DeniedPeer>()

  constructor(now: Clock = Date.now, max = MAX_DENIED) {
    this.#now = now
    this.#max = max
  }

  /** `dropped`: PeerIds of entries that ended or made room. */
  add(id: string, reason: string, denial: Denial = UNKNOWN): { denied: DeniedPeer; dropped: string[] } {
    const denied = { id, reason, ...denial, until: this.#now() + DENY_TIME }

    this.#denied.delete(id)
    const dropped = this.#makeRoom()
    this.#denied.set(id, denied)

    return { denied, dropped }
  }

  /** True if it was refused. */
  remove(id: string): boolean {
    return this.#denied.delete(id)
  }

  get(id: string): DeniedPeer | undefined {
    const denied = this.#denied.get(id)

    return denied !== undefined && denied.until > this.#now() ? denied : undefined
  }

  /** The entry of whichever peer an identity was refused for. */
  ofIdentity(identity: string): DeniedPeer | undefined {
    return this.list().find((denied) => denied.identity?.id === identity)
  }

  has(id: string): boolean {
    return this.get(id) !== undefined
  }

  list(): DeniedPeer[] {
    return [...this.#denied.values()].filter((denied) => denied.until > this.#now())
  }

  /** Takes over what was kept, in place of what is here. A clock that was set back refuses nobody for longer. */
  replace(kept: DeniedPeer[]): void {
    const latest = this.#now() + DENY_TIME

    this.#denied.clear()
    for (const denied of kept.sort((a, b) => a.until - b.until)) {
      this.#makeRoom()
      this.#denied.set(denied.id, { ...denied, until: Math.min(denied.until, latest) })
    }
  }

  #makeRoom(): string[] {
    const now = this.#now()
    const dropped = [...this.#denied.values()].filter(({ until }) => until <= now).map(({ id }) => id)
    const left = [...this.#denied.keys()].slice(dropped.length)
    dropped.push(...left.slice(0, Math.max(0, left.length - this.#max + 1)))
    for (const id of dropped) {
      this.#denied.delete(id)
    }

    return dropped
  }
}
