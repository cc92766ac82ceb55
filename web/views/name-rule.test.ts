import { expect, it } from 'vitest'
import { isName } from './name-rule.ts'

it('takes 64 bytes and no more, and no empty name', () => {
  expect(isName('Ana')).toBe(true)
  expect(isName('x'.repeat(64))).toBe(true)
  expect(isName('x'.repeat(65))).toBe(false)
  expect(isName('é'.repeat(32))).toBe(true)
  expect(isName('é'.repeat(33))).toBe(false)
  expect(isName('  ')).toBe(false)
})
