import { expect, it } from 'vitest'
import { readKey } from './key-rule.ts'

const key = `${'k'.repeat(42)}A`
const token = `${'t'.repeat(42)}E`
const mine = `${'m'.repeat(42)}I`
const rule = { maintainers: [mine], tokens: [token] }

it('reads a key, however it was pasted', () => {
  for (const text of [key, `  ${key}\n`, `<${key}>`, `"${key.slice(0, 20)} ${key.slice(20)}"`]) {
    expect(readKey(text, rule)).toEqual({ kind: 'key', id: key })
  }
  expect(readKey('  ', rule)).toEqual({ kind: 'empty' })
})

it.each([
  ['too short', key.slice(1), /this has 42/],
  ['too long', `${key}A`, /this has 44/],
  ['damaged at its end', `${key.slice(0, 42)}B`, /43 letters/],
  ['with something else in it', `${key.slice(1)}!`, /43 letters/],
  ['a link', `https://guts.example/#/${key}`, /link to a repository/],
  ['a name of a repository', token, /link to a repository/],
  ["a maintainer's", mine, /already/],
])('says what is wrong: %s', (_, text, why) => {
  expect(readKey(text, rule)).toMatchObject({ kind: 'none', why: expect.stringMatching(why) as string })
})
