import { expect, it } from 'vitest'
import { titleOf } from './title.ts'

const token = 'A'.repeat(43)

it('says the narrowest thing first', () => {
  expect(titleOf({ view: 'home' }, '')).toBe('Guts')
  expect(titleOf({ view: 'tree', token, ref: null, path: '' }, 'notes')).toBe('notes · Guts')
  expect(titleOf({ view: 'blob', token, ref: 'main', path: 'src/a.ts', lines: null }, 'notes')).toBe(
    'src/a.ts · main · notes · Guts',
  )
  expect(titleOf({ view: 'commit', token, oid: 'a'.repeat(40) }, 'notes')).toBe('Commit aaaaaaaa · notes · Guts')
})
