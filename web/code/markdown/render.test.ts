import { expect, test } from 'vitest'

import { parseAddress } from '../../router/index.ts'
import { anchorOf, withAnchor, withoutQuery } from './anchor.ts'
import { linesOf } from './line-anchor.ts'
import { slug } from './render.ts'

test('anchors are those that GitHub gives', () => {
  expect(slug('What it is: a *test*!')).toBe('what-it-is-a-test')
  expect(slug('  Größe & Maß ')).toBe('größe--maß')
})

test('a place in a page is in its address, which names the same page still', () => {
  const page = `#/${'A'.repeat(43)}/blob/main/a%20b.md`
  const address = withAnchor(page, 'größe & maß')
  expect(anchorOf(address)).toBe('größe & maß')
  expect(withoutQuery(address)).toBe(page)
  expect(parseAddress(address)).toEqual(parseAddress(page))
  expect(withAnchor(page, '')).toBe(page)
  expect(anchorOf(page)).toBeNull()
})

test("GitHub's addresses of lines are understood", () => {
  expect(linesOf('L7')).toEqual({ from: 7, to: 7 })
  expect(linesOf('L7-L12')).toEqual({ from: 7, to: 12 })
  expect(linesOf('L12-7')).toEqual({ from: 7, to: 12 })
  expect(linesOf('L0')).toBeNull()
  expect(linesOf('Large')).toBeNull()
})
