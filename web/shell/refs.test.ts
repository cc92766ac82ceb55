import { describe, expect, it } from 'vitest'
import { listRefs, shortRef } from './refs.ts'

const oid = '0'.repeat(40)

describe('listRefs', () => {
  it('puts the default branch first and the newest tag first', () => {
    const refs = ['refs/heads/a', 'refs/heads/main', 'refs/tags/v1.10', 'refs/tags/v1.9', 'refs/tags/v2']
    const { branches, tags } = listRefs(
      refs.map((name) => ({ name, oid })),
      'refs/heads/main',
    )
    expect(branches.map(({ label }) => label)).toEqual(['main', 'a'])
    expect(tags.map(({ label }) => label)).toEqual(['v2', 'v1.10', 'v1.9'])
  })

  it('names a tag in full where a branch has its name', () => {
    const { branches, tags } = listRefs(
      [
        { name: 'refs/heads/x', oid },
        { name: 'refs/tags/x', oid },
      ],
      null,
    )
    expect(branches).toEqual([{ label: 'x', ref: 'refs/heads/x' }])
    expect(tags).toEqual([{ label: 'x', ref: 'refs/tags/x' }])
  })
})

describe('shortRef', () => {
  it.each([
    ['refs/heads/feature/x', 'feature/x'],
    ['refs/tags/v1', 'v1'],
    ['main', 'main'],
    ['0123456789abcdef0123456789abcdef01234567', '01234567'],
  ])('%s → %s', (ref, short) => expect(shortRef(ref)).toBe(short))
})
