import { mkdirSync, mkdtempSync, openAsBlob, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hostileRepository } from '../../../playwright/fixtures/hostile-trees.ts'
import * as hostile from '../../../playwright/fixtures/hostile.ts'
import { git, gitBytes } from '../../../playwright/fixtures/git.ts'
import { makeRepository } from '../../../playwright/fixtures/make-repository.ts'
import { judgeRepository, noDifference, type Verdict } from '../../../playwright/fixtures/oracle.ts'
import {
  BrokenRefError,
  CorruptSourceObjectError,
  EmptyRepositoryError,
  FileTooLargeError,
  GitFileError,
  IncompleteRepositoryError,
  MissingSourceObjectError,
  NotARepositoryError,
  UnsupportedRepositoryError,
} from './errors.ts'
import { importFolder } from './folder.ts'
import { MemoryTarget } from './memory-target.ts'
import { DiskReader } from './node.ts'
import type { Imported } from './types.ts'
import type { Progress } from '../types.ts'

let dir = ''
let target: MemoryTarget
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'import-'))
  target = new MemoryTarget()
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const openPath = (path: string): DiskReader => new DiskReader(path)

async function importPath(path: string): Promise<Imported> {
  const imported = await importFolder(target, { kind: 'path', path }, { openPath })
  expect(target.open).toBe(0)
  expect(target.staged.size).toBe(1)
  return imported
}

async function rejection(path: string): Promise<unknown> {
  const error: unknown = await importFolder(target, { kind: 'path', path }, { openPath }).catch(
    (error: unknown) => error,
  )
  expect(target.open).toBe(0)
  expect(target.staged.size).toBe(0)
  return error
}

/** What stock git says of the imported pack with its refs. */
function judge({ refs }: Imported, source: string): Verdict {
  const clone = join(dir, 'judged')
  mkdirSync(clone)
  git(clone, ['init', '-q', '--bare', '.'])
  for (const pack of target.staged) gitBytes(clone, ['index-pack', '--stdin', '--strict'], { input: pack })
  for (const { name, oid } of refs) git(clone, ['update-ref', name, oid])
  return judgeRepository(clone, source)
}

