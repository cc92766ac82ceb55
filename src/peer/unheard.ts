/** Milliseconds for which an announcement that reached nobody is kept: gossip takes seconds to find its first follower. */
const KEPT_FOR = 60_000

interface Kept {
  topic: string
  bytes: Uint8Array
  /** Milliseconds. */
  at: number
}

/**
 * Announcements that nobody followed yet when they were made, the newest of each kind: a tab may commit before gossip
 * knows whom to tell.
 */
export class Unheard {
  readonly #kept = new Map<string, Kept>()
  readonly #clock: () => number

  constructor(clock: () => number = () => Date.now()) {
    this.#clock = clock
  }

  /** In place of what was kept of the same `kind` (a repository). */
  keep(kind: string, topic: string, bytes: Uint8Array): void {
    this.#kept.set(kind, { topic, bytes, at: this.#clock() })
  }

  /** `kind` was announced, and somebody heard it. */
  heard(kind: string): void {
    this.#kept.delete(kind)
  }

  /** What was kept for topics that are `followed` now, and is no longer. */
  take(followed: (topic: string) => boolean): Array<[kind: string, topic: string, bytes: Uint8Array]> {
    const since = this.#clock() - KEPT_FOR
    const taken: Array<[kind: string, topic: string, bytes: Uint8Array]> = []
    for (const [kind, { topic, bytes, at }] of this.#kept) {
      if (at < since) this.#kept.delete(kind)
      else if (followed(topic)) {
        this.#kept.delete(kind)
        taken.push([kind, topic, bytes])
      }
    }
    return taken
  }
}
