import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GitObjects } from '../../../playwright/fixtures/git-objects.ts'
import * as hostile from '../../../playwright/fixtures/hostile.ts'
import { hostileNames, hostileRepository } from '../../../playwright/fixtures/hostile-trees.ts'
import { git } from '../../../playwright/fixtures/git.ts'
import {
  AmbiguousRevisionError,
  ObjectNotHereError,
  PathNotFoundError,
  TreeTooDeepError,
  WrongTypeError,
} from './errors.ts'
import { MAX_TREE_DEPTH } from './tree-diff.ts'
import type { GitViews } from './types.ts'
import { createViews } from './views.ts'

const id = 'repository'
let dir = ''
let objects: GitObjects | undefined
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'hostile-'))))
afterEach(() => {
  objects?.close()
  rmSync(dir, { recursive: true, force: true })
})

function open(path: string): { views: GitViews; main: string } {
  const source = new GitObjects(path)
  objects = source
  const main = git(path, ['rev-parse', 'refs/heads/main'])
  const refs = [{ name: 'refs/heads/main', oid: main }]
  const expand = async (prefix: string): Promise<string[]> => await source.expand(prefix)
  return { views: createViews(async () => ({ objects: source, refs, head: 'refs/heads/main', expand })), main }
}

describe('hostile names', () => {
  it('are marked in the tree and never opened by path', async () => {
    const { views, main } = open(hostileRepository(dir))
    const { entries, readme } = await views.tree(id, main, '')
    expect(entries.filter(({ hostile }) => hostile !== undefined).map(({ name }) => name)).toEqual(hostileNames)
    expect(readme).toBe('README.md')
    for (const path of [...hostileNames, '.git/config', '.GIT/config', '../escape', 'a/../b'])
      await expect(views.blob(id, main, path), path).rejects.toThrow(PathNotFoundError)
    for (const path of ['.git', '..', 'a/..'])
      await expect(views.tree(id, main, path), path).rejects.toThrow(PathNotFoundError)
    expect((await views.tree(id, main, 'a')).entries).toMatchObject([
      { name: '..', hostile: 'leads out of its folder' },
    ])
  })

  it('are in history as they are: listed as changed, and gone when a commit leaves them out', async () => {
    const path = hostileRepository(dir)
    const before = git(path, ['rev-parse', 'main'])
    const tree = git(path, ['mktree'], { input: '' })
    git(path, ['update-ref', 'refs/heads/main', git(path, ['commit-tree', tree, '-p', before, '-m', 'Clean up'])])
    const { views, main } = open(path)
    expect((await views.log(id, main)).commits.map(({ subject }) => subject)).toEqual(['Clean up', 'Trust me'])
    const { files } = await views.diff(id, before, main)
    const listed = git(path, ['diff-tree', '-r', '-z', '--name-only', before, main]).split('\0').filter(Boolean)
    expect(files.map((file) => file.path).sort()).toEqual(listed.sort())
    expect(files.every(({ status }) => status === 'deleted')).toBe(true)
  })

  it('that differ in case only are two files, as in git', async () => {
    const { views, main } = open(hostileRepository(dir))
    const texts = []
    for (const path of ['Case.txt', 'case.txt']) {
      texts.push(new TextDecoder().decode((await views.blob(id, main, path)).bytes))
    }
    expect(texts).toEqual(['one file\n', 'another one, where case counts\n'])
    await expect(views.blob(id, main, 'CASE.txt')).rejects.toThrow(PathNotFoundError)
  })

  it('leave symlinks out of the tree as text', async () => {
    const { views, main } = open(hostileRepository(dir))
    expect(await views.blob(id, main, 'link')).toMatchObject({ kind: 'symlink', target: '../../etc/passwd' })
    await expect(views.blob(id, main, 'link/passwd')).rejects.toThrow(PathNotFoundError)
  })

  it('may be those of every JavaScript object', async () => {
    const entries = ['__proto__', 'constructor', 'toString'].map((name) => ({ mode: '100644', name, content: name }))
    const { views, main } = open(hostileRepository(dir, entries))
    expect(Object.keys(await views.lastCommits(id, main, '')).sort()).toEqual(['__proto__', 'constructor', 'toString'])
    expect((await views.diff(id, null, main)).files.map(({ path }) => path)).toContain('__proto__')
  })
})

