import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { git, gitBytes } from '../../../../playwright/fixtures/git.ts'
import { plainRepository } from '../../../../playwright/fixtures/hostile.ts'
import { makeRepository } from '../../../../playwright/fixtures/make-repository.ts'
import { DiskReader } from '../../import/node.ts'
import type { GitStore } from '../../store/git-store.ts'
import { LocalGitStore } from '../../store/local-git-store.ts'
import { ProcessLocks } from '../../store/locks.ts'
import { sendPack } from '../../store/suite/rig.ts'
import { DiskBackend } from './backend.ts'

class Killed extends Error {
  static override readonly name = 'Killed'
}

/** A process that is killed before its step number `at`: it makes none after that either. */
function killer(at: number) {
  let steps = 0
  return {
    beforeStep: () => {
      if (++steps > at) throw new Killed()
    },
    get steps() {
      return steps
    },
  }
}

/** What anybody can see of a data directory, without the times, which differ from run to run. */
async function stateOf(store: GitStore) {
  const state = []
  for (const { id, generation, head, refs, documents } of await store.repositories()) {
    const signed = (await store.signedRefs(id)).map((row) => [row.identity, row.writer, row.highestSeen, row.refs])
    state.push([id, generation, head, refs, documents, signed, await store.inventory(id)])
  }
  return JSON.stringify([state, await store.usage()])
}

/** Kills to try in each case; the long run tries every step. */
const KILLS = process.env.GUTS_LONG === '1' ? Infinity : 8
const seed = Number(process.env.GUTS_SEED ?? Date.now() % 100_000)

/** The first, the last and some between, spread evenly from a start that the seed chooses. */
function chosenSteps(steps: number): number[] {
  const stride = Math.max(1, Math.ceil(steps / KILLS))
  const between = Array.from({ length: steps }, (_, at) => at).filter((at) => (at + seed) % stride === 0)
  return [...new Set([0, ...between, steps - 1])]
}

