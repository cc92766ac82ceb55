import { describe, expect, it } from 'vitest'
import { linkFromText } from './link-from-text.ts'

const token = 'A'.repeat(43)

describe('linkFromText', () => {
  it.each([
    [`https://guts.example/#/${token}~hint.1.ab`, `#/${token}~hint.1.ab`],
    [`  http://localhost:8080/#/${token}\n`, `#/${token}`],
    [`#/${token}/blob/main/a.ts?L=3`, `#/${token}/blob/main/a.ts?L=3`],
    [`http://localhost:8080/#/${token}?claim=xyz`, `#/${token}?claim=xyz`],
    [`http://localhost:8080/#/${token}/blob/main/a?L=3&claim=xyz`, `#/${token}/blob/main/a?L=3&claim=xyz`],
    [token, `#/${token}`],
    [`${token}~hint`, `#/${token}~hint`],
    [`https://guts.example/#/${token}~h!nt`, `#/${token}~`],
    [`https://guts.example/#/${token}~%zz/tree/main`, `#/${token}~/tree/main`],
  ])('reads %j', (text, fragment) => expect(linkFromText(text)).toBe(fragment))

  it.each([
    '',
    'hello',
    'https://github.com/git/git',
    `see https://x/#/${token} there`,
    '#/settings',
    '#/',
    `#/${token}A`,
  ])('refuses %j', (text) => expect(linkFromText(text)).toBeNull())
})
