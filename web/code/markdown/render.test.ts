import { expect, test } from 'vitest'

import { resolvePath, slug } from './render.ts'

test('paths are relative to the file, and stay within the repository', () => {
  expect(resolvePath('docs/guide', '../img/a.png')).toBe('docs/img/a.png')
  expect(resolvePath('docs', '/README.md')).toBe('README.md')
  expect(resolvePath('', '../../etc/passwd')).toBe('etc/passwd')
  expect(resolvePath('a', './b//c/')).toBe('a/b/c')
})

test('anchors are those that GitHub gives', () => {
  expect(slug('What it is: a *test*!')).toBe('what-it-is-a-test')
  expect(slug('  Größe & Maß ')).toBe('größe--maß')
})
