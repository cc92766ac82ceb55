import { expect, it } from 'vitest'
import { describeUpdate } from './update-words.ts'

it('says what moved, and why the rest did not', () => {
  expect(describeUpdate({ moved: [], left: [] })).toEqual(['It had nothing that is not here already.'])
  expect(describeUpdate({ moved: ['refs/heads/main', 'refs/tags/v1'], left: [] })).toEqual(['Updated: main and v1.'])
  const branches = Array.from({ length: 1203 }, (_, n) => `refs/heads/b${n}`)
  expect(describeUpdate({ moved: branches, left: ['refs/heads/main', 'refs/tags/v1'] })).toEqual([
    'Updated: b0, b1, b2 and 1,200 more.',
    'Left as they were, because both sides have commits of their own there: main.',
    'Left as they were, because a tag keeps what it names: v1.',
  ])
  expect(describeUpdate({ moved: [], left: ['refs/heads/main'] })[0]).toBe('Nothing was updated.')
})
