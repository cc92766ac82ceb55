import { describe, expect, test } from 'vitest'

import type { MergeConflict } from '../../../src/git/index.ts'
import { hasMarkers, isText, resolutionsOf, type Choice } from './conflicts.ts'

function conflict(path: string, merged: Uint8Array | null): MergeConflict {
  const side = { path, oid: '1'.repeat(40), mode: 0o100644, kind: 'file' as const }
  return { path, reason: 'content', base: side, ours: side, theirs: side, merged }
}

const utf8 = (text: string) => new TextEncoder().encode(text)
const MARKED = 'a\n<<<<<<< Ana\nb\n=======\nc\n>>>>>>> Bo\nd\n'

describe('a conflict', () => {
  test('is decided by a side, or by text without marks', () => {
    const conflicts = [conflict('a', utf8(MARKED)), conflict('b', null)]
    const choices = new Map<string, Choice>([['a', { kind: 'text', text: MARKED }]])
    expect(resolutionsOf(conflicts, choices)).toBeNull()
    choices.set('b', { kind: 'theirs' })
    expect(resolutionsOf(conflicts, choices)).toBeNull()
    choices.set('a', { kind: 'text', text: 'a\nb\nc\nd\n' })
    expect(resolutionsOf(conflicts, choices)).toEqual([
      { path: 'a', content: utf8('a\nb\nc\nd\n') },
      { path: 'b', content: 'theirs' },
    ])
  })

  test('is written by hand only where its bytes come out of the editor as they went in', () => {
    expect(isText(conflict('a', utf8('grün')))).toBe(true)
    expect(isText(conflict('a', Uint8Array.of(0x67, 0x72, 0xfc, 0x6e)))).toBe(false)
    expect(isText(conflict('a', null))).toBe(false)
  })

  test.each([
    ['<<<<<<< Ana\n', true],
    ['Title\n=======\n', false],
    ['>>>>>>> Bo', true],
    ['Title\n========\n', false],
    ['a <<<<<<< b', false],
  ])('has marks left in %j: %s', (text, marked) => {
    expect(hasMarkers(text)).toBe(marked)
  })
})
