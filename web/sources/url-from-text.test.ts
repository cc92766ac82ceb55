import { describe, expect, it } from 'vitest'
import { RemoteAddressError } from '../../src/git/index.ts'
import { urlFromText } from './url-from-text.ts'

const token = 'A'.repeat(43)

describe('urlFromText', () => {
  it.each([
    ['https://github.com/git/git', 'https://github.com/git/git.git'],
    ['https://github.com/git/git.git', 'https://github.com/git/git.git'],
    ['https://www.github.com/git/git/tree/main/src?tab=readme#top', 'https://github.com/git/git.git'],
    [' <https://github.com/git/git/> ', 'https://github.com/git/git.git'],
    ['https://codeberg.org/forgejo/forgejo/src/branch/forgejo/README.md', 'https://codeberg.org/forgejo/forgejo.git'],
    ['https://gitlab.com/a/b/c/-/tree/main/src', 'https://gitlab.com/a/b/c.git'],
    ['https://gitlab.com/a/b', 'https://gitlab.com/a/b.git'],
    ['git@github.com:git/git.git', 'https://github.com/git/git.git'],
    ['ssh://git@gitlab.com/a/b/c', 'https://gitlab.com/a/b/c.git'],
    ['https://git.example/pub/code.git', 'https://git.example/pub/code.git'],
    ['https://localhost:4433/code.git/', 'https://localhost:4433/code.git'],
    ['git clone https://git.sr.ht/~ana/code', 'https://git.sr.ht/~ana/code'],
    ['git+https://git.sr.ht/~ana/code', 'https://git.sr.ht/~ana/code'],
  ])('reads %j', (text, url) => expect(urlFromText(text)).toBe(url))

  it.each([
    '',
    'hello',
    'see https://github.com/git/git there',
    'https://example.org/holiday',
    'https://github.com',
    'https://github.com/git',
    'https://github.com.example.org/git/git',
    'git@git.example:code.git',
    'ftp://git.example/code.git',
    token,
    `https://guts.example/#/${token}`,
  ])('takes %j for something else', (text) => expect(urlFromText(text)).toBeNull())

  it('takes every https address that is said to be one', () => {
    expect(urlFromText('https://git.example/code', { meant: true })).toBe('https://git.example/code')
    expect(urlFromText('https://github.com/git/git/issues/1', { meant: true })).toBe('https://github.com/git/git.git')
  })

  it.each(['', ' ', 'hello', 'code.git', 'https://github.com/git', 'git@git.example:code.git', 'file:///code.git'])(
    'says that %j cannot be one',
    (text) => expect(() => urlFromText(text, { meant: true })).toThrow(RemoteAddressError),
  )

  it.each([
    ['http://git.example/code.git', /Only https/],
    ['https://ana:secret@git.example/code.git', /password/],
    ['https://ana@github.com/git/git.git', /user name/],
    ['git clone http://git.example/code', /Only https/],
  ])('says why %j cannot be fetched', (text, why) => expect(() => urlFromText(text)).toThrow(why))
})
