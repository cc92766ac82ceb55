import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GitObjects } from '../../../playwright/fixtures/git-objects.ts'
import { git, gitBytes } from '../../../playwright/fixtures/git.ts'
import { makeRepository } from '../../../playwright/fixtures/make-repository.ts'
import { utf8 } from '../object/index.ts'
import type { CommitRequest } from '../store/git-store.ts'
import { commitFiles } from './commit-files.ts'
import { CommitPathError, CommitRequestError, FileTooLargeError } from './errors.ts'
import { MemoryTarget } from './memory-target.ts'

let dir = ''
let objects: GitObjects
let main = ''
const author = { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 60 }

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'commit-'))
  await makeRepository(dir, { commits: 30, seed: 2, big: false })
  objects = new GitObjects(dir)
  main = git(dir, ['rev-parse', 'main'])
})
afterAll(() => {
  objects.close()
  rmSync(dir, { recursive: true })
})

type Change = CommitRequest['changes'][number]

function request(changes: Change[], parent: string | null = main): CommitRequest {
  return { ref: 'refs/heads/main', parent, changes, author, message: 'Change things\n\nBecause.' }
}

function change(path: string, text: string | null, mode?: number): Change {
  return { path, content: text === null ? null : utf8(text), mode }
}

/** Commits, and gives the new objects to stock git. */
async function commit(changes: Change[], parent: string | null = main): Promise<string> {
  const target = new MemoryTarget(parent === null ? null : objects)
  const made = await commitFiles(target, request(changes, parent))
  for (const pack of target.staged) gitBytes(dir, ['unpack-objects', '-q', '--strict'], { input: pack })
  expect(target.open).toBe(0)
  return made.commit
}

/** The tree that stock git makes of the same changes, by its index. */
function gitTree(changes: Change[]): string {
  const env = { GIT_INDEX_FILE: join(dir, 'judge-index') }
  git(dir, ['read-tree', main], { env })
  for (const { path, content, mode } of changes) {
    const old = git(dir, ['ls-files', '-s', '--', `:(literal)${path}`], { env }).slice(0, 6)
    if (content === null) git(dir, ['update-index', '--force-remove', '--', path], { env })
    else {
      const oid = git(dir, ['hash-object', '-w', '--stdin'], { input: content })
      const octal = mode?.toString(8) ?? (old === '' ? '100644' : old)
      git(dir, ['update-index', '--add', '--cacheinfo', `${octal},${oid},${path}`], { env })
    }
  }
  return git(dir, ['write-tree'], { env })
}

describe('commitFiles', () => {
  it('makes a first commit as git makes it', async () => {
    const oid = await commit([change('README.md', '# Hello\n')], null)
    expect(gitBytes(dir, ['cat-file', 'commit', oid]).toString()).toBe(
      `tree ${git(dir, ['rev-parse', `${oid}^{tree}`])}\nauthor Ana <ana@example.org> 1700000000 +0100\n` +
        `committer Ana <ana@example.org> 1700000000 +0100\n\nChange things\n\nBecause.\n`,
    )
    expect(git(dir, ['ls-tree', '-r', '--name-only', oid])).toBe('README.md')
    expect(git(dir, ['fsck', '--strict', oid])).not.toMatch(/error|missing/)
  })

  it('keeps modes, makes and empties folders, and gives the tree that git gives', async () => {
    const changes = [
      change('scripts/run.sh', '#!/bin/sh\n'),
      change('link', 'README.md'),
      change('new/deep/file.txt', 'new\n'),
      change('new/tool', '#!/bin/sh\n', 0o100755),
      change(`deep/${Array.from({ length: 40 }, (_, i) => `d${i}`).join('/')}/leaf.txt`, null),
      change('docs/odd/ünïcode – 日本語 🏮.txt', 'changed\n'),
    ]
    const oid = await commit(changes)
    expect(git(dir, ['rev-parse', `${oid}^{tree}`])).toBe(gitTree(changes))
    expect(git(dir, ['rev-parse', `${oid}^`])).toBe(main)
    expect(git(dir, ['ls-tree', oid, 'link', 'scripts/run.sh', 'deep'])).toMatch(/^120000 blob \w+\tlink$/m)
    expect(git(dir, ['ls-tree', '-r', oid, 'scripts/run.sh'])).toMatch(/^100755/)
  })

  it('gives the tree that git gives for any changes', async () => {
    const files = gitBytes(dir, ['ls-tree', '-r', '-z', '--name-only', 'main']).toString().split('\0')
    const paths = files.filter((path) => path !== '' && !path.includes('\ufffd'))
    const edit = fc.record({
      path: fc.constantFrom(...paths, 'a', 'b/c', 'b/d', 'src/x y'),
      text: fc.option(fc.string()),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(edit, { selector: ({ path }) => path, minLength: 1, maxLength: 8 }),
        async (edits) => {
          const changes = edits
            .filter(({ path, text }) => text !== null || paths.includes(path))
            .map(({ path, text }) => change(path, text))
          const expected = gitTree(changes)
          fc.pre(expected !== git(dir, ['rev-parse', 'main^{tree}']))
          expect(git(dir, ['rev-parse', `${await commit(changes)}^{tree}`])).toBe(expected)
        },
      ),
      { numRuns: 8 },
    )
  })

  it('replaces a folder by a file of its name once it is empty', async () => {
    const only = await commit([change('x/y', 'one\n')], null)
    const oid = await commit([change('x/y', null), change('x', 'two\n')], only)
    expect(git(dir, ['ls-tree', '-r', '--name-only', oid])).toBe('x')
  })

  it.each([
    '.git/config',
    '.GIT/config',
    'a/../b',
    '../out',
    '/absolute',
    'a//b',
    'a/',
    '',
    'git~1/x',
    'a\\b',
    'line\nfeed',
    'README.md/below',
    'link/below',
    'docs',
    'bad\ud800name',
  ])('refuses %j', async (path) => {
    const target = new MemoryTarget(objects)
    await expect(commitFiles(target, request([change(path, 'x')]))).rejects.toThrow(CommitPathError)
    expect([target.open, target.staged.size]).toEqual([0, 0])
  })

  it('refuses what is not there to delete, unknown modes, nothing at all', async () => {
    const target = new MemoryTarget(objects)
    for (const path of ['nothing', 'no/such/file', 'README.md/x'])
      await expect(commitFiles(target, request([change(path, null)])), path).rejects.toThrow(CommitPathError)
    await expect(commitFiles(target, request([change('a', 'x', 0o777)]))).rejects.toThrow(CommitPathError)
    await expect(commitFiles(target, request([]))).rejects.toThrow(CommitRequestError)
    const same = git(dir, ['cat-file', 'blob', 'main:README.md'])
    await expect(commitFiles(target, request([change('README.md', `${same}\n`)]))).rejects.toThrow(CommitRequestError)
  })

  it('refuses a file of one byte above 100 MiB', async () => {
    const big = { path: 'big', content: new Uint8Array(100 * 1024 * 1024 + 1) }
    await expect(commitFiles(new MemoryTarget(objects), request([big]))).rejects.toThrow(FileTooLargeError)
  })
})
