import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ANNOUNCEMENT_RATE } from '../announce/index.ts'
import { GOSSIP_RATE, GossipQueue } from './gossip-queue.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('own news goes out at once, and a burst no faster than others take it', () => {
  const queue = new GossipQueue()
  const sent: string[] = []
  const add = (repository: string, news: string): void => queue.add(repository, () => sent.push(news))
  for (let n = 0; n < 100; n++) add(`repository ${n}`, `${n}`)
  expect(sent).toHaveLength(GOSSIP_RATE.capacity)
  // What waits of a repository is replaced by what is newer, in its place.
  add('repository 20', 'newer')
  vi.advanceTimersByTime(1000)
  expect(sent).toHaveLength(GOSSIP_RATE.capacity + GOSSIP_RATE.perSecond)
  expect(sent.slice(-GOSSIP_RATE.perSecond)).toEqual(['newer', '21', '22', '23'])
  vi.advanceTimersByTime(60_000)
  expect(new Set(sent).size).toBe(100)
  add('repository 0', 'again')
  expect(sent.at(-1)).toBe('again')
  for (let n = 0; n < 100; n++) add(`repository ${n}`, 'dropped')
  queue.stop()
  const before = sent.length
  vi.advanceTimersByTime(60_000)
  expect(sent).toHaveLength(before)
  expect(GOSSIP_RATE.capacity).toBeLessThan(ANNOUNCEMENT_RATE.capacity)
  expect(GOSSIP_RATE.perSecond).toBeLessThan(ANNOUNCEMENT_RATE.perSecond)
})

test('news is told once more, unless there is newer by then', () => {
  const queue = new GossipQueue()
  const sent: string[] = []
  queue.add('one', () => sent.push('old'))
  vi.advanceTimersByTime(3_000)
  queue.add('one', () => sent.push('new'))
  queue.add('other', () => sent.push('other'))
  vi.advanceTimersByTime(3_999)
  expect(sent).toEqual(['old', 'new', 'other'])
  vi.advanceTimersByTime(60_000)
  expect(sent).toEqual(['old', 'new', 'other', 'new', 'other'])
})
