import { ANNOUNCEMENT_BUCKET, MAX_ANNOUNCEMENT_BYTES, MAX_DROPPED_ANNOUNCEMENTS } from './config.ts'
import { TokenBuckets } from './token-bucket.ts'
import { topicKind } from './topics.ts'
import type { Clock } from './token-bucket.ts'
import type { AnnouncementValidator } from './types.ts'

export type Verdict = 'accept' | 'ignore' | 'reject'

export interface ArrivedAnnouncement {
  topic: string
  bytes: Uint8Array
  author: string
  /** Who handed it to us: its author or somebody who forwarded it. */
  source: string
}

export interface AnnouncementGuardOptions {
  validate: AnnouncementValidator
  isRelay: (id: string) => boolean
  /** Called once a source has had more than 100 announcements dropped. */
  onFlood: (source: string) => void
  now?: Clock
}

/**
 * What stands before the program's validator: size, and a bucket for each author. A forwarder has a bucket too unless
 * it is a relay, which rightly carries everybody's.
 */
export class AnnouncementGuard {
  readonly #options: AnnouncementGuardOptions
  readonly #authors: TokenBuckets
  readonly #sources: TokenBuckets
  readonly #drops: TokenBuckets

  constructor(options: AnnouncementGuardOptions) {
    this.#options = options
    this.#authors = new TokenBuckets(ANNOUNCEMENT_BUCKET, options.now)
    this.#sources = new TokenBuckets(ANNOUNCEMENT_BUCKET, options.now)
    this.#drops = new TokenBuckets({ capacity: MAX_DROPPED_ANNOUNCEMENTS, perSecond: 1 }, options.now)
  }

  async check(arrived: ArrivedAnnouncement): Promise<Verdict> {
    const topic = topicKind(arrived.topic)

    if (topic === undefined || arrived.bytes.byteLength > MAX_ANNOUNCEMENT_BYTES || arrived.bytes.byteLength === 0) {
      return 'reject'
    }

    const fromRelay = this.#options.isRelay(arrived.source)

    if (!this.#authors.take(arrived.author) || (!fromRelay && !this.#sources.take(arrived.source))) {
      if (!fromRelay && !this.#drops.take(arrived.source)) {
        this.#options.onFlood(arrived.source)
      }
      return 'ignore'
    }

    return this.#options.validate({ topic, bytes: arrived.bytes, author: arrived.author })
  }
}
