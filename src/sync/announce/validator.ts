import { TokenBuckets, type AnnouncementValidator, type BucketRate } from '../../peer/index.ts'
import { sameBytes } from '../document/digest.ts'
import { toBase64url } from '../document/repository-id.ts'
import { HeaderError } from '../refs/errors.ts'
import { openHeader } from '../refs/header.ts'
import { AnnouncementError } from './errors.ts'
import { MAX_NEW_COMMIT_BYTES, MAX_NEW_REPOSITORY_BYTES } from './limits.ts'
import { decodeNewCommit, openNewCommit } from './new-commit.ts'
import { openNewRepository } from './new-repository.ts'

/** Announcements of one author: a push of many repositories is a burst, not a rate. */
export const ANNOUNCEMENT_RATE: BucketRate = { capacity: 40, perSecond: 8 }
/** Tokens that an announcement costs whose author should have known that it is worth nothing. */
const JUNK_COST = 8

export interface ValidatorInit {
  /** The id's digest of a repository that is held here, by base64url discovery key. Omitted: nothing is held. */
  find?: (discoveryKey: string) => Uint8Array | undefined
  /** Highest sequence of a writer that was seen here: what is older is not passed on again. */
  highestSeen?: (discoveryKey: string, identity: string, writer: string) => number | undefined
  /** Milliseconds. */
  clock?: () => number
}

/**
 * Judges gossip before it is passed on. `reject` counts against the peer that it came from, which is mostly a relay that
 * reads nothing: so it is for what a relay refuses too, the size. What only a closer look shows (a damaged message, a
 * forged signature, a foreign seal) is `ignore`d and charged to its author's bucket; so is what is old or too often.
 */
export function createValidator(init: ValidatorInit = {}): AnnouncementValidator {
  const clock = init.clock ?? Date.now
  const authors = new TokenBuckets(ANNOUNCEMENT_RATE, clock)
  return async ({ topic, bytes, author }) => {
    if (!fits(topic, bytes)) return 'reject'
    if (!authors.take(author)) return 'ignore'
    try {
      if (topic === 'refs') return await judgeCommit(bytes, init)
      await openNewRepository(bytes, clock())
      return 'accept'
    } catch (error) {
      if (!(error instanceof AnnouncementError || error instanceof HeaderError)) throw error
      authors.get(author).spend(JUNK_COST)
      return 'ignore'
    }
  }
}

/** A relay's: it holds nothing, reads nothing, and judges by size and rate alone. */
export function createRelayValidator(clock: () => number = Date.now): AnnouncementValidator {
  const authors = new TokenBuckets(ANNOUNCEMENT_RATE, clock)
  return async ({ topic, bytes, author }) => {
    if (!fits(topic, bytes)) return 'reject'
    return authors.take(author) ? 'accept' : 'ignore'
  }
}

function fits(topic: 'refs' | 'repositories', bytes: Uint8Array): boolean {
  const limit = topic === 'refs' ? MAX_NEW_COMMIT_BYTES : MAX_NEW_REPOSITORY_BYTES
  return bytes.byteLength > 0 && bytes.byteLength <= limit
}

async function judgeCommit(bytes: Uint8Array, init: ValidatorInit): Promise<'accept' | 'ignore'> {
  const announcement = decodeNewCommit(bytes)
  const key = toBase64url(announcement.discoveryKey)
  const digest = init.find?.(key)
  if (digest == null) return 'accept'
  const header = await openHeader(await openNewCommit(digest, announcement))
  if (!sameBytes(header.repository, digest)) throw new AnnouncementError('its header is of another repository')
  const seen = init.highestSeen?.(key, header.identity, header.writer)
  return seen != null && header.sequence < seen ? 'ignore' : 'accept'
}
