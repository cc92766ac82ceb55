import { expect, test } from 'vitest'
import { Unheard } from './unheard.ts'

const of = (value: number) => Uint8Array.of(value)
const only = (topic: string) => (other: string) => other === topic

test('the newest of each kind is given once, to its own topic', () => {
  const unheard = new Unheard()
  unheard.keep('a', 'one', of(1))
  unheard.keep('a', 'one', of(2))
  unheard.keep('b', 'two', of(3))
  unheard.keep('c', 'one', of(4))
  unheard.heard('c')
  expect(unheard.take(only('one'))).toEqual([['a', 'one', of(2)]])
  expect(unheard.take(only('one'))).toEqual([])
  expect(unheard.take(only('two'))).toEqual([['b', 'two', of(3)]])
})

test('what is more than a minute old is told nobody', () => {
  let now = 0
  const unheard = new Unheard(() => now)
  unheard.keep('a', 'one', of(1))
  unheard.keep('b', 'two', of(2))
  now = 60_000
  expect(unheard.take(only('one'))).toEqual([['a', 'one', of(1)]])
  now = 60_001
  expect(unheard.take(only('two'))).toEqual([])
})
