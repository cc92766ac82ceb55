import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toString } from 'uint8arrays/to-string'
import { INTEREST_TAG_BYTES, MAX_INTERESTS } from './config.ts'
import { faultOfTags, matchTags, packTags, tagInterests } from './interests.ts'

const nonce = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)
const key = (number: number): Uint8Array => {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, number)
  return bytes
}

test('two sides find exactly what both have', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(50), { maxLength: 20 }),
      fc.uniqueArray(fc.nat(50), { maxLength: 20 }),
      async (ours, theirs) => {
        const [a, b] = [nonce(1), nonce(2)]
        const ourTags = await tagInterests(ours.map(key), a, b)
        const theirTags = await tagInterests(theirs.map(key), a, b)
        const both = ours.filter((number) => theirs.includes(number)).map((number) => toString(key(number), 'hex'))

        expect(matchTags(ourTags, packTags(theirTags))).toEqual(both.sort())
        expect(matchTags(theirTags, packTags(ourTags))).toEqual(both.sort())
      },
    ),
    { seed: 3, numRuns: 50 },
  )
})

test('tags of two exchanges have nothing in common', async () => {
  const first = await tagInterests([key(1)], nonce(1), nonce(2))
  const second = await tagInterests([key(1)], nonce(1), nonce(3))

  expect([...first.keys()]).not.toEqual([...second.keys()])
})

test('at most 1,000 are told, and no more are taken', async () => {
  const tags = await tagInterests(
    Array.from({ length: MAX_INTERESTS + 1 }, (_, index) => key(index)),
    nonce(1),
    nonce(2),
  )

  expect(tags.size).toBe(MAX_INTERESTS)
  expect(faultOfTags(packTags(tags))).toBeUndefined()
  expect(faultOfTags(new Uint8Array((MAX_INTERESTS + 1) * INTEREST_TAG_BYTES))).toContain('more than 1000')
  expect(faultOfTags(new Uint8Array(INTEREST_TAG_BYTES + 1))).toContain('whole tags')
})
