import { mkdtempSync, openAsBlob, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleOf, plainRepository } from '../../../../playwright/fixtures/hostile.ts'
import { git } from '../../../../playwright/fixtures/git.ts'
import { makeRepository } from '../../../../playwright/fixtures/make-repository.ts'
import { judgeRepository, noDifference } from '../../../../playwright/fixtures/oracle.ts'
import { openDiskGitStore } from '../../node.ts'

describe('repositories on disk, as stock git reads them', () => {
  let dir: string
  beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'guts-stock-'))))
  afterAll(() => rmSync(dir, { recursive: true }))

  it('are the same as their source, to fsck, to clone and to rev-list', async () => {
    const source = await makeRepository(join(dir, 'source'), { commits: 80, seed: 3 })
    const data = join(dir, 'data')
    const store = await openDiskGitStore(data)
    const blob = await openAsBlob(bundleOf(source, join(dir, 'source.bundle')))
    const staged = await store.importBundle('one', blob)
    await store.transact({
      repository: 'one',
      create: true,
      head: staged.head,
      refs: staged.refs,
      admit: [staged.staging],
    })
    const bare = join(data, 'repositories/one.git')
    expect(judgeRepository(bare, source)).toEqual(noDifference)
    expect(git(bare, ['symbolic-ref', 'HEAD'])).toBe('refs/heads/main')
    git(dir, ['clone', '-q', '--bare', bare, 'clone.git'])
    expect(git(join(dir, 'clone.git'), ['rev-parse', 'HEAD'])).toBe(git(source, ['rev-parse', 'main']))
    expect(git(bare, ['count-objects', '-v'])).toContain('packs: 1')

    // A commit, another writer's refs, and an attempt of git to tidy up leave it whole.
    const parent = git(source, ['rev-parse', 'main'])
    const author = { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 60 }
    const changes = [{ path: 'new.txt', content: new TextEncoder().encode('new\n') }]
    const made = await store.stageCommit('one', { ref: 'refs/heads/main', parent, changes, author, message: 'New' })
    await store.transact({
      repository: 'one',
      refs: [{ name: 'refs/heads/topic/x', oid: made.commit }],
      signedRefs: [
        {
          identity: 'bo_-B',
          writer: 'tab-1',
          highestSeen: 3,
          envelope: new Uint8Array([1]),
          list: new Uint8Array([2]),
          refs: [{ name: 'refs/heads/main', oid: made.commit }],
        },
      ],
      admit: [made.staging],
    })
    expect(git(bare, ['show', 'refs/guts/bo_-B/tab-1/heads/main:new.txt'])).toBe('new')
    expect(git(bare, ['log', '-1', '--format=%s', 'topic/x'])).toBe('New')
    expect(git(bare, ['fsck', '--full', '--strict', '--no-dangling'])).toBe('')

    // Two branches are joined, by a merge and the choice of a side.
    const topic = await store.stageCommit('one', {
      ...{ ref: 'refs/heads/topic/y', parent, author, message: 'Other' },
      changes: [{ path: 'new.txt', content: new TextEncoder().encode('other\n') }],
    })
    const refs = [{ name: 'refs/heads/topic/y', oid: topic.commit }]
    await store.transact({ repository: 'one', refs, admit: [topic.staging] })
    const merge = await store.stageMerge('one', {
      ...{ ref: 'refs/heads/topic/x', ours: made.commit, theirs: topic.commit, author, message: 'Join' },
      resolutions: [{ path: 'new.txt', content: 'theirs' }],
    })
    await store.transact({ repository: 'one', refs: merge.refs, admit: [merge.staging] })
    expect(git(bare, ['show', 'topic/x:new.txt'])).toBe('other')
    expect(git(bare, ['log', '-1', '--format=%P', 'topic/x'])).toBe(`${made.commit} ${topic.commit}`)
    expect(git(bare, ['fsck', '--full', '--strict', '--no-dangling'])).toBe('')
    git(bare, ['gc', '-q', '--prune=now'])
    expect(() => git(bare, ['prune', '--expire=now'])).toThrow(/precious/)
    expect(() => git(bare, ['repack', '-adq'])).toThrow(/precious/)
    await store.close()
    const again = await openDiskGitStore(data)
    expect(await again.commit('one', made.commit)).toMatchObject({ subject: 'New' })
    expect((await again.signedRefs('one'))[0]).toMatchObject({ highestSeen: 3, envelope: new Uint8Array([1]) })
    await again.close()
  })

  it('have a HEAD that names no branch where none is known', async () => {
    const data = join(dir, 'unknown')
    const store = await openDiskGitStore(data)
    const path = plainRepository(join(dir, 'plain'), 1)
    const staged = await store.importFolder('two', { kind: 'path', path })
    await store.transact({ repository: 'two', create: true, head: null, refs: staged.refs, admit: [staged.staging] })
    const bare = join(data, 'repositories/two.git')
    expect(readFileSync(join(bare, 'HEAD'), 'utf8')).toMatch(/^ref: refs\/heads\//)
    expect(git(bare, ['fsck', '--full', '--strict'])).toBe('')
    expect((await store.repository('two'))?.head).toBeNull()
    await store.close()
  })
})
