import { expect, test } from 'vitest'
import { AnnouncementGuard } from './announcement-guard.ts'
import { MAX_ANNOUNCEMENT_BYTES, MAX_DROPPED_ANNOUNCEMENTS } from './config.ts'
import { shardTopic } from './topics.ts'
import type { ArrivedAnnouncement, Verdict } from './announcement-guard.ts'

const topic = shardTopic(new Uint8Array(32))

function setUp(): {
  guard: AnnouncementGuard
  flooders: string[]
  seen: ArrivedAnnouncement[]
  check: (change?: Partial<ArrivedAnnouncement>) => Promise<Verdict>
  wait: (seconds: number) => void
} {
  let now = 0
  const flooders: string[] = []
  const seen: ArrivedAnnouncement[] = []
  const guard = new AnnouncementGuard({
    validate: async (announcement) => {
      seen.push({ ...announcement, source: '' })
      return 'accept'
    },
    isRelay: (id) => id === 'relay',
    onFlood: (source) => flooders.push(source),
    now: () => now,
  })

  return {
    guard,
    flooders,
    seen,
    check: (change) => guard.check({ topic, bytes: Uint8Array.of(1), author: 'ana', source: 'ana', ...change }),
    wait: (seconds) => {
      now += seconds * 1000
    },
  }
}

test('1 KiB passes, one byte more is rejected before the validator sees it', async () => {
  const { check, seen } = setUp()
  expect(await check({ bytes: new Uint8Array(MAX_ANNOUNCEMENT_BYTES) })).toBe('accept')
  expect(await check({ bytes: new Uint8Array(MAX_ANNOUNCEMENT_BYTES + 1) })).toBe('reject')
  expect(await check({ bytes: new Uint8Array(0) })).toBe('reject')
  expect(await check({ topic: '/other/1' })).toBe('reject')
  expect(seen).toHaveLength(1)
})

test('an author has 40 at once and 8 a second, whoever forwards', async () => {
  const { check, wait } = setUp()
  for (let count = 0; count < 40; count++) expect(await check({ source: 'relay' })).toBe('accept')
  expect(await check({ source: 'relay' })).toBe('ignore')
  expect(await check({ author: 'ben', source: 'relay' })).toBe('accept')
  wait(1)
  for (let count = 0; count < 8; count++) expect(await check({ source: 'relay' })).toBe('accept')
  expect(await check({ source: 'relay' })).toBe('ignore')
})

test('a forwarder that is no relay has a bucket for all authors together', async () => {
  const { check } = setUp()
  for (let count = 0; count < 40; count++) expect(await check({ author: `a${count}`, source: 'eve' })).toBe('accept')
  expect(await check({ author: 'new', source: 'eve' })).toBe('ignore')
})

test('more than 100 drops are a flood; a relay is never one', async () => {
  const { check, flooders } = setUp()
  for (let count = 0; count < 40 + MAX_DROPPED_ANNOUNCEMENTS; count++) await check({ source: 'eve', author: 'eve' })
  expect(flooders).toEqual([])
  await check({ source: 'eve', author: 'eve' })
  expect(flooders).toEqual(['eve'])
  for (let count = 0; count < 300; count++) await check({ source: 'relay', author: 'zoe' })
  expect(flooders).toEqual(['eve'])
})
