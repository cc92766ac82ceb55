import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TokenBucket, TokenBuckets } from './token-bucket.ts'

test('a bucket gives its capacity at once and then its rate', () => {
  let now = 0
  const bucket = new TokenBucket({ capacity: 3, perSecond: 2 }, () => now)

  expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, true, false])
  expect(bucket.retryAfter()).toBe(500)
  now = 499
  expect(bucket.take()).toBe(false)
  now = 500
  expect(bucket.take()).toBe(true)
  expect(bucket.take()).toBe(false)
})

test('a clock that is set back gives nothing and takes nothing', () => {
  let now = 10_000
  const bucket = new TokenBucket({ capacity: 2, perSecond: 1 }, () => now)
  bucket.take(2)
  now = 0
  expect(bucket.take()).toBe(false)
  now = 1000
  expect(bucket.take()).toBe(true)
})

test('never more than the capacity and the rate, whatever the order of calls', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 1, max: 5 })), { maxLength: 100 }),
      (capacity, perSecond, steps) => {
        let now = 0
        let taken = 0
        const bucket = new TokenBucket({ capacity, perSecond }, () => now)

        for (const [wait, count] of steps) {
          now += wait
          if (bucket.take(count)) taken += count
        }

        expect(taken).toBeLessThanOrEqual(capacity + (now / 1000) * perSecond + 1e-6)
      },
    ),
    { seed: 20260501 },
  )
})

test('buckets are bounded in number, and those in use are the last to go', () => {
  const buckets = new TokenBuckets({ capacity: 1, perSecond: 0.001 }, () => 0, 3)
  buckets.take('a')
  buckets.get('idle')
  buckets.take('b')
  buckets.take('c')

  expect(buckets.size).toBe(3)
  expect([buckets.take('a'), buckets.take('b'), buckets.take('c')]).toEqual([false, false, false])
  // One more key than fit: the one that was used longest ago starts anew.
  buckets.take('d')
  expect(buckets.size).toBe(3)
  expect(buckets.take('b')).toBe(false)
})
