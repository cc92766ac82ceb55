import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestGit } from '../testing.ts'
import { UnsafeDirectoryError } from './errors.ts'
import { inspectSource, SourceError } from './inspect.ts'

let folder: string
let source: TestGit

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'guts-inspect-'))
  source = TestGit.init(join(folder, 'code'))
  source.commit('a', 'a')
  source.commit('b', 'b')
})
afterAll(() => rmSync(folder, { recursive: true }))

const problem = (path: string) =>
  inspectSource(path).then(
    () => 'none',
    (error: unknown) => (error instanceof SourceError ? error.problem : String(error)),
  )

describe('inspectSource', () => {
  it('finds the git directory of a work tree, a bare repository and a linked work tree', async () => {
    expect(await inspectSource(source.path)).toEqual({
      path: source.path,
      gitDirectory: join(source.path, '.git'),
      commonDirectory: join(source.path, '.git'),
      name: 'code',
    })
    source.run('clone', '-q', '--bare', '.', join(folder, 'bare.git'))
    expect(await inspectSource(join(folder, 'bare.git'))).toMatchObject({
      name: 'bare',
      gitDirectory: join(folder, 'bare.git'),
    })
    source.run('worktree', 'add', '-q', join(folder, 'linked'))
    expect(await inspectSource(join(folder, 'linked'))).toMatchObject({
      path: join(folder, 'linked'),
      gitDirectory: join(source.path, '.git', 'worktrees', 'linked'),
      commonDirectory: join(source.path, '.git'),
    })
    expect(await inspectSource(join(source.path, '.git'))).toMatchObject({ name: 'code' })
  })

  it('says what cannot be shared, and why', async () => {
    expect(await problem(join(folder, 'nowhere'))).toBe('missing')
    mkdirSync(join(folder, 'plain'))
    expect(await problem(join(folder, 'plain'))).toBe('not-a-repository')
    expect(await problem(join(source.path, 'a'))).toBe('not-a-repository')
    mkdirSync(join(source.path, 'folder'))
    expect(await problem(join(source.path, 'folder'))).toBe('inside')
    await expect(inspectSource(join(source.path, 'folder'))).rejects.toThrow(source.path)
    source.run('clone', '-q', '--depth', '1', `file://${source.path}`, join(folder, 'shallow'))
    expect(await problem(join(folder, 'shallow'))).toBe('shallow')
    TestGit.init(join(folder, 'sha256'), '--object-format=sha256')
    expect(await problem(join(folder, 'sha256'))).toBe('sha256')
    source.run('config', 'uploadpack.allowFilter', 'true')
    source.run('clone', '-q', '--filter=blob:none', '--no-checkout', `file://${source.path}`, join(folder, 'partial'))
    expect(await problem(join(folder, 'partial'))).toBe('partial')
  })

  it.runIf(process.getuid?.() === 0)("explains git's refusal of a repository of another user", async () => {
    const other = TestGit.init(join(folder, 'other'))
    other.commit('a', 'a')
    const before = process.env.GIT_CONFIG_GLOBAL
    writeFileSync(join(folder, 'empty'), '')
    process.env.GIT_CONFIG_GLOBAL = join(folder, 'empty')
    try {
      other.run('config', 'x.y', 'z')
      const { execFileSync } = await import('node:child_process')
      execFileSync('chown', ['-R', '12345', other.path])
      const refused = inspectSource(other.path)
      await expect(refused).rejects.toThrow(UnsafeDirectoryError)
      await expect(refused).rejects.toThrow(`git config --global --add safe.directory ${other.path}`)
    } finally {
      if (before === undefined) delete process.env.GIT_CONFIG_GLOBAL
      else process.env.GIT_CONFIG_GLOBAL = before
    }
  })
})
