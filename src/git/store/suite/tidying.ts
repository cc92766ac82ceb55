import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { git, gitBytes } from '../../../../playwright/fixtures/git.ts'
import { makeRepository } from '../../../../playwright/fixtures/make-repository.ts'
import { judgeBundle, noDifference } from '../../../../playwright/fixtures/oracle.ts'
import type { Backend } from '../../backend/backend.ts'
import { NotServedError } from '../../errors.ts'
import type { Oid, RefEntry } from '../../types.ts'
import type { GitStore } from '../git-store.ts'
import type { LocalGitStore } from '../local-git-store.ts'
import { ROLL_UP_FACTOR } from '../roll-up.ts'
import { UNREACHABLE_AFTER } from '../tidying.ts'
import { id, oidsIn, readAll, sendPack, type StoreRig } from './rig.ts'
import { killedAnywhere, tampered } from './tampered.ts'

const MAIN = 'refs/heads/main'
const LATER = () => Date.now() + 2 * UNREACHABLE_AFTER

/** Of the store's suite: roll-up and the collection of what nothing reaches. */
export function runTidyingTests(rig: StoreRig): void {
  let source: string
  let commits: Oid[]
  let refs: RefEntry[]
  /** The history as it comes in life: now and then much, mostly little. */
  let packs: Array<{ oid: Oid; pack: Uint8Array }>
  beforeAll(async () => {
    source = await makeRepository(join(rig.dir, 'grown'), { commits: 150, seed: 11 })
    for (const name of git(source, ['for-each-ref', '--format=%(refname)']).split('\n')) {
      if (name !== MAIN) git(source, ['update-ref', '-d', name])
    }
    commits = git(source, ['rev-list', '--first-parent', '--reverse', 'main']).split('\n')
    packs = []
    for (let [at, n] = [40, 0]; n === 0 || (packs[n - 1]?.oid ?? '') !== commits.at(-1); n++) {
      at += n % 3 === 0 ? 20 : 3
      const oid = commits[Math.min(at, commits.length) - 1] ?? ''
      const input = `${oid}\n${n === 0 ? '' : `^${packs[n - 1]?.oid ?? ''}\n`}`
      const pack = gitBytes(source, ['pack-objects', '--revs', '--stdout', '-q', '--delta-base-offset'], { input })
      packs.push({ oid, pack })
    }
    refs = [{ name: MAIN, oid: commits.at(-1) ?? '' }]
  })

  async function grow(store: GitStore): Promise<void> {
    await store.transact({ repository: id, create: true, head: MAIN })
    for (const { oid, pack } of packs) {
      const staged = await sendPack(store, id, pack, [{ name: MAIN, oid }])
      await store.transact({ repository: id, refs: staged.refs, admit: [staged.staging] })
    }
  }

  async function shape(backend: Backend) {
    const snapshot = await backend.snapshot(id)
    const tail = snapshot?.packs.map(({ objects }) => objects).sort((a, b) => a - b) ?? []
    const retired = (await backend.packs()).filter(({ state }) => state === 'retired').length
    return { tail, loose: snapshot?.loose.length ?? 0, retired, generation: snapshot?.repository.generation }
  }

  async function expectWhole(store: LocalGitStore): Promise<void> {
    expect((await store.repository(id))?.refs).toEqual(refs)
    expect(judgeBundle(await rig.bundleFrom(store, id), source)).toEqual(noDifference)
  }

  it('rolls a tail up, and disturbs nobody who reads what it was', async () => {
    await grow(rig.store)
    const before = await shape(rig.backend)
    expect(before.loose).toBeGreaterThan(10)
    expect(before.tail.length).toBeGreaterThan(1)
    const updatedAt = (await rig.store.repository(id))?.updatedAt
    const bytes = (await rig.store.usage())[0]?.bytes ?? 0
    const request = { wants: [refs[0]?.oid ?? ''], haves: [], filter: 'closure' as const, thin: false }
    const reader = await rig.store.openObjects(id, request)
    const first = await rig.store.readPack(reader.reader, 1000)
    const main = git(source, ['rev-parse', 'main'])
    const log = rig.store.log(id, main, { limit: 1000 })
    await rig.store.tidy(id)
    expect((await log).commits).toHaveLength(Number(git(source, ['rev-list', '--count', 'main'])))
    const after = await shape(rig.backend)
    expect(after.loose).toBe(0)
    expect(after.retired).toBeGreaterThan(0)
    after.tail.slice(1).forEach((objects, n) => {
      expect(objects).toBeGreaterThanOrEqual(ROLL_UP_FACTOR * (after.tail[n] as number))
    })
    expect((await rig.store.repository(id))?.updatedAt).toBe(updatedAt)
    expect((await rig.store.usage())[0]?.bytes).toBeLessThan(bytes)
    await expectWhole(rig.store)
    // There is nothing more to do, and what is read stays.
    await rig.store.tidy(id)
    expect(await shape(rig.backend)).toEqual(after)
    const rest = await readAll(rig.store, reader)
    const oids = await oidsIn(new Uint8Array(Buffer.concat([first ?? new Uint8Array(), rest])))
    expect(oids).toEqual(git(source, ['rev-list', '--objects', '--no-object-names', 'main']).split('\n').sort())
    await rig.nothingStaged()
    // Whoever opens it next drops what it was, as does the next who tidies.
    await rig.reopen()
    expect(await shape(rig.backend)).toEqual({ ...after, retired: 0 })
    await expectWhole(rig.store)
  })

  it('leaves out what nothing reaches any more, two weeks after it came', async () => {
    await grow(rig.store)
    const [old, tip] = [commits[61] ?? '', refs[0]?.oid ?? '']
    const tag = { name: 'refs/tags/v1', oid: tip }
    await rig.store.transact({ repository: id, refs: [tag, { name: MAIN, oid: old }] })
    await rig.store.tidy(id, { now: LATER() })
    expect(await rig.store.has(id, [tip])).toEqual([true])
    // The tag is rewound: from now on nobody is given what it had, and later it is gone.
    await rig.store.transact({ repository: id, refs: [{ name: 'refs/tags/v1', oid: old }] })
    for (const filter of ['closure', 'objects', 'snapshot'] as const) {
      const asked = rig.store.openObjects(id, { wants: [tip], haves: [], filter, thin: false })
      await expect(asked).rejects.toBeInstanceOf(NotServedError)
    }
    await rig.reopen()
    await rig.store.tidy(id)
    expect(await rig.store.has(id, [tip])).toEqual([true])
    const bytes = (await rig.store.usage())[0]?.bytes ?? 0
    await rig.store.tidy(id, { now: LATER() })
    expect(await rig.store.has(id, [tip, old])).toEqual([false, true])
    expect((await rig.store.usage())[0]?.bytes).toBeLessThan(bytes)
    const kept = git(source, ['rev-list', '--objects', '--no-object-names', old]).split('\n').length
    const { tail, loose } = await shape(rig.backend)
    expect(tail.reduce((sum, objects) => sum + objects, loose)).toBe(kept)
    // What signed refs name is kept, whoever's they are.
    await rig.store.removeRepository(id)
    await grow(rig.store)
    const signed = { identity: 'bo', writer: 'w', highestSeen: 1, envelope: new Uint8Array(), list: new Uint8Array() }
    await rig.store.transact({ repository: id, signedRefs: [{ ...signed, refs }], sharing: ['ana'] })
    await rig.store.transact({ repository: id, refs: [{ name: MAIN, oid: old }] })
    await rig.store.tidy(id, { now: LATER() })
    expect(await rig.store.has(id, [tip])).toEqual([true])
    // Nothing is left of a repository that is removed, nor of what was rolled up of it.
    await rig.store.tidy(id)
    await rig.store.removeRepository(id)
    expect(await rig.backend.packs()).toEqual([])
  })

  it('leaves a commit in peace that comes meanwhile', async () => {
    await grow(rig.store)
    const author = { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 0 }
    const changes = [{ path: 'new.txt', content: new TextEncoder().encode('new\n') }]
    const request = { ref: MAIN, parent: refs[0]?.oid ?? '', changes, author, message: 'Meanwhile' }
    const made = await rig.store.stageCommit(id, request)
    let meanwhile: (() => Promise<unknown>) | undefined = async () => {
      const move = [{ name: MAIN, oid: made.commit }]
      await rig.store.transact({ repository: id, refs: move, admit: [made.staging] })
    }
    const late = tampered(rig.backend, async (name) => {
      const act = name === 'commit' ? meanwhile : undefined
      if (act !== undefined) meanwhile = undefined
      await act?.()
    })
    const { store } = await rig.openOver(late, rig.locks)
    await store.tidy(id)
    const { tail, loose } = await shape(rig.backend)
    expect([tail.length < 3, loose]).toEqual([true, made.objects])
    expect((await rig.store.commit(id, made.commit)).subject).toBe('Meanwhile')
    expect(git(rig.dir, ['bundle', 'list-heads', await rig.bundleFrom(rig.store, id)])).toContain(made.commit)
    await rig.nothingStaged()
  })

  it(`loses nothing when it is killed at any point`, async () => {
    await grow(rig.store)
    const before = await shape(rig.backend)
    await killedAnywhere(
      rig,
      (store) => store.tidy(id),
      async () => {
        expect(await shape(rig.backend)).toEqual(before)
        await rig.nothingStaged()
        await expectWhole(rig.store)
      },
    )
    await rig.store.tidy(id)
    expect((await shape(rig.backend)).loose).toBe(0)
    await expectWhole(rig.store)
  })
}
