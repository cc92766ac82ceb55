import { expect, test } from 'vitest'
import { SCORE_HALF_LIFE, SILENCE_APART } from './config.ts'
import { MAX_POINTS, Scores } from './scores.ts'
import type { Offence } from './types.ts'

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

test.each<[Offence, number]>([
  ['refused', 20],
  ['broken', 100],
  ['protocol', 5],
  ['flood', 10],
])('%s is enough at the %ith, and not before', (offence, times) => {
  const scores = new Scores(() => 0)
  for (let n = 1; n < times; n++) expect(scores.add('peer', offence)).toBe(false)
  expect(scores.add('peer', offence)).toBe(true)
  expect(scores.of('peer')).toBe(-100)
})

test('a peer that falls silent is silent once, on however many streams; one that stays so is blocked after an hour', () => {
  let now = 0
  const scores = new Scores(() => now)
  for (let n = 0; n < 1000; n++) scores.add('asleep', 'silent')
  now += SILENCE_APART - 1
  scores.add('asleep', 'silent')
  expect(scores.of('asleep')).toBe(-1)
  now += 1
  scores.add('asleep', 'silent')
  expect(scores.of('asleep')).toBe(-2)
  while (!scores.add('asleep', 'silent')) now += SILENCE_APART
  expect(now).toBeGreaterThan(SCORE_HALF_LIFE)
  expect(now).toBeLessThan(2 * SCORE_HALF_LIFE)
})

test('what was done loses half its weight in an hour, and more in no case by a clock that was set back', () => {
  let now = SCORE_HALF_LIFE
  const scores = new Scores(() => now)
  scores.add('peer', 'protocol')
  now += SCORE_HALF_LIFE
  expect(scores.of('peer')).toBe(-10)
  now = 0
  expect(scores.of('peer')).toBe(-20)
  scores.forgive('peer')
  expect(scores.of('peer')).toBe(0)
})

test('one peer more than are remembered takes the place of the oldest', () => {
  const scores = new Scores(() => 0, 3)
  for (let n = 0; n <= 3; n++) scores.add(`peer ${n}`, 'silent')
  expect([scores.of('peer 0'), scores.of('peer 1')]).toEqual([0, -1])
})