/** Every file of the folder as the browser gives them. */
async function filesOf(root: string, prefix = ''): Promise<Array<{ path: string; file: Blob }>> {
  const files: Array<{ path: string; file: Blob }> = []
  for (const entry of readdirSync(join(root, prefix), { withFileTypes: true })) {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`
    if (entry.isDirectory()) files.push(...(await filesOf(root, path)))
    else files.push({ path, file: await openAsBlob(join(root, path)) })
  }
  return files
}

describe('importFolder', () => {
  it('takes what branches and tags reach, exactly', async () => {
    const source = await makeRepository(join(dir, 'source'), { commits: 400, seed: 5 })
    const imported = await importPath(source)
    expect(judge(imported, source)).toEqual(noDifference)
    expect(imported.head).toBe('refs/heads/main')
    expect(imported.warnings.map(({ kind }) => kind)).toEqual(['unreachable-left-out'])
    expect(imported.refs.map(({ name, oid }) => `${oid} ${name}`).join('\n')).toBe(
      git(source, ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads', 'refs/tags']),
    )
  })

  it('reads loose objects, packed refs and bare repositories', async () => {
    const source = hostile.plainRepository(join(dir, 'source'), 6)
    git(source, ['branch', 'side', 'HEAD~2'])
    git(source, ['tag', '-m', 'One', 'v1'])
    git(source, ['pack-refs', '--all'])
    git(source, ['branch', '-f', 'side', 'HEAD~1'])
    expect(judge(await importPath(source), source)).toEqual(noDifference)
    target = new MemoryTarget()
    const bare = await importPath(join(source, '.git'))
    expect(bare.refs.map(({ name }) => name)).toEqual(['refs/heads/main', 'refs/heads/side', 'refs/tags/v1'])
    expect(bare.warnings).toEqual([])
  })

  it('keeps a pack byte for byte that holds nothing else', async () => {
    const source = hostile.plainRepository(join(dir, 'source'), 6)
    git(source, ['repack', '-q', '-a', '-d'])
    const folder = join(source, '.git/objects/pack')
    const pack = readFileSync(join(folder, readdirSync(folder).find((name) => name.endsWith('.pack')) ?? ''))
    await importPath(source)
    expect([...target.staged].map((bytes) => pack.equals(bytes))).toEqual([true])
  })

  it('gives the same through files, their own folder in front or not', async () => {
    const source = hostile.plainRepository(join(dir, 'source'), 3)
    for (const root of [source, dir]) {
      target = new MemoryTarget()
      const { refs } = await importFolder(target, { kind: 'files', files: await filesOf(root) })
      expect(refs).toEqual([{ name: 'refs/heads/main', oid: git(source, ['rev-parse', 'main']) }])
    }
  })

  it('leaves out what was amended away, stashed or fetched', async () => {
    for (const make of [hostile.secretRepository, hostile.packedSecretRepository]) {
      const { path, secrets } = make(mkdtempSync(join(dir, 'secret-')))
      target = new MemoryTarget()
      const { staged, warnings } = await importPath(path)
      for (const secret of secrets) expect(await staged.objects.has(secret), secret).toBe(false)
      expect(warnings.map(({ kind }) => kind)).toEqual(['unreachable-left-out'])
      for (const pack of target.staged) expect(Buffer.from(pack).includes('hunter2')).toBe(false)
    }
  })

  it('never changes the folder', async () => {
    const source = hostile.plainRepository(join(dir, 'source'), 3)
    const snapshot = async (): Promise<string[]> =>
      (await filesOf(source)).map(({ path, file }) => `${path} ${file.size} ${statSync(join(source, path)).mtimeMs}`)
    const before = await snapshot()
    await importPath(source)
    expect(await snapshot()).toEqual(before)
  })

  it('warns of a detached HEAD and chooses a branch', async () => {
    const { head, warnings } = await importPath(hostile.detachedRepository(join(dir, 'source')))
    expect(head).toBe('refs/heads/main')
    expect(warnings).toContainEqual({
      kind: 'detached-head',
      detail: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
    })
  })

  it('warns of hostile paths, submodules and LFS, and imports them', async () => {
    const { warnings } = await importPath(hostileRepository(join(dir, 'hostile')))
    const paths = warnings.filter(({ kind }) => kind === 'hostile-path').map(({ detail }) => detail)
    for (const path of ['..', '.GIT', '.git', 'a/..', 'a\\b', 'git~1', 'link → ../../etc/passwd'])
      expect(paths).toContain(path)
    target = new MemoryTarget()
    const submodule = await importPath(hostile.submoduleRepository(join(dir, 'submodule')))
    expect(submodule.warnings).toEqual([{ kind: 'submodule', detail: 'vendor/lib' }])
    target = new MemoryTarget()
    const lfs = await importPath(hostile.lfsRepository(join(dir, 'lfs')))
    expect(lfs.warnings).toEqual([{ kind: 'lfs', detail: '.gitattributes' }])
  })

  it('stops when it is aborted, and leaves nothing behind', async () => {
    const path = hostile.plainRepository(join(dir, 'source'), 3)
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(importFolder(target, { kind: 'path', path }, { openPath, signal })).rejects.toThrow('enough')
    expect([target.open, target.staged.size]).toEqual([0, 0])
  })
})

describe('progress', () => {
  it('is reported by phase, and may be where the caller stops', async () => {
    const path = await makeRepository(join(dir, 'source'), { commits: 300, big: false })
    const phases = new Set<string>()
    await importFolder(target, { kind: 'path', path }, { openPath, onProgress: ({ phase }) => phases.add(phase) })
    expect([...phases]).toContain('write')
    for (const phase of phases) {
      target = new MemoryTarget()
      const controller = new AbortController()
      const onProgress = (progress: Progress): void => {
        if (progress.phase === phase) controller.abort(new Error(`enough of ${phase}`))
      }
      const importing = importFolder(
        target,
        { kind: 'path', path },
        { openPath, onProgress, signal: controller.signal },
      )
      const result: unknown = await importing.catch((error: unknown) => error)
      // The last report of the last phase may come too late to stop anything.
      if (result instanceof Error) {
        expect(result.message).toBe(`enough of ${phase}`)
        expect([target.open, target.staged.size]).toEqual([0, 0])
      } else expect(target.staged.size).toBe(1)
    }
  })
})

describe('importFolder rejects', () => {
  const cases: Array<[string, (dir: string) => string, abstract new (...args: never[]) => Error, RegExp]> = [
    [
      'a folder without .git',
      hostile.plainFolder,
      NotARepositoryError,
      /git bundle create my.bundle --branches --tags/,
    ],
    ['a linked worktree', hostile.worktree, GitFileError, /Open that folder/],
    ['SHA-256', hostile.sha256Repository, UnsupportedRepositoryError, /SHA-256/],
    ['reftable', hostile.reftableRepository, UnsupportedRepositoryError, /git refs migrate/],
    ['a shallow clone', hostile.shallowRepository, IncompleteRepositoryError, /git fetch --unshallow/],
    ['a partial clone', hostile.partialRepository, IncompleteRepositoryError, /without --filter/],
    ['alternates', hostile.alternatesRepository, IncompleteRepositoryError, /git repack -ad/],
    ['an empty repository', hostile.emptyRepository, EmptyRepositoryError, /Commit something/],
    ['a ref to nowhere', hostile.brokenRefRepository, BrokenRefError, /refs\/heads\/broken.*update-ref -d/],
    ['a ref without an id', hostile.garbageRefRepository, BrokenRefError, /refs\/heads\/garbage/],
    ['a corrupted pack', hostile.corruptedPackRepository, CorruptSourceObjectError, /git fsck/],
  ]
  it.each(cases)('%s', async (_, make, type, message) => {
    const error = await rejection(make(dir))
    expect(error).toBeInstanceOf(type)
    expect((error as Error).message).toMatch(message)
  })

  it('missing and damaged objects by name', async () => {
    const { path, missing } = hostile.missingObjectRepository(join(dir, 'missing'))
    expect(await rejection(path)).toMatchObject({
      name: MissingSourceObjectError.name,
      oid: missing,
      neededBy: '“README.md”',
    })
    const damaged = hostile.corruptedLooseRepository(join(dir, 'damaged'))
    expect(await rejection(damaged.path)).toMatchObject({ name: CorruptSourceObjectError.name, oid: damaged.corrupted })
  })

  it('an object one byte above 100 MiB, loose or packed, by its path', async () => {
    const path = hostile.hugeFileRepository(join(dir, 'huge'))
    const expected = { name: FileTooLargeError.name, path: 'huge file.bin', size: 100 * 1024 * 1024 + 1 }
    expect(await rejection(path)).toMatchObject(expected)
    git(path, ['repack', '-q', '-a', '-d'])
    expect(await rejection(path)).toMatchObject(expected)
  }, 60_000)

  it('folders nested one too deep', async () => {
    const commit = (depth: number): string =>
      `commit refs/heads/d${depth}\ncommitter A <a@b> 1 +0000\ndata 0\nM 100644 inline ${'d/'.repeat(depth)}leaf\ndata 4\nleaf\n`
    const make = (depth: number): string => {
      const path = hostile.emptyRepository(join(dir, `deep${depth}`))
      git(path, ['fast-import', '--quiet'], { input: commit(depth) })
      return path
    }
    expect((await importPath(make(2048))).refs.length).toBe(1)
    target = new MemoryTarget()
    const error = await rejection(make(2049))
    expect(error).toBeInstanceOf(CorruptSourceObjectError)
    expect((error as Error).message).toContain('nested more than 2048 deep')
  })

  it('a bare path in a browser, and refs that only look like branches are left out', async () => {
    await expect(importFolder(target, { kind: 'path', path: dir })).rejects.toThrow(NotARepositoryError)
    const source = hostile.plainRepository(join(dir, 'source'))
    writeFileSync(join(source, '.git/refs/heads/te\u202est'), `${git(source, ['rev-parse', 'main'])}\n`)
    const { refs, warnings } = await importPath(source)
    expect(refs.map(({ name }) => name)).toEqual(['refs/heads/main'])
    expect(warnings.map(({ kind }) => kind)).toEqual(['skipped-ref'])
  })
})
