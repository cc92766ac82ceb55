import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { git } from '../../playwright/fixtures/git.ts'
import { fileToEdit } from './file-to-edit.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-to-edit-'))
  git(folder, ['init', '-q', '-b', 'main'])
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function commit(files: Record<string, string>): { bare: string; branch: string } {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  git(folder, ['add', '.'])
  git(folder, ['commit', '-q', '-m', 'Add files'])
  return { bare: folder, branch: 'main' }
}

it('edits the smallest text at the root', () => {
  const source = commit({
    'a.txt': 'longer than b',
    'b.txt': 'short',
    'docs/c.txt': 'c',
    'empty.txt': '',
    'logo.svg': '<svg/>',
    'data.bin': '\0',
    'with space.txt': 's',
  })
  expect(fileToEdit(source)).toBe('b.txt')
})

it('edits no file that an editor would not open, and says so', () => {
  const source = commit({ 'large.txt': 'x'.repeat(64 * 1024 + 1), 'docs/c.txt': 'c' })
  expect(() => fileToEdit(source)).toThrow(/no small text file/)
})

it('takes one as large as it may be', () => {
  expect(fileToEdit(commit({ 'large.txt': 'x'.repeat(64 * 1024) }))).toBe('large.txt')
})
