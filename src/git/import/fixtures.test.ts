import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { git } from '../../../playwright/fixtures/git.ts'
import { makeRepository } from '../../../playwright/fixtures/make-repository.ts'
import { hostileRepository } from '../../../playwright/fixtures/hostile-trees.ts'
import { judgeBundle, judgeRepository, noDifference } from '../../../playwright/fixtures/oracle.ts'
import { bundleOf, plainRepository } from '../../../playwright/fixtures/hostile.ts'

let dir = ''
beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'fixtures-'))))
afterAll(() => rmSync(dir, { recursive: true }))

describe('the seeded repository', () => {
  it('has 5,000 commits, the same ids everywhere, and all that is odd', async () => {
    const path = await makeRepository(join(dir, 'big'), { bare: true })
    expect(git(path, ['rev-list', '--count', '--branches', '--tags'])).toBe('5000')
    expect(git(path, ['rev-parse', 'main'])).toBe('0e209b8bc1c50edbfacc3101df5e702d26cefec8')
    expect(Number(git(path, ['rev-list', '--count', '--merges', '--all']))).toBeGreaterThan(200)
    expect(Number(git(path, ['rev-list', '--count', '--min-parents=3', '--all']))).toBeGreaterThan(5)
    expect(git(path, ['ls-tree', '-r', 'main'])).toMatch(/^120000 [^]*^100755 |^100755 [^]*^120000 /m)
    expect(git(path, ['for-each-ref', '--format=%(objecttype) %(*objecttype)', 'refs/tags'])).toMatch(/^tag tag$/m)
    expect(git(path, ['log', '--diff-filter=R', '-M', '--format=%H', '--max-count=5', 'main'])).not.toBe('')
  }, 60_000)
})

describe('the oracle', () => {
  it('tells a bundle from another history, and a complete one from one that lacks a branch', () => {
    const path = plainRepository(join(dir, 'plain'), 3)
    git(path, ['branch', 'side', 'HEAD~1'])
    expect(judgeBundle(bundleOf(path, join(dir, 'all.bundle')), path)).toEqual(noDifference)
    expect(judgeBundle(bundleOf(path, join(dir, 'part.bundle'), ['side']), path).refs).toHaveLength(1)
    git(path, ['commit', '-q', '--allow-empty', '-m', 'One more'])
    const late = judgeBundle(join(dir, 'all.bundle'), path)
    expect([late.refs.length, late.objects.length]).toEqual([1, 1])
    const empty = join(dir, 'hostile')
    hostileRepository(empty)
    const verdict = judgeRepository(empty, path)
    expect(verdict.fsck.length).toBeGreaterThan(0)
    expect(verdict.objects.length).toBeGreaterThan(0)
  })

  it('sees what should never have left', () => {
    const path = plainRepository(join(dir, 'source'), 2)
    const clone = join(dir, 'clone')
    git(dir, ['clone', '-q', '--bare', path, clone])
    expect(judgeRepository(clone, path)).toEqual(noDifference)
    const secret = git(clone, ['hash-object', '-w', '--stdin'], { input: 'hunter2' })
    expect(judgeRepository(clone, path).unreachable).toEqual([secret])
  })
})
