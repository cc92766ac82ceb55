import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { git } from '../../../../playwright/fixtures/git.ts'
import { judgeBundle, noDifference } from '../../../../playwright/fixtures/oracle.ts'
import { NotServedError, PackRowError } from '../../errors.ts'
import type { Oid, RefEntry } from '../../types.ts'
import { REWRITE_AFTER } from '../base-rewrite.ts'
import { ProcessLocks } from '../locks.ts'
import { UNREACHABLE_AFTER } from '../tidying.ts'
import { fetchPack, id, oidsIn, other, readAll, type StoreRig } from './rig.ts'
import { killedAnywhere } from './tampered.ts'

/** Deleted here: nothing else reaches what they reach. */
const DELETED = ['refs/heads/topic-0', 'refs/tags/nested']
const SOON = () => Date.now() + 2 * REWRITE_AFTER
const LATER = () => Date.now() + 2 * UNREACHABLE_AFTER

/** Of the store's suite: base packs that are written anew. */
export function runRewritingTests(rig: StoreRig): void {
  /** The source without what is deleted, and what is in it. */
  let rest: string
  let shared: Oid[]
  let gone: Oid
  let kept: RefEntry[]
  beforeAll(() => {
    rest = join(rig.dir, 'rest')
    git(rig.dir, ['clone', '-q', '--mirror', rig.source, rest])
    gone = git(rig.source, ['rev-parse', 'refs/heads/topic-0'])
    for (const name of DELETED) git(rest, ['update-ref', '-d', name])
    shared = git(rest, ['rev-list', '--all', '--objects', '--no-object-names']).split('\n').sort()
    kept = rig.refs.filter(({ name }) => !DELETED.includes(name))
  })

  const deletion = { repository: id, refs: DELETED.map((name) => ({ name, oid: null })) }

  async function soleBase(): Promise<string> {
    const [pack, ...more] = await rig.store.inventory(id)
    expect(more).toEqual([])
    return pack?.packId ?? ''
  }

  it('writes one anew that holds what is shared no more, the same everywhere, and disturbs nobody who reads it', async () => {
    await rig.imported()
    const old = await soleBase()
    const clone = await rig.open(await rig.newPlace(), new ProcessLocks())
    await fetchPack(rig.store, clone.store, old)
    await rig.admit(clone.store, id, { ...(await clone.store.finishBasePack(id, old)), head: null }, rig.refs)
    await rig.store.transact(deletion)
    const want = kept.find(({ name }) => name === 'refs/heads/main')?.oid ?? ''
    const request = { wants: [want], haves: [], filter: 'closure' as const, thin: false }
    const reader = await rig.store.openObjects(id, request)
    const first = (await rig.store.readPack(reader.reader, 1000)) ?? new Uint8Array()
    // Not at once: a branch may come back, and refs may come after the packs that they reach.
    await rig.store.tidy(id)
    expect(await rig.store.inventory(id)).toEqual([])
    await rig.store.tidy(id, { now: SOON() })
    const fresh = await soleBase()
    expect(fresh).not.toBe(old)
    const rows = Math.ceil(((await rig.store.inventory(id))[0]?.size ?? 0) / (256 * 1024))
    const chunks = []
    for (let n = 0; n < rows; n++) chunks.push(await rig.store.chunk(id, fresh, n))
    expect(await oidsIn(new Uint8Array(Buffer.concat(chunks)))).toEqual(shared)
    await expect(rig.store.chunk(id, old, 0)).rejects.toBeInstanceOf(NotServedError)
    expect(judgeBundle(await rig.bundleFrom(rig.store, id), rest)).toEqual(noDifference)
    // What was deleted stays a while, and is served to nobody.
    expect(await rig.store.has(id, [gone])).toEqual([true])
    await expect(rig.store.openObjects(id, { ...request, wants: [gone] })).rejects.toBeInstanceOf(NotServedError)
    // There is nothing more to do, and who read the old one reads on.
    await rig.store.tidy(id, { now: SOON() })
    expect(await soleBase()).toBe(fresh)
    const read = new Uint8Array(Buffer.concat([first, await readAll(rig.store, reader)]))
    expect(await oidsIn(read)).toHaveLength(reader.objects)
    await rig.nothingStaged()
    await rig.reopen()
    expect(await rig.backend.packsById(old)).toEqual([])
    expect(await soleBase()).toBe(fresh)
    await rig.store.tidy(id, { now: LATER() })
    expect(await rig.store.has(id, [gone, want])).toEqual([false, true])
    expect(judgeBundle(await rig.bundleFrom(rig.store, id), rest)).toEqual(noDifference)
    // Another holder comes to the same pack by itself, and whoever clones now gets that.
    await clone.store.transact(deletion)
    await clone.store.tidy(id, { now: SOON() })
    expect((await clone.store.inventory(id)).map(({ packId }) => packId)).toEqual([fresh])
    // Wanted again, the old one comes anew, though what is left of it was only put aside.
    await clone.store.transact({ repository: id, refs: rig.refs })
    expect(await clone.store.inventory(id)).toMatchObject([{ packId: fresh }])
  })

  it('leaves it to another repository that holds it, and drops one that no ref ever reached', async () => {
    await rig.imported()
    const old = await soleBase()
    await rig.store.stageBasePack(other, old, await rig.store.manifest(id, old))
    await rig.admit(rig.store, other, { ...(await rig.store.finishBasePack(other, old)), head: null }, rig.refs)
    await rig.store.transact(deletion)
    await rig.store.tidy(id, { now: SOON() })
    expect((await rig.store.inventory(other)).map(({ packId }) => packId)).toEqual([old])
    expect(judgeBundle(await rig.bundleFrom(rig.store, other), rig.source)).toEqual(noDifference)
    expect(judgeBundle(await rig.bundleFrom(rig.store, id), rest)).toEqual(noDifference)
    // Both may share the new one.
    await rig.store.transact({ ...deletion, repository: other })
    await rig.store.tidy(other, { now: SOON() })
    const [row, ...more] = (await rig.backend.packs()).filter(
      ({ kind, state }) => kind === 'base' && state === 'verified',
    )
    expect([row?.holders.toSorted(), more]).toEqual([[id, other], []])
    // All refs of one go, as where a clone was given up before they came.
    await rig.store.transact({ repository: other, refs: kept.map(({ name }) => ({ name, oid: null })) })
    await rig.store.tidy(other, { now: SOON() })
    expect(await rig.store.has(other, [kept[0]?.oid ?? ''])).toEqual([true])
    await rig.store.tidy(other, { now: LATER() })
    expect(await rig.store.has(other, [kept[0]?.oid ?? ''])).toEqual([false])
    expect(judgeBundle(await rig.bundleFrom(rig.store, id), rest)).toEqual(noDifference)
  })

  it('finds a row that is damaged, and leaves all as it is until it is here again', async () => {
    await rig.imported()
    await rig.store.transact(deletion)
    const [row] = await rig.backend.packs()
    await rig.place.damage(row?.key ?? '', 2, 7)
    await rig.reopen()
    await rig.store.tidy(id, { now: SOON() }).catch((error: unknown) => expect(error).toBeInstanceOf(PackRowError))
    expect((await rig.store.repository(id))?.damaged).toBe(true)
    await rig.store.tidy(id, { now: LATER() })
    expect(await rig.backend.packs()).toMatchObject([{ key: row?.key, state: 'staging', wanted: [id] }])
  })

  it('loses nothing when it is killed at any point of writing it anew', async () => {
    await rig.imported()
    await rig.store.transact(deletion)
    const before = await rig.backend.snapshot(id)
    await killedAnywhere(
      rig,
      (store) => store.tidy(id, { now: SOON() }),
      async () => {
        expect(await rig.backend.snapshot(id)).toEqual(before)
        await rig.nothingStaged()
        expect(judgeBundle(await rig.bundleFrom(rig.store, id), rest)).toEqual(noDifference)
      },
    )
    await rig.store.tidy(id, { now: SOON() })
    expect(await rig.store.inventory(id)).toHaveLength(1)
  })
}
