import { expect, test } from 'vitest'
import { DENY_TIME } from './config.ts'
import { DenyList } from './deny-list.ts'

const ANA = { id: 'ana', name: 'Ana' }

test('a denial ends after four hours', () => {
  let now = 1000
  const list = new DenyList(() => now)
  const denied = { id: 'a', reason: 'because', identity: null, proven: true, until: 1000 + DENY_TIME }
  expect(list.add('a', 'because')).toEqual({ denied, dropped: [] })

  now += DENY_TIME - 1
  expect(list.has('a')).toBe(true)
  now += 1
  expect(list.has('a')).toBe(false)
  expect(list.list()).toEqual([])
  expect(list.add('b', '').dropped).toEqual(['a'])
})

test('the list is bounded: one over, and the oldest goes', () => {
  const list = new DenyList(() => 0, 2)
  list.add('a', '')
  list.add('b', '')
  list.add('a', 'again')
  expect(list.add('c', '').dropped).toEqual(['b'])
  expect(list.list().map(({ id }) => id)).toEqual(['a', 'c'])
})

test('who runs a denied peer is found by their identity, until it is lifted', () => {
  const list = new DenyList(() => 0)
  list.add('laptop', 'because', { identity: ANA, proven: true })
  expect(list.ofIdentity('ana')?.id).toBe('laptop')
  expect(list.ofIdentity('ben')).toBeUndefined()
  expect(list.remove('laptop')).toBe(true)
  expect(list.ofIdentity('ana')).toBeUndefined()
  expect(list.remove('laptop')).toBe(false)
})

test('what was kept takes the place of what is here: bounded, the newest, and for no longer than four hours', () => {
  const now = 1000
  const list = new DenyList(() => now, 2)
  list.add('before', '')
  const kept = (id: string, until: number) => ({ id, reason: '', identity: null, proven: true, until })
  list.replace([kept('over', now), kept('late', 10 * DENY_TIME), kept('soon', now + 1), kept('middle', now + 2)])
  expect(list.list().map(({ id, until }) => [id, until])).toEqual([
    ['middle', now + 2],
    ['late', now + DENY_TIME],
  ])
})
