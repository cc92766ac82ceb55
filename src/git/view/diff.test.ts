import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GitObjects } from '../../../playwright/fixtures/git-objects.ts'
import { git, gitBytes } from '../../../playwright/fixtures/git.ts'
import { makeRepository } from '../../../playwright/fixtures/make-repository.ts'
import { decodeText } from '../object/index.ts'
import { DiffTooLargeError } from './errors.ts'
import type { DiffFile, DiffView, GitViews } from './types.ts'
import { createViews } from './views.ts'

const id = 'repository'
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'
let dir = ''
let objects: GitObjects
let views: GitViews

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'diff-'))
  await makeRepository(dir, { commits: 500, seed: 3, bare: true, big: false })
  objects = new GitObjects(dir)
  views = createViews(async () => ({ objects, refs: [], head: null, expand: async () => [] }))
})

afterAll(() => {
  objects.close()
  rmSync(dir, { recursive: true })
})

/** `git diff --raw -M`, a line for each file. */
function gitRaw(from: string, to: string): string[] {
  const output = gitBytes(dir, ['diff', '-M', '--no-abbrev', '--raw', '-z', from, to])
  const lines: string[] = []
  let start = 0
  for (let at = 0; at < output.length; at++) {
    if (output[at] !== 0) continue
    const field = decodeText(output.subarray(start, at))
    start = at + 1
    if (field.startsWith(':')) lines.push(field.replace(/R\d+$/, 'R'))
    else lines.push(`${lines.pop()}\t${field}`)
  }
  return lines
}

function rawLine(file: DiffFile): string {
  const letter = { added: 'A', deleted: 'D', modified: 'M', renamed: 'R', mode: 'M' }[file.status]
  const mode = (value: number | null): string => (value ?? 0).toString(8).padStart(6, '0')
  const zero = '0'.repeat(40)
  const paths = file.status === 'renamed' ? `${file.oldPath}\t${file.path}` : file.path
  return `:${mode(file.oldMode)} ${mode(file.newMode)} ${file.oldOid ?? zero} ${file.newOid ?? zero} ${letter}\t${paths}`
}

function totals(view: DiffView): string {
  return `${view.additions} ${view.deletions}`
}

function gitTotals(from: string, to: string): string {
  const lines = git(dir, ['diff', '-M', '--minimal', '--numstat', from, to])
    .split('\n')
    .filter((line) => /^\d/.test(line))
  const sum = (column: number): number => lines.reduce((total, line) => total + Number(line.split('\t')[column]), 0)
  return `${sum(0)} ${sum(1)}`
}

describe('diff', () => {
  it('finds the changes, renames and line counts of git diff -M --minimal', async () => {
    const commits = git(dir, ['rev-list', '--first-parent', 'main']).split('\n')
    let renames = 0
    for (let i = 0; i + 1 < commits.length; i += 3) {
      // Neighbours, and now and then a longer stretch with many renames in it.
      const [to = '', from = ''] = [commits[i], commits[Math.min(commits.length - 1, i + (i % 12 === 0 ? 30 : 1))]]
      const view = await views.diff(id, from, to)
      expect(view.files.map(rawLine), `${from} ${to}`).toEqual(gitRaw(from, to))
      expect(totals(view), `${from} ${to}`).toBe(gitTotals(from, to))
      renames += view.files.filter(({ status }) => status === 'renamed').length
    }
    expect(renames).toBeGreaterThan(50)
  })

  it('compares with the empty tree, and shows binary files and missing line feeds', async () => {
    const root = git(dir, ['rev-list', '--max-parents=0', 'main'])
    const view = await views.diff(id, null, root)
    expect(totals(view)).toBe(gitTotals(EMPTY_TREE, root))
    const file = (path: string): DiffFile | undefined => view.files.find((file) => file.path === path)
    expect(file('docs/picture.png')).toMatchObject({ binary: true, hunks: [], status: 'added' })
    expect(file('docs/no-newline.txt')?.hunks[0]?.lines.at(-1)).toEqual({
      kind: '\\',
      text: 'No newline at end of file',
    })
    expect(file('docs/empty')).toMatchObject({ hunks: [], additions: 0 })
  })

  it('omits what is beyond its limits', async () => {
    const root = git(dir, ['rev-list', '--max-parents=0', 'main'])
    const few = await views.diff(id, null, root, { maxFiles: 2 })
    expect(few.files.map(({ omitted }) => omitted)).toEqual(few.files.map((_, i) => i >= 2))
    const small = await views.diff(id, null, root, { maxFileBytes: 50 })
    const readme = small.files.find(({ path }) => path === 'README.md')
    expect(readme).toMatchObject({ omitted: true, hunks: [] })
  })

  it('refuses a tree that unfolds into more files than there is paper', async () => {
    const blob = git(dir, ['hash-object', '-w', '--stdin'], { input: 'x' })
    let tree = git(dir, ['mktree'], {
      input: Array.from({ length: 20 }, (_, i) => `100644 blob ${blob}\tf${i}\n`).join(''),
    })
    for (let level = 0; level < 10; level++)
      tree = git(dir, ['mktree'], {
        input: Array.from({ length: 20 }, (_, i) => `040000 tree ${tree}\td${i}\n`).join(''),
      })
    await expect(views.diff(id, null, tree)).rejects.toThrow(DiffTooLargeError)
  })
})
