import { join } from 'node:path'
import { expect, it } from 'vitest'
import { git } from '../../../../playwright/fixtures/git.ts'
import { MissingObjectError } from '../../errors.ts'
import { MergeConflictError, MergeResolutionError } from '../../merge/errors.ts'
import type { Oid } from '../../types.ts'
import type { CommitRequest } from '../git-store.ts'
import { id, other, type StoreRig } from './rig.ts'

const author = { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 60 }

/** Of the store's suite: merging. */
export function runMergeTests(rig: StoreRig): void {
  async function commit(ref: string, parent: Oid | null, files: Record<string, string>): Promise<Oid> {
    const changes = Object.entries(files).map(([path, text]) => ({ path, content: new TextEncoder().encode(text) }))
    const request: CommitRequest = { ref, parent, changes, author: { ...author, time: author.time++ }, message: ref }
    const made = await rig.store.stageCommit(id, request)
    const refs = [{ name: ref, oid: made.commit }]
    await rig.store.transact({ repository: id, create: parent === null, refs, admit: [made.staging] })
    return made.commit
  }

  it('merges two branches, asks what is in conflict, and keeps a commit that stock git finds in order', async () => {
    const base = await commit('refs/heads/main', null, { a: '1\n2\n3\n4\n5\n', 'd/b': 'b\n', c: 'c\n' })
    const ours = await commit('refs/heads/main', base, { a: 'one\n2\n3\n4\n5\n', c: 'ours\n' })
    const theirs = await commit('refs/heads/topic', base, { a: '1\n2\n3\n4\nfive\n', c: 'theirs\n', 'd/e': 'e\n' })
    expect(await rig.store.mergeBases(id, ours, theirs)).toEqual([base])
    expect(await rig.store.mergeBases(id, ours, base)).toEqual([base])

    const view = await rig.store.merge(id, ours, theirs, { labels: { ours: 'main', theirs: 'topic' } })
    expect(view).toMatchObject({ kind: 'conflicts', base, changed: 2 })
    expect(view.conflicts).toMatchObject([{ path: 'c', reason: 'content' }])
    expect(new TextDecoder().decode(view.conflicts[0]?.merged ?? undefined)).toBe(
      '<<<<<<< main\nours\n=======\ntheirs\n>>>>>>> topic\n',
    )
    expect(await rig.store.merge(id, ours, base)).toMatchObject({ kind: 'up-to-date', changed: 0 })
    expect(await rig.store.merge(id, base, theirs)).toMatchObject({ kind: 'fast-forward', changed: 3 })

    const request = { ref: 'refs/heads/main', ours, theirs, resolutions: [], author, message: 'Join' }
    await expect(rig.store.stageMerge(id, request)).rejects.toMatchObject({ name: 'MergeConflictError', paths: ['c'] })
    await expect(rig.store.stageMerge(id, request)).rejects.toBeInstanceOf(MergeConflictError)
    const wrong = { ...request, resolutions: [{ path: 'a', content: null }] }
    await expect(rig.store.stageMerge(id, wrong)).rejects.toBeInstanceOf(MergeResolutionError)
    const aborted = { signal: AbortSignal.abort(new Error('Not any more')) }
    await expect(rig.store.stageMerge(id, request, aborted)).rejects.toThrow('Not any more')
    await rig.nothingStaged()

    const resolutions = [{ path: 'c', content: new TextEncoder().encode('both\n') }]
    const made = await rig.store.stageMerge(id, { ...request, resolutions })
    // The commit, its tree, a and c; d is theirs as it was.
    expect(made).toMatchObject({ objects: 4, refs: [{ name: 'refs/heads/main', oid: made.commit }] })
    expect(await rig.store.has(id, [made.commit])).toEqual([false])
    const expected = { refs: [{ name: 'refs/heads/main', oid: ours }] }
    await rig.store.transact({ repository: id, expect: expected, refs: made.refs, admit: [made.staging] })
    expect(await rig.store.commit(id, made.commit)).toMatchObject({ parents: [ours, theirs], subject: 'Join' })

    await rig.reopen()
    const file = await rig.bundleFrom(rig.store, id)
    const clone = join(rig.dir, `merged-${Math.random()}`)
    git(rig.dir, ['clone', '-q', '--bare', '--branch', 'main', file, clone])
    expect(git(clone, ['fsck', '--full', '--strict'])).toBe('')
    expect(git(clone, ['show', 'main:a'])).toBe('one\n2\n3\n4\nfive')
    expect(git(clone, ['show', 'main:c'])).toBe('both')
    expect(git(clone, ['ls-tree', '-r', '--name-only', 'main'])).toBe('a\nc\nd/b\nd/e')
    expect(git(clone, ['rev-list', '--count', 'main'])).toBe('4')
  })

  it('merges nothing that another repository holds', async () => {
    const base = await commit('refs/heads/main', null, { a: 'a\n' })
    const made = await rig.store.importFiles(other, {
      ...{ ref: 'refs/heads/main', parent: null, author, message: 'Other' },
      changes: [{ path: 'b', content: new Uint8Array([1]) }],
    })
    await rig.store.transact({ repository: other, create: true, refs: made.refs, admit: [made.staging] })
    const theirs = made.refs[0]?.oid ?? ''
    await expect(rig.store.merge(id, base, theirs)).rejects.toBeInstanceOf(MissingObjectError)
    const request = { ref: 'refs/heads/main', ours: base, theirs, resolutions: [], author, message: 'Join' }
    await expect(rig.store.stageMerge(id, request)).rejects.toBeInstanceOf(MissingObjectError)
  })
}