describe('submodules and LFS', () => {
  it('are shown as what they are', async () => {
    const { views, main } = open(hostile.submoduleRepository(dir))
    expect((await views.tree(id, main, 'vendor')).entries).toMatchObject([{ name: 'lib', kind: 'submodule' }])
    expect(await views.blob(id, main, 'vendor/lib')).toMatchObject({ kind: 'submodule', size: 0 })
    const { files } = await views.diff(id, `${git(join(dir, 'main'), ['rev-parse', 'main~1'])}`, main)
    expect(files.find(({ path }) => path === 'vendor/lib')?.hunks[0]?.lines[0]?.text).toMatch(
      /^Subproject commit [0-9a-f]{40}$/,
    )
    await expect(views.tree(id, main, 'vendor/lib')).rejects.toThrow(PathNotFoundError)
    objects?.close()
    const lfs = open(hostile.lfsRepository(join(dir, 'lfs')))
    expect(await lfs.views.blob(id, lfs.main, 'model.bin')).toMatchObject({ lfs: { size: 12345678 }, binary: false })
    expect((await lfs.views.blob(id, lfs.main, 'README.md')).lfs).toBeUndefined()
  })
})

describe('limits', () => {
  it('stop at folders nested too deep, one over', async () => {
    hostile.plainRepository(dir)
    const views = open(dir).views
    // Made in one process: 2,048 calls of git would take longer than all other tests.
    const marks = ['blob\nmark :1\ndata 4\nleaf\n']
    const commit = (mark: number, depth: number): string =>
      `commit refs/heads/d${depth}\nmark :${mark}\ncommitter A <a@b> 1 +0000\ndata 0\nM 100644 :1 ${'d/'.repeat(depth)}leaf\n\n`
    marks.push(commit(2, MAX_TREE_DEPTH), commit(3, MAX_TREE_DEPTH + 1))
    git(dir, ['fast-import', '--quiet'], { input: marks.join('') })
    const tree = git(dir, ['rev-parse', `d${MAX_TREE_DEPTH}^{tree}`])
    expect((await views.diff(id, null, tree)).files.length).toBe(1)
    const over = git(dir, ['rev-parse', `d${MAX_TREE_DEPTH + 1}`])
    await expect(views.diff(id, null, over)).rejects.toThrow(TreeTooDeepError)
  })
})

describe('what is not here, or is something else', () => {
  it('is said by name', async () => {
    const { views, main } = open(hostile.plainRepository(dir))
    const absent = 'a'.repeat(40)
    await expect(views.log(id, absent)).rejects.toThrow(ObjectNotHereError)
    await expect(views.commit(id, absent)).rejects.toThrow(absent)
    await expect(views.commit(id, git(dir, ['rev-parse', 'main^{tree}']))).rejects.toThrow(WrongTypeError)
    await expect(views.tree(id, git(dir, ['rev-parse', 'main:README.md']), '')).rejects.toThrow(WrongTypeError)
    expect((await views.tree(id, main, '')).readme).toBe('README.md')
  })

  it('is said of digits that fit several commits, and of several objects the commit is taken', async () => {
    const { main } = open(hostile.plainRepository(dir, 3))
    const commits = git(dir, ['rev-list', 'main']).split('\n')
    const tree = git(dir, ['rev-parse', 'main^{tree}'])
    const found = async (candidates: string[]): Promise<unknown> => {
      const source = { objects: objects as GitObjects, refs: [], head: null, expand: async () => candidates }
      return await createViews(async () => source).resolve(id, 'abcd')
    }
    await expect(found(commits)).rejects.toThrow(AmbiguousRevisionError)
    expect(await found([tree, main])).toMatchObject({ oid: main, commit: main })
    expect(await found([tree])).toMatchObject({ oid: tree, commit: null })
    expect(await found([])).toBeNull()
  })
})
