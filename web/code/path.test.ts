import { expect, test } from 'vitest'

import { folderOf, nameOf, resolvePath, staysWithin } from './path.ts'

test('paths are relative to the file, and stay within the repository', () => {
  expect(resolvePath('docs/guide', '../img/a.png')).toBe('docs/img/a.png')
  expect(resolvePath('docs', '/README.md')).toBe('README.md')
  expect(resolvePath('', '../../etc/passwd')).toBe('etc/passwd')
  expect(resolvePath('a', './b//c/')).toBe('a/b/c')
})

test('a link that leaves the repository is known', () => {
  expect(staysWithin('docs', 'guide.md')).toBe(true)
  expect(staysWithin('docs', '../README.md')).toBe(true)
  expect(staysWithin('docs', '../../README.md')).toBe(false)
  expect(staysWithin('', 'a/../../b')).toBe(false)
  expect(staysWithin('docs', '/etc/passwd')).toBe(false)
})

test('a path has a folder and a name', () => {
  expect([folderOf('a/b/c.ts'), nameOf('a/b/c.ts')]).toEqual(['a/b', 'c.ts'])
  expect([folderOf('c.ts'), nameOf('c.ts')]).toEqual(['', 'c.ts'])
})
