import { expect, test } from 'vitest'
import { DENY_TIME } from './config.ts'
import { DenyList } from './deny-list.ts'

test('a denial ends after four hours', () => {
  let now = 1000
  const list = new DenyList(() => now)
  expect(list.add('a', 'because')).toEqual({ id: 'a', reason: 'because', until: 1000 + DENY_TIME })

  now += DENY_TIME - 1
  expect(list.has('a')).toBe(true)
  now += 1
  expect(list.has('a')).toBe(false)
  expect(list.list()).toEqual([])
})

test('the list is bounded: one over, and the oldest goes', () => {
  const list = new DenyList(() => 0, 2)
  list.add('a', '')
  list.add('b', '')
  list.add('a', 'again')
  list.add('c', '')
  expect(list.list().map(({ id }) => id)).toEqual(['a', 'c'])
})
