import { expect, test } from 'vitest'
import { MAX_POINTS, Scores } from './scores.ts'

test('a peer that refuses again and again what it advertised is blocked, one that does so now and then is not', () => {
  let now = 0
  const scores = new Scores(() => now)
  for (let n = 1; n < MAX_POINTS / 5; n++) expect(scores.add('liar', 'refused')).toBe(false)
  expect(scores.add('liar', 'refused')).toBe(true)
  for (let n = 0; n < 1000; n++) {
    now += 600_000
    expect(scores.add('busy', 'refused')).toBe(false)
  }
  expect(scores.of('stranger')).toBe(0)
})

test('one peer more than are remembered takes the place of the oldest', () => {
  const scores = new Scores(() => 0)
  for (let n = 0; n <= 1024; n++) scores.add(`peer ${n}`, 'silent')
  expect([scores.of('peer 0'), scores.of('peer 1')]).toEqual([0, 1])
})