describe('a process that keeps repositories on disk, killed', () => {
  let dir: string
  let big: string
  let small: string
  let long: string
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'guts-kill-'))
    big = await makeRepository(join(dir, 'big'), { commits: 20, seed: 5 })
    long = await makeRepository(join(dir, 'long'), { commits: 60, seed: 6 })
    small = plainRepository(join(dir, 'small'), 2)
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  async function open(data: string, beforeStep?: () => void) {
    const backend = await DiskBackend.open(data, beforeStep === undefined ? {} : { beforeStep })
    return await LocalGitStore.open({ backend, locks: new ProcessLocks(), openPath: (path) => new DiskReader(path) })
  }

  async function importInto(store: GitStore, id: string, path: string) {
    const staged = await store.importFolder(id, { kind: 'path', path })
    await store.transact({
      repository: id,
      create: true,
      head: staged.head,
      refs: staged.refs,
      admit: [staged.staging],
    })
  }

  async function commit(store: GitStore) {
    const parent = git(small, ['rev-parse', 'main'])
    const author = { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 0 }
    const changes = [{ path: 'a/b.txt', content: new TextEncoder().encode('b\n') }]
    const made = await store.stageCommit('small', { ref: 'refs/heads/main', parent, changes, author, message: 'B' })
    const refs = [{ name: 'refs/heads/main', oid: made.commit }]
    const signedRefs = [
      { identity: 'a', writer: 'w', highestSeen: 1, envelope: new Uint8Array([1]), list: new Uint8Array([2]), refs },
    ]
    await store.transact({ repository: 'small', refs, signedRefs, admit: [made.staging] })
  }

  async function fetchAgain(store: GitStore) {
    const [pack] = await store.inventory('big')
    if (pack === undefined) throw new Error('No pack to fetch.')
    await store.stageBasePack('other', pack.packId, await store.manifest('big', pack.packId))
    const staged = await store.finishBasePack('other', pack.packId)
    const refs = (await store.repository('big'))?.refs ?? []
    await store.transact({ repository: 'other', create: true, refs, admit: [staged.staging] })
  }

  /** Comes as two packs of about one size, and a commit's loose objects. */
  async function sendHistory(store: GitStore) {
    const commits = git(long, ['rev-list', '--first-parent', '--reverse', 'main']).split('\n')
    await store.transact({ repository: 'long', create: true, head: 'refs/heads/main' })
    const tips = [commits.length >> 1, commits.length - 1, commits.length].map((n) => commits[n - 1] ?? '')
    for (const [n, oid] of tips.entries()) {
      const input = `${oid}\n${n === 0 ? '' : `^${tips[n - 1] ?? ''}\n`}`
      const pack = gitBytes(long, ['pack-objects', '--revs', '--stdout', '-q'], { input })
      const claimed = [{ name: 'refs/heads/main', oid }]
      const staged = await sendPack(store, 'long', pack, claimed)
      await store.transact({ repository: 'long', refs: claimed, admit: [staged.staging] })
    }
  }

  type Act = (store: LocalGitStore) => Promise<void>
  const cases: Array<[string, Act, Act]> = [
    ['an import of a base pack', async () => undefined, async (store) => await importInto(store, 'big', big)],
    ['an import of loose objects', async () => undefined, async (store) => await importInto(store, 'small', small)],
    ['a commit', async (store) => await importInto(store, 'small', small), commit],
    ['the adoption of a base pack', async (store) => await importInto(store, 'big', big), fetchAgain],
    ['a roll-up', sendHistory, async (store) => await store.tidy('long')],
    [
      'a removal',
      async (store) => await importInto(store, 'big', big),
      async (store) => await store.removeRepository('big'),
    ],
  ]

  it.each(cases)('in %s: what was before is there, or what is after', async (name, prepare, act) => {
    const start = join(dir, `start-${name.replaceAll(' ', '-')}`)
    let store = await open(start)
    await prepare(store)
    const before = await stateOf(store)
    await store.close()
    const whole = killer(Infinity)
    const reference = `${start}-after`
    cpSync(start, reference, { recursive: true })
    store = await open(reference, whole.beforeStep)
    await act(store)
    const steps = whole.steps
    const after = await stateOf(store)
    await store.close()
    expect(after).not.toBe(before)
    const seen = new Set<string>()
    for (const at of chosenSteps(steps)) {
      const data = `${start}-${at}`
      cpSync(start, data, { recursive: true })
      const kill = killer(at)
      // Opening makes no step here: there is nothing to finish.
      const killed = await open(data, kill.beforeStep)
      await expect(act(killed), `killed at step ${at} of ${steps}, GUTS_SEED=${seed}`).rejects.toBeInstanceOf(Killed)
      rmSync(join(data, 'lock'))
      const recovered = await open(data)
      const state = await stateOf(recovered)
      expect([before, after], `killed at step ${at} of ${steps}, GUTS_SEED=${seed}`).toContain(state)
      seen.add(state)
      await checkFiles(data, recovered)
      // And it goes on from there.
      if (state === before) {
        await act(recovered)
        expect(await stateOf(recovered)).toBe(after)
      }
      await recovered.close()
      rmSync(data, { recursive: true })
    }
    expect(seen.size).toBe(2)
  })

  it('while it keeps what is looked at before the rest is here: an object is there wholly, or comes again', async () => {
    const oids = git(small, ['rev-list', '--objects', '--no-object-names', 'main']).split('\n')
    const pack = gitBytes(small, ['pack-objects', '--stdout', '-q'], { input: oids.join('\n') })
    const tip = git(small, ['rev-parse', 'main'])
    const limits = { objects: 100, bytes: 1_000_000, objectBytes: 1_000_000 }
    async function look(store: GitStore) {
      const writer = await store.openPartialWriter('small', limits)
      await store.writePack(writer, pack.slice())
      return await store.finishPartial(writer, [tip])
    }
    const start = join(dir, 'start-partial')
    let store = await open(start)
    await store.transact({ repository: 'small', create: true })
    await store.close()
    const whole = killer(Infinity)
    cpSync(start, `${start}-after`, { recursive: true })
    store = await open(`${start}-after`, whole.beforeStep)
    const all = await look(store)
    expect(all.objects).toBe(oids.length)
    await store.close()
    for (const at of chosenSteps(whole.steps)) {
      const data = `${start}-${at}`
      cpSync(start, data, { recursive: true })
      const killed = await open(data, killer(at).beforeStep)
      await expect(look(killed), `killed at step ${at}, GUTS_SEED=${seed}`).rejects.toBeInstanceOf(Killed)
      rmSync(join(data, 'lock'))
      const recovered = await open(data)
      expect((await recovered.partialSize('small')).objects).toBeLessThan(oids.length)
      await checkFiles(data, recovered)
      expect(await look(recovered)).toEqual(all)
      expect((await recovered.tree('small', tip, '', { partial: true })).entries.length).toBeGreaterThan(0)
      await recovered.close()
      rmSync(data, { recursive: true })
    }
  })

  async function checkFiles(data: string, store: GitStore) {
    expect(readdirSync(join(data, 'staging'))).toEqual([])
    expect(existsSync(join(data, 'journal'))).toBe(false)
    for (const { id } of await store.repositories()) {
      expect(git(join(data, `repositories/${id}.git`), ['fsck', '--full', '--strict'])).toBe('')
    }
    expect(readdirSync(join(data, 'repositories'))).toHaveLength((await store.repositories()).length)
  }
})
