import { expect, it } from 'vitest'
import { describeWarnings } from './warnings.ts'

it('says each kind once, with what it is about', () => {
  const words = describeWarnings([
    { kind: 'submodule', detail: 'lib/a' },
    { kind: 'unreachable-left-out', detail: '12' },
    { kind: 'submodule', detail: 'lib/b' },
  ])
  expect(words).toHaveLength(2)
  expect(words[0]).toMatchObject({ details: ['lib/a', 'lib/b'] })
  expect(words[0]?.text).toMatch(/^2 submodules/)
  expect(words[1]?.details).toEqual([])
  expect(describeWarnings([])).toEqual([])
})
