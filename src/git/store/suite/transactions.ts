import { openAsBlob } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { git, gitBytes } from '../../../../playwright/fixtures/git.ts'
import { corruptedBundle, plainRepository } from '../../../../playwright/fixtures/hostile.ts'
import { judgeBundle, noDifference } from '../../../../playwright/fixtures/oracle.ts'
import {
  LimitError,
  MissingObjectError,
  PackError,
  RefNameError,
  StagingNotFoundError,
  TransactionConflictError,
} from '../../errors.ts'
import { LocalGitStore } from '../local-git-store.ts'
import { ProcessLocks } from '../locks.ts'
import type { GitStore } from '../git-store.ts'
import { id, other, sendPack, type StoreRig, writer } from './rig.ts'
import { tampered } from './tampered.ts'
import type { Oid } from '../../types.ts'

/** Of the store's suite: imports, transactions and limits. */
export function runTransactionTests(rig: StoreRig): void {
  it('takes a bundle, and gives one that stock git finds the same', async () => {
    const staged = await rig.store.importBundle(id, rig.bundle)
    expect(staged.refs).toEqual(rig.refs)
    expect(staged.head).toBe('refs/heads/main')
    expect(await rig.store.repository(id)).toBeUndefined()
    expect(await rig.store.has(id, [rig.refs[0]?.oid ?? ''])).toEqual([false])
    expect(await rig.store.hasStaged(staged.staging, [rig.refs[0]?.oid ?? '', '1'.repeat(40)])).toEqual([true, false])
    await expect(rig.store.hasStaged('elsewhere', [])).rejects.toBeInstanceOf(StagingNotFoundError)
    await rig.admit(rig.store, id, staged)
    await rig.reopen()
    expect(await rig.store.repository(id)).toMatchObject({ id, head: 'refs/heads/main', refs: rig.refs, generation: 1 })
    expect((await rig.store.repositories()).map((repository) => repository.id)).toEqual([id])
    expect(judgeBundle(await rig.bundleFrom(rig.store, id), rig.source)).toEqual(noDifference)
    expect((await rig.store.usage())[0]?.bytes).toBeGreaterThan(1024 * 1024)
    await rig.nothingStaged()
  })

  it('takes a folder, and answers what the views ask', async () => {
    await rig.admit(rig.store, id, await rig.store.importFolder(id, { kind: 'path', path: rig.source }))
    const main = git(rig.source, ['rev-parse', 'main'])
    expect(await rig.store.resolve(id, 'main')).toMatchObject({ oid: main, ref: 'refs/heads/main' })
    expect(await rig.store.resolve(id, main.slice(0, 12))).toMatchObject({ oid: main })
    expect(await rig.store.countCommits(id, main)).toBe(Number(git(rig.source, ['rev-list', '--count', 'main'])))
    const names = git(rig.source, ['ls-tree', '-z', '--name-only', 'main']).split('\0').filter(Boolean)
    expect((await rig.store.tree(id, main, '')).entries.map((entry) => entry.name).sort()).toEqual(names.sort())
    expect((await rig.store.log(id, main, { limit: 5 })).commits.map(({ oid }) => oid)).toEqual(
      git(rig.source, ['log', '-5', '--format=%H', 'main']).split('\n'),
    )
    expect(judgeBundle(await rig.bundleFrom(rig.store, id), rig.source)).toEqual(noDifference)
  })

  it('counts an object that only another repository holds as absent', async () => {
    await rig.imported()
    const main = git(rig.source, ['rev-parse', 'main'])
    await expect(
      rig.store.transact({ repository: other, create: true, refs: [{ name: 'refs/heads/main', oid: main }] }),
    ).rejects.toBeInstanceOf(MissingObjectError)
    const pack = gitBytes(rig.source, ['pack-objects', '--stdout', '-q'], { input: `${main}\n` })
    await expect(sendPack(rig.store, other, pack, [])).rejects.toBeInstanceOf(MissingObjectError)
    expect(await rig.store.has(other, [main])).toEqual([false])
    expect(await rig.store.repository(other)).toBeUndefined()
    await rig.nothingStaged()
  })

  it('moves refs by compare-and-swap, and only to what is here', async () => {
    await rig.imported()
    const main = git(rig.source, ['rev-parse', 'main'])
    const absent = 'f'.repeat(40)
    const to = (oid: Oid) => [{ name: 'refs/heads/main', oid }]
    await expect(rig.store.transact({ repository: id, refs: to(absent) })).rejects.toBeInstanceOf(MissingObjectError)
    const signed = [{ ...writer, highestSeen: 1, refs: to(absent) }]
    await expect(rig.store.transact({ repository: id, signedRefs: signed })).rejects.toBeInstanceOf(MissingObjectError)
    const stale = { refs: [{ name: 'refs/heads/main', oid: absent }] }
    await expect(rig.store.transact({ repository: id, expect: stale, refs: to(main) })).rejects.toBeInstanceOf(
      TransactionConflictError,
    )
    await expect(rig.store.transact({ repository: id, create: true })).rejects.toBeInstanceOf(TransactionConflictError)
    await expect(rig.store.transact({ repository: other })).rejects.toBeInstanceOf(TransactionConflictError)
    expect((await rig.store.repository(id))?.generation).toBe(1)
    // Those who name no precondition are not in each other's way.
    const both = ['a', 'b'].map((name) =>
      rig.store.transact({ repository: id, refs: [{ name: `refs/heads/${name}`, oid: main }] }),
    )
    expect((await Promise.all(both)).map(({ generation }) => generation).sort()).toEqual([2, 3])
    const racing = ['c', 'd'].map((name) =>
      rig.store.transact({
        repository: id,
        expect: { generation: 3 },
        refs: [{ name: `refs/heads/${name}`, oid: main }],
      }),
    )
    expect((await Promise.allSettled(racing)).map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('loses no update where one tab is killed as it writes, and another writes the same repository meanwhile', async () => {
    await rig.imported()
    const main = rig.refs.find(({ name }) => name === 'refs/heads/main')?.oid ?? ''
    const author = { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 0 }
    let made = 0
    const commit = async (store: GitStore, branch: string) => {
      const changes = [{ path: branch, content: new TextEncoder().encode(`${++made}\n`) }]
      const staged = await store.stageCommit(id, {
        ref: `refs/heads/${branch}`,
        parent: main,
        changes,
        author,
        message: branch,
      })
      const refs = [{ name: `refs/heads/${branch}`, oid: staged.commit }]
      await store.transact({ repository: id, refs, admit: [staged.staging] })
    }
    const branches = async () => {
      const refs = (await rig.store.repository(id))?.refs ?? []
      return refs.map(({ name }) => name.slice(11)).filter((name) => /^(one|two)-/.test(name))
    }
    for (const [n, isKilled] of [true, false, true].entries()) {
      let others = 1
      const dying = tampered(rig.backend, async (name) => {
        if (name !== 'commit') return
        if (others-- > 0) await commit(rig.store, `two-${n}`)
        if (isKilled) throw new Error('Killed')
      })
      const { store } = await rig.openOver(dying, rig.locks)
      const one = commit(store, `one-${n}`)
      if (isKilled) await expect(one).rejects.toThrow('Killed')
      else await one
    }
    expect((await branches()).sort()).toEqual(['one-1', 'two-0', 'two-1', 'two-2'])
    await rig.reopen()
    await rig.nothingStaged()
    await commit(rig.store, 'one-3')
    expect((await branches()).sort()).toEqual(['one-1', 'one-3', 'two-0', 'two-1', 'two-2'])
    expect(git(rig.dir, ['bundle', 'list-heads', await rig.bundleFrom(rig.store, id)])).toContain('refs/heads/one-3')
  })

  it('refuses names that git refuses, and more refs than the limit', async () => {
    await rig.imported()
    const oid = git(rig.source, ['rev-parse', 'main'])
    for (const name of [
      'refs/heads/a..b',
      'refs/heads/.a',
      'refs/remotes/x/y',
      'HEAD',
      'refs/heads/a.lock',
      'refs/heads/',
    ]) {
      await expect(rig.store.transact({ repository: id, refs: [{ name, oid }] })).rejects.toBeInstanceOf(RefNameError)
    }
    const many = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `refs/heads/b${n}`, oid }))
    const signed = (count: number) => [{ ...writer, highestSeen: count, refs: many(count) }]
    await rig.store.transact({ repository: id, signedRefs: signed(10_000) })
    await expect(rig.store.transact({ repository: id, signedRefs: signed(10_001) })).rejects.toBeInstanceOf(LimitError)
    await expect(rig.store.transact({ repository: id, refs: many(10_001) })).rejects.toBeInstanceOf(LimitError)
    // Counted is what there will be: all may be renamed at once, and one more does not fit in later either.
    const before = ((await rig.store.repository(id))?.refs ?? []).map(({ name }) => ({ name, oid: null }))
    await rig.store.transact({ repository: id, refs: [...before, ...many(10_000)] })
    const one = [{ name: 'refs/tags/one-more', oid: many(1)[0]?.oid ?? '' }]
    await expect(rig.store.transact({ repository: id, refs: one })).rejects.toBeInstanceOf(LimitError)
    const renamed = many(10_000).map(({ name, oid }) => ({ name: `${name}-renamed`, oid }))
    const gone = many(10_000).map(({ name }) => ({ name, oid: null }))
    await rig.store.transact({ repository: id, refs: [...gone, ...renamed] })
    expect((await rig.store.repository(id))?.refs).toHaveLength(10_000)
    const folderAndFile = [
      { ...writer, highestSeen: 20_000, refs: ['a', 'a/b'].map((name) => ({ name: `refs/heads/${name}`, oid })) },
    ]
    await expect(rig.store.transact({ repository: id, signedRefs: folderAndFile })).rejects.toBeInstanceOf(RefNameError)
    await expect(rig.store.transact({ repository: '../x', create: true })).rejects.toBeInstanceOf(TypeError)
    expect((await rig.store.signedRefs(id)).map((row) => row.refs.length)).toEqual([10_000])
  })

  it('leaves nothing of an import that fails or is cancelled', async () => {
    const bad = await openAsBlob(corruptedBundle(join(rig.dir, `bad-${Math.random()}`)))
    await expect(rig.store.importBundle(id, bad)).rejects.toBeInstanceOf(PackError)
    const whole = new Uint8Array(await rig.bundle.arrayBuffer())
    const flipped = whole.slice()
    flipped[flipped.length - 30] = (flipped[flipped.length - 30] as number) ^ 1
    await expect(rig.store.importBundle(id, new Blob([flipped]))).rejects.toBeInstanceOf(PackError)
    await expect(rig.store.importBundle(id, new Blob([whole.subarray(0, -1000)]))).rejects.toBeInstanceOf(PackError)
    const controller = new AbortController()
    const reason = new Error('Enough')
    const onProgress = () => controller.abort(reason)
    await expect(rig.store.importBundle(id, rig.bundle, { signal: controller.signal, onProgress })).rejects.toBe(reason)
    const staged = await rig.store.importBundle(id, rig.bundle)
    await rig.store.discard(staged.staging)
    await rig.store.discard(staged.staging)
    await expect(rig.admit(rig.store, id, staged)).rejects.toBeInstanceOf(StagingNotFoundError)
    const writerId = await rig.store.openPackWriter(id)
    await rig.store.writePack(writerId, whole.slice(whole.indexOf(0x50), 2_000_000))
    await rig.store.discard(writerId)
    await expect(rig.store.writePack(writerId, new Uint8Array(1))).rejects.toBeInstanceOf(StagingNotFoundError)
    expect(await rig.backend.packs()).toEqual([])
    expect(await rig.store.repositories()).toEqual([])
  })

  it('drops what a tab that is gone left staged, and keeps what a living one stages', async () => {
    const staged = await rig.store.importBundle(id, rig.bundle)
    const neighbour = await LocalGitStore.open({ backend: rig.backend, locks: rig.locks })
    expect(await rig.backend.packs()).toHaveLength(1)
    // Other locks: as if the tab that held those were gone.
    await LocalGitStore.open({ backend: rig.backend, locks: new ProcessLocks() })
    expect(await rig.backend.packs()).toEqual([])
    await expect(rig.admit(rig.store, id, staged)).rejects.toBeInstanceOf(TransactionConflictError)
    expect(await neighbour.repositories()).toEqual([])
  })

  it('says when a repository changed, until it is told to stop', async () => {
    const heard: string[] = []
    const stop = rig.store.onChange((changed) => heard.push(changed))
    await rig.store.transact({ repository: id, create: true })
    expect(heard).toContain(id)
    stop()
    heard.length = 0
    await rig.store.transact({ repository: id, settings: new Uint8Array([1]) })
    expect(heard).toEqual([])
    expect((await rig.store.repository(id))?.settings).toEqual(new Uint8Array([1]))
  })

  it('keeps commits as loose objects until there are many', async () => {
    const small = plainRepository(join(rig.dir, `small-${Math.random()}`), 3)
    await rig.admit(rig.store, id, await rig.store.importFolder(id, { kind: 'path', path: small }))
    expect(await rig.backend.packs()).toEqual([])
    await rig.reopen()
    expect((await rig.backend.snapshot(id))?.loose).toHaveLength(9)
    expect(judgeBundle(await rig.bundleFrom(rig.store, id), small)).toEqual(noDifference)
    expect(await rig.store.inventory(id)).toEqual([])
  })
}
