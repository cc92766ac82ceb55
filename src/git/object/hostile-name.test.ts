import { describe, expect, test } from 'vitest'
import { TestRepository } from '../pack/testing/git-oracle.ts'
import { hostileName, hostileTarget, isDotGit, utf8 } from './index.ts'

const FILE = 0o100644
const LINK = 0o120000

const REFUSED = [
  '.', '..', '.git', '.GIT', '.Git', '.git ', '.git.', '.git . .', 'git~1', 'GIT~1', 'git~1.', '.git::$INDEX_ALLOCATION',
  '.git:x', '.g\u200cit', '\u200d.git', '.gi\u202et', '.git\ufeff', '.\u206agit', 'a\\b', '.git\\x',
] // prettier-ignore

const TAKEN = [
  '.gitignore', '.gitmodules', '.github', 'git', 'git~2', '.gitx', 'a.git', '...', '.a', 'x:y', 'ünï', '日本語', 'a b', ' ',
  'GITHUB', 'g', '-x', '~', 'con', 'a.', '.git~1', 'git~10', '\u00a0.git',
] // prettier-ignore

describe('names', () => {
  test.each(REFUSED)('%j is refused', (name) => {
    expect(hostileName(utf8(name), FILE)).not.toBeNull()
    expect(hostileName(utf8(name), 0o040000)).not.toBeNull()
  })

  test.each(TAKEN)('%j is taken', (name) => {
    expect(hostileName(utf8(name), FILE)).toBeNull()
  })

  test('stock git, protecting every file system, says the same', () => {
    using repository = new TestRepository()
    const blob = repository.git(['hash-object', '-w', '--stdin'], 'x')
    // git refuses backslashes on Windows only; here a repository may reach Windows from anywhere.
    for (const name of [...REFUSED, ...TAKEN].filter((each) => each !== 'a\\b')) {
      const protect = ['-c', 'core.protectNTFS=true', '-c', 'core.protectHFS=true']
      const add = [...protect, 'update-index', '--add', '--cacheinfo', `100644,${blob},${name}`]
      let taken = true
      try {
        repository.git(['--work-tree=.', ...add])
      } catch (error) {
        expect(String(error)).toMatch(/Invalid path/)
        taken = false
      }
      expect([name, taken]).toEqual([name, TAKEN.includes(name)])
    }
  })

  test('what would lie to a reader: controls and bidirectional marks', () => {
    for (const name of ['a\nb', 'a\x7f', '\x1b[0m', 'a\u0085', 'a\u202eb', 'a\u2066b', '\u200fa', 'a\u2028b']) {
      expect(hostileName(utf8(name), FILE)).not.toBeNull()
    }
  })

  test('empty, with a slash, not UTF-8, very long', () => {
    expect(hostileName(new Uint8Array(0), FILE)).not.toBeNull()
    expect(hostileName(utf8('a/b'), FILE)).not.toBeNull()
    expect(hostileName(Uint8Array.of(0x66, 0xfc, 0x72), FILE)).toBeNull()
    expect(hostileName(utf8('a'.repeat(100_000)), FILE)).toBeNull()
    expect(hostileName(utf8(`.git${' '.repeat(100_000)}`), FILE)).not.toBeNull()
    expect(hostileName(new Uint8Array(100_000).fill(0xff), FILE)).toBeNull()
  })

  test('symbolic links in place of configuration', () => {
    for (const name of [
      '.gitmodules',
      '.GITattributes',
      '.gitignore',
      '.mailmap',
      '.gitmodules ',
      '.git\u200cmodules',
    ]) {
      expect(hostileName(utf8(name), LINK)).not.toBeNull()
      expect(isDotGit(name)).toBe(false)
    }
    expect(hostileName(utf8('link'), LINK)).toBeNull()
  })
})

describe('targets of symbolic links', () => {
  test.each([
    ['a', 0, true], ['./a/../b', 0, true], ['../a', 1, true], ['../../a', 2, true], ['a/..', 0, true], ['.', 0, true],
    ['../a', 0, false], ['a/../../b', 0, false], ['../../a', 1, false], ['/etc/passwd', 0, false], ['C:/x', 0, false],
    ['a\\b', 0, false], ['.git/config', 0, false], ['a/.GIT', 0, false], ['../.git/hooks', 1, false], ['', 0, false],
    ['a\u202eb', 0, false], ['a\nb', 0, false],
  ] as const)('%j, %i folders deep: %s', (target, depth, fine) => {
    expect(hostileTarget(utf8(target), depth) === null).toBe(fine)
  }) // prettier-ignore
})
