import { mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  bundleOf,
  commitFile,
  corruptedBundle,
  packedSecretRepository,
  plainRepository,
} from '../../../playwright/fixtures/hostile.ts'
import { git, gitBytes } from '../../../playwright/fixtures/git.ts'
import { makeRepository } from '../../../playwright/fixtures/make-repository.ts'
import { judgeBundle, noDifference } from '../../../playwright/fixtures/oracle.ts'
import type { Backend } from '../backend/backend.ts'
import {
  ChunkMismatchError,
  LimitError,
  ManifestError,
  MissingObjectError,
  NotServedError,
  PackError,
  RefNameError,
  RepositoryNotFoundError,
  StagingNotFoundError,
  TransactionConflictError,
} from '../errors.ts'
import { DiskReader } from '../import/node.ts'
import { buildManifest, encodeManifest, indexPackBytes, INDEX_LIMITS, MemoryPack, packIdOf } from '../pack/index.ts'
import type { Oid, RefEntry } from '../types.ts'
import type { GitStore, PackReader, Staged } from './git-store.ts'
import { LocalGitStore } from './local-git-store.ts'
import { ProcessLocks } from './locks.ts'

/** One place where a store keeps its data. */
export interface StorePlace {
  backend(): Promise<Backend>
  /** Changes a byte of a stored row, as a failing disk does. */
  damage(key: string, row: number, at: number): Promise<void>
  destroy(): Promise<void>
}

const id = 'repository-1'
const other = 'repository-2'
const limitWants = 1024
const limitHaves = 4096

/** What the store must do over every backend, judged by stock git. */
export function runStoreSuite(name: string, makePlace: () => Promise<StorePlace>): void {
  describe(`${name}: the git store`, () => {
    let dir: string
    let source: string
    let refs: RefEntry[]
    let bundle: Blob
    const places: StorePlace[] = []
    const stores: GitStore[] = []
    let place: StorePlace
    let backend: Backend
    let store: GitStore
    let locks: ProcessLocks

    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'guts-store-'))
      source = await makeRepository(join(dir, 'source'), { commits: 60, seed: 7 })
      refs = refsOf(source)
      bundle = await openAsBlob(bundleOf(source, join(dir, 'source.bundle')))
    })
    afterAll(() => rmSync(dir, { recursive: true }))

    beforeEach(async () => {
      locks = new ProcessLocks()
      place = await newPlace()
      ;({ store, backend } = await open(place, locks))
    })
    afterEach(async () => {
      for (const opened of stores.splice(0)) await opened.close()
      for (const made of places.splice(0)) await made.destroy()
    })

    async function newPlace() {
      const made = await makePlace()
      places.push(made)
      return made
    }

    async function open(from: StorePlace, with_: ProcessLocks) {
      const opened = await from.backend()
      const made = await LocalGitStore.open({ backend: opened, locks: with_, openPath: (path) => new DiskReader(path) })
      stores.push(made)
      return { store: made, backend: opened }
    }

    async function reopen() {
      await store.close()
      stores.splice(stores.indexOf(store), 1)
      ;({ store, backend } = await open(place, locks))
    }

    async function admit(to: GitStore, repository: string, staged: Staged, given = staged.refs) {
      await to.transact({ repository, create: true, refs: given, head: staged.head, admit: [staged.staging] })
    }

    async function imported() {
      await admit(store, id, await store.importBundle(id, bundle))
    }

    async function bundleFrom(from: GitStore, repository: string) {
      const file = join(dir, `out-${Math.random()}.bundle`)
      writeFileSync(file, await readAll(from, await from.openBundle(repository)))
      return file
    }

    async function nothingStaged() {
      expect((await backend.packs()).filter(({ state }) => state === 'staging')).toEqual([])
    }

    it('takes a bundle, and gives one that stock git finds the same', async () => {
      const staged = await store.importBundle(id, bundle)
      expect(staged.refs).toEqual(refs)
      expect(staged.head).toBe('refs/heads/main')
      expect(await store.repository(id)).toBeUndefined()
      expect(await store.has(id, [refs[0]?.oid ?? ''])).toEqual([false])
      await admit(store, id, staged)
      await reopen()
      expect(await store.repository(id)).toMatchObject({ id, head: 'refs/heads/main', refs, generation: 1 })
      expect((await store.repositories()).map((repository) => repository.id)).toEqual([id])
      expect(judgeBundle(await bundleFrom(store, id), source)).toEqual(noDifference)
      expect((await store.usage())[0]?.bytes).toBeGreaterThan(1024 * 1024)
      await nothingStaged()
    })

    it('takes a folder, and answers what the views ask', async () => {
      await admit(store, id, await store.importFolder(id, { kind: 'path', path: source }))
      const main = git(source, ['rev-parse', 'main'])
      expect(await store.resolve(id, 'main')).toMatchObject({ oid: main, ref: 'refs/heads/main' })
      expect(await store.resolve(id, main.slice(0, 12))).toMatchObject({ oid: main })
      expect(await store.countCommits(id, main)).toBe(Number(git(source, ['rev-list', '--count', 'main'])))
      const names = git(source, ['ls-tree', '-z', '--name-only', 'main']).split('\0').filter(Boolean)
      expect((await store.tree(id, main, '')).entries.map((entry) => entry.name).sort()).toEqual(names.sort())
      expect((await store.log(id, main, { limit: 5 })).commits.map(({ oid }) => oid)).toEqual(
        git(source, ['log', '-5', '--format=%H', 'main']).split('\n'),
      )
      expect(judgeBundle(await bundleFrom(store, id), source)).toEqual(noDifference)
    })

    it('clones from one store to another by base pack and tail, and stays up to date by thin packs', async () => {
      await imported()
      const clone = await open(await newPlace(), new ProcessLocks())
      const packs = await store.inventory(id)
      expect(packs).toHaveLength(1)
      for (const { packId } of packs) await fetchPack(store, clone.store, packId)
      const base = await clone.store.finishBasePack(id, packs[0]?.packId ?? '')
      await admit(clone.store, id, { ...base, head: 'refs/heads/main' }, refs)
      expect(judgeBundle(await bundleFrom(clone.store, id), source)).toEqual(noDifference)
      expect((await clone.store.inventory(id)).map(({ packId }) => packId)).toEqual(packs.map(({ packId }) => packId))

      const parent = git(source, ['rev-parse', 'main'])
      const author = { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 60 }
      const changes = [{ path: 'README.md', content: new TextEncoder().encode('# Changed\n') }]
      const request = { ref: 'refs/heads/main', parent, changes, author, message: 'Change' }
      const made = await store.stageCommit(id, request)
      const move = [{ name: 'refs/heads/main', oid: made.commit }]
      await store.transact({ repository: id, refs: move, admit: [made.staging] })
      const wanted = { wants: [made.commit], haves: [parent], filter: 'closure' as const, thin: true }
      const reader = await store.openObjects(id, wanted)
      expect(reader.objects).toBe(3)
      const tail = await sendPack(clone.store, id, await readAll(store, reader), move)
      await clone.store.transact({ repository: id, refs: move, admit: [tail.staging] })
      expect(await clone.store.commit(id, made.commit)).toMatchObject({ subject: 'Change', parents: [parent] })
      expect(await clone.store.tree(id, made.commit, '')).toEqual(await store.tree(id, made.commit, ''))
      const file = await bundleFrom(clone.store, id)
      expect(git(dir, ['bundle', 'list-heads', file])).toContain(`${made.commit} refs/heads/main`)
      expect(await store.inventory(id)).toHaveLength(1)
    })

    it('completes a thin pack of stock git with the bases that are here', async () => {
      await imported()
      const work = join(dir, `work-${Math.random()}`)
      git(dir, ['clone', '-q', source, work])
      const tip = commitFile(work, 'big.txt', 'line\n'.repeat(5000), 'One')
      const thin = gitBytes(work, ['pack-objects', '--thin', '--stdout', '--revs', '--delta-base-offset', '-q'], {
        input: `${tip}\n^${git(source, ['rev-parse', 'main'])}\n`,
      })
      const staged = await sendPack(store, id, thin, [{ name: 'refs/heads/new', oid: tip }])
      await store.transact({ repository: id, refs: staged.refs, admit: [staged.staging] })
      const file = await bundleFrom(store, id)
      git(work, ['checkout', '-q', '-b', 'new'])
      git(work, ['push', '-q', source, 'new:refs/heads/new'])
      expect(judgeBundle(file, source)).toEqual(noDifference)
      git(source, ['update-ref', '-d', 'refs/heads/new'])
      git(source, ['prune', '--expire=now'])
    })

    it('never gives out what no branch or tag reaches', async () => {
      const { path, secrets } = packedSecretRepository(join(dir, `secret-${Math.random()}`))
      const staged = await store.importFolder(id, { kind: 'path', path })
      await admit(store, id, staged)
      expect(await store.has(id, secrets)).toEqual(secrets.map(() => false))
      for (const secret of secrets) {
        const request = { wants: [secret], haves: [], filter: 'objects' as const, thin: false }
        await expect(store.openObjects(id, request)).rejects.toBeInstanceOf(NotServedError)
      }
    })

    it('no longer gives out what a forced move or a deletion left behind, not even to who is reading it', async () => {
      await imported()
      const [pack] = await store.inventory(id)
      const packId = pack?.packId ?? ''
      const main = git(source, ['rev-parse', 'main'])
      const tree = git(source, ['rev-parse', 'main^{tree}'])
      const before = git(source, ['rev-list', '--max-parents=0', 'main']).split('\n')[0] ?? ''
      const closure = { wants: [main], haves: [], filter: 'closure' as const, thin: false }
      const reader = await store.openObjects(id, closure)
      expect(await store.readPack(reader.reader, 100)).toHaveLength(100)
      expect(await store.chunk(id, packId, 0)).toHaveLength(256 * 1024)
      await store.transact({
        repository: id,
        refs: refs.map(({ name }) => ({ name, oid: name === 'refs/heads/main' ? before : null })),
      })
      await expect(store.readPack(reader.reader, 100)).rejects.toBeInstanceOf(NotServedError)
      expect(await store.inventory(id)).toEqual([])
      await expect(store.chunk(id, packId, 0)).rejects.toBeInstanceOf(NotServedError)
      await expect(store.manifest(id, packId)).rejects.toBeInstanceOf(NotServedError)
      for (const want of [main, tree]) {
        for (const filter of ['closure', 'objects', 'snapshot'] as const) {
          const request = { wants: [want], haves: [], filter, thin: false }
          await expect(store.openObjects(id, request)).rejects.toBeInstanceOf(NotServedError)
        }
      }
      const rest = await store.openObjects(id, { wants: [before], haves: [main], filter: 'closure', thin: true })
      const count = git(source, ['rev-list', '--objects', '--no-object-names', before]).split('\n').length
      // A have that is here but not shared tells nothing.
      expect(rest.objects).toBe(count)
      await store.transact({ repository: id, refs })
      expect((await store.inventory(id)).map((entry) => entry.packId)).toEqual([packId])
      // Signed refs that are held count as shared.
      await store.transact({
        repository: id,
        refs: refs.map(({ name }) => ({ name, oid: null })),
        signedRefs: [{ ...writer, highestSeen: 1, refs }],
      })
      expect((await store.inventory(id)).map((entry) => entry.packId)).toEqual([packId])
    })

    it('gives trees and blobs that branches reach, and a snapshot', async () => {
      await imported()
      const blob = git(source, ['rev-parse', 'main:README.md'])
      const tree = git(source, ['rev-parse', 'main^{tree}'])
      const main = git(source, ['rev-parse', 'main'])
      const objects = await store.openObjects(id, { wants: [blob, tree], haves: [], filter: 'objects', thin: false })
      expect(await oidsIn(await readAll(store, objects))).toEqual([blob, tree].sort())
      const snapshot = await store.openObjects(id, { wants: [], haves: [], filter: 'snapshot', thin: false })
      expect(await oidsIn(await readAll(store, snapshot))).toEqual([blob, main, tree].sort())
    })

    it('counts an object that only another repository holds as absent', async () => {
      await imported()
      const main = git(source, ['rev-parse', 'main'])
      await expect(
        store.transact({ repository: other, create: true, refs: [{ name: 'refs/heads/main', oid: main }] }),
      ).rejects.toBeInstanceOf(MissingObjectError)
      const pack = gitBytes(source, ['pack-objects', '--stdout', '-q'], { input: `${main}\n` })
      await expect(sendPack(store, other, pack, [])).rejects.toBeInstanceOf(MissingObjectError)
      expect(await store.has(other, [main])).toEqual([false])
      expect(await store.repository(other)).toBeUndefined()
      await nothingStaged()
    })

    it('moves refs by compare-and-swap, and only to what is here', async () => {
      await imported()
      const main = git(source, ['rev-parse', 'main'])
      const absent = 'f'.repeat(40)
      const to = (oid: Oid) => [{ name: 'refs/heads/main', oid }]
      await expect(store.transact({ repository: id, refs: to(absent) })).rejects.toBeInstanceOf(MissingObjectError)
      const signed = [{ ...writer, highestSeen: 1, refs: to(absent) }]
      await expect(store.transact({ repository: id, signedRefs: signed })).rejects.toBeInstanceOf(MissingObjectError)
      const stale = { refs: [{ name: 'refs/heads/main', oid: absent }] }
      await expect(store.transact({ repository: id, expect: stale, refs: to(main) })).rejects.toBeInstanceOf(
        TransactionConflictError,
      )
      await expect(store.transact({ repository: id, create: true })).rejects.toBeInstanceOf(TransactionConflictError)
      await expect(store.transact({ repository: other })).rejects.toBeInstanceOf(TransactionConflictError)
      expect((await store.repository(id))?.generation).toBe(1)
      // Those who name no precondition are not in each other's way.
      const both = ['a', 'b'].map((name) =>
        store.transact({ repository: id, refs: [{ name: `refs/heads/${name}`, oid: main }] }),
      )
      expect((await Promise.all(both)).map(({ generation }) => generation).sort()).toEqual([2, 3])
      const racing = ['c', 'd'].map((name) =>
        store.transact({
          repository: id,
          expect: { generation: 3 },
          refs: [{ name: `refs/heads/${name}`, oid: main }],
        }),
      )
      expect((await Promise.allSettled(racing)).map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    })

    it('refuses names that git refuses, and more refs than the limit', async () => {
      await imported()
      const oid = git(source, ['rev-parse', 'main'])
      for (const name of [
        'refs/heads/a..b',
        'refs/heads/.a',
        'refs/remotes/x/y',
        'HEAD',
        'refs/heads/a.lock',
        'refs/heads/',
      ]) {
        await expect(store.transact({ repository: id, refs: [{ name, oid }] })).rejects.toBeInstanceOf(RefNameError)
      }
      const many = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `refs/heads/b${n}`, oid }))
      const signed = (count: number) => [{ ...writer, highestSeen: count, refs: many(count) }]
      await store.transact({ repository: id, signedRefs: signed(10_000) })
      await expect(store.transact({ repository: id, signedRefs: signed(10_001) })).rejects.toBeInstanceOf(LimitError)
      await expect(store.transact({ repository: id, refs: many(10_001) })).rejects.toBeInstanceOf(LimitError)
      const folderAndFile = [
        { ...writer, highestSeen: 20_000, refs: ['a', 'a/b'].map((name) => ({ name: `refs/heads/${name}`, oid })) },
      ]
      await expect(store.transact({ repository: id, signedRefs: folderAndFile })).rejects.toBeInstanceOf(RefNameError)
      await expect(store.transact({ repository: '../x', create: true })).rejects.toBeInstanceOf(TypeError)
      expect((await store.signedRefs(id)).map((row) => row.refs.length)).toEqual([10_000])
    })

    it('refuses one want and one have too many', async () => {
      await imported()
      const main = git(source, ['rev-parse', 'main'])
      const ask = (wants: number, haves: number) => ({
        wants: Array<string>(wants).fill(main),
        haves: Array<string>(haves).fill(main),
        filter: 'closure' as const,
        thin: false,
      })
      expect((await store.openObjects(id, ask(limitWants, limitHaves))).objects).toBe(0)
      await expect(store.openObjects(id, ask(limitWants + 1, 0))).rejects.toBeInstanceOf(LimitError)
      await expect(store.openObjects(id, ask(1, limitHaves + 1))).rejects.toBeInstanceOf(LimitError)
    })

    it('leaves nothing of an import that fails or is cancelled', async () => {
      const bad = await openAsBlob(corruptedBundle(join(dir, `bad-${Math.random()}`)))
      await expect(store.importBundle(id, bad)).rejects.toBeInstanceOf(PackError)
      const whole = new Uint8Array(await bundle.arrayBuffer())
      const flipped = whole.slice()
      flipped[flipped.length - 30] = (flipped[flipped.length - 30] as number) ^ 1
      await expect(store.importBundle(id, new Blob([flipped]))).rejects.toBeInstanceOf(PackError)
      await expect(store.importBundle(id, new Blob([whole.subarray(0, -1000)]))).rejects.toBeInstanceOf(PackError)
      const controller = new AbortController()
      const reason = new Error('Enough')
      const onProgress = () => controller.abort(reason)
      await expect(store.importBundle(id, bundle, { signal: controller.signal, onProgress })).rejects.toBe(reason)
      const staged = await store.importBundle(id, bundle)
      await store.discard(staged.staging)
      await store.discard(staged.staging)
      await expect(admit(store, id, staged)).rejects.toBeInstanceOf(StagingNotFoundError)
      const writerId = await store.openPackWriter(id)
      await store.writePack(writerId, whole.slice(whole.indexOf(0x50), 2_000_000))
      await store.discard(writerId)
      await expect(store.writePack(writerId, new Uint8Array(1))).rejects.toBeInstanceOf(StagingNotFoundError)
      expect(await backend.packs()).toEqual([])
      expect(await store.repositories()).toEqual([])
    })

    it('drops what a tab that is gone left staged, and keeps what a living one stages', async () => {
      const staged = await store.importBundle(id, bundle)
      const neighbour = await LocalGitStore.open({ backend, locks })
      expect(await backend.packs()).toHaveLength(1)
      // Other locks: as if the tab that held those were gone.
      await LocalGitStore.open({ backend, locks: new ProcessLocks() })
      expect(await backend.packs()).toEqual([])
      await expect(admit(store, id, staged)).rejects.toBeInstanceOf(TransactionConflictError)
      expect(await neighbour.repositories()).toEqual([])
    })

    it('goes on with a base pack where it stopped, and checks every chunk', async () => {
      await imported()
      const [pack] = await store.inventory(id)
      const packId = pack?.packId ?? ''
      const manifest = await store.manifest(id, packId)
      const target = await newPlace()
      let clone = await open(target, new ProcessLocks())
      await expect(clone.store.putChunk(packId, 0, new Uint8Array(3))).rejects.toBeInstanceOf(StagingNotFoundError)
      await expect(clone.store.stageBasePack(id, 'a'.repeat(64), manifest)).rejects.toBeInstanceOf(ManifestError)
      await expect(clone.store.stageBasePack(id, packId, manifest.slice(1))).rejects.toBeInstanceOf(ManifestError)
      await expect(clone.store.stageBasePack(id, packId, new Uint8Array(1024 * 1024 + 1))).rejects.toBeInstanceOf(
        ManifestError,
      )
      const state = await clone.store.stageBasePack(id, packId, manifest)
      expect(state).toMatchObject({ size: pack?.size, objects: pack?.objects, verified: false })
      const chunk = await store.chunk(id, packId, 0)
      const wrong = chunk.slice()
      wrong[5] = (wrong[5] as number) ^ 1
      await expect(clone.store.putChunk(packId, 0, wrong)).rejects.toBeInstanceOf(ChunkMismatchError)
      await expect(clone.store.putChunk(packId, 1, chunk)).rejects.toBeInstanceOf(ChunkMismatchError)
      await expect(clone.store.putChunk(packId, state.chunks, chunk)).rejects.toBeInstanceOf(ChunkMismatchError)
      await clone.store.putChunk(packId, 0, chunk)
      await clone.store.flushChunks(packId)
      await expect(clone.store.finishBasePack(id, packId)).rejects.toBeInstanceOf(PackError)
      await clone.store.close()
      stores.splice(stores.indexOf(clone.store), 1)
      clone = await open(target, new ProcessLocks())
      const again = await clone.store.stageBasePack(id, packId, manifest)
      expect([...again.present].map((byte) => byte.toString(2)).join('')).toMatch(/^10*$/)
      await fetchPack(store, clone.store, packId)
      const staged = await clone.store.finishBasePack(id, packId)
      await admit(clone.store, id, { ...staged, head: null }, refs)
      expect(await clone.store.stageBasePack(id, packId, manifest)).toMatchObject({ verified: true })
      expect(judgeBundle(await bundleFrom(clone.store, id), source)).toEqual(noDifference)
    })

    it('drops chunks when it is told to, but not those that another tab fetches or a repository holds', async () => {
      await imported()
      const [pack] = await store.inventory(id)
      const packId = pack?.packId ?? ''
      const manifest = await store.manifest(id, packId)
      await store.dropBasePack(packId)
      expect(await store.inventory(id)).toHaveLength(1)
      const shared = new ProcessLocks()
      const clone = await open(await newPlace(), shared)
      const tab = await LocalGitStore.open({ backend: clone.backend, locks: shared })
      for (const one of [clone.store, tab]) await one.stageBasePack(id, packId, manifest)
      await clone.store.putChunk(packId, 0, await store.chunk(id, packId, 0))
      await clone.store.flushChunks(packId)
      await clone.store.dropBasePack(packId)
      expect((await tab.stageBasePack(id, packId, manifest)).present[0]).toBe(0x80)
      await tab.dropBasePack(packId)
      expect(await clone.backend.packs()).toEqual([])
    })

    it('refuses a pack whose chunks all match and that is wrong in itself', async () => {
      const broken = new Uint8Array(gitBytes(source, ['pack-objects', '--stdout', '--revs', '-q'], { input: 'main\n' }))
      const { index } = await indexPackBytes(new MemoryPack(broken), { limits: INDEX_LIMITS, closure: false })
      const at = Math.floor(broken.length / 2)
      broken[at] = (broken[at] as number) ^ 1
      const manifest = encodeManifest(await buildManifest(new MemoryPack(broken), index))
      const packId = await packIdOf(manifest)
      const { chunks } = await store.stageBasePack(id, packId, manifest)
      for (let n = 0; n < chunks; n++) await store.putChunk(packId, n, broken.slice(n * 262144, (n + 1) * 262144))
      await expect(store.finishBasePack(id, packId)).rejects.toBeInstanceOf(PackError)
      expect(await backend.packs()).toEqual([])
    })

    it('shares a base pack between repositories, and checks closure for each', async () => {
      await imported()
      const [pack] = await store.inventory(id)
      const packId = pack?.packId ?? ''
      const manifest = await store.manifest(id, packId)
      const state = await store.stageBasePack(other, packId, manifest)
      expect(state.verified).toBe(false)
      expect([...state.present].every((byte) => byte !== 0)).toBe(true)
      const staged = await store.finishBasePack(other, packId)
      await admit(store, other, staged, refs)
      const again = await store.importBundle('repository-3', bundle)
      await admit(store, 'repository-3', again)
      expect(await backend.packs()).toHaveLength(1)
      for (const gone of [id, 'repository-3']) await store.removeRepository(gone)
      await reopen()
      expect(judgeBundle(await bundleFrom(store, other), source)).toEqual(noDifference)
      await store.removeRepository(other)
      expect(await backend.packs()).toEqual([])
      await expect(store.openBundle(other)).rejects.toBeInstanceOf(RepositoryNotFoundError)
    })

    it('gives a pack with a bad row back to staging, from where it is fetched again', async () => {
      await imported()
      const [pack] = await store.inventory(id)
      const packId = pack?.packId ?? ''
      const manifest = await store.manifest(id, packId)
      const good = await store.chunk(id, packId, 1)
      const [row] = await backend.packs()
      await place.damage(row?.key ?? '', 1, 1000)
      await reopen()
      await expect(store.chunk(id, packId, 1)).rejects.toBeInstanceOf(NotServedError)
      expect(await backend.packs()).toMatchObject([{ state: 'staging', holders: [], wanted: [id] }])
      expect(await store.has(id, [refs[0]?.oid ?? ''])).toEqual([false])
      await reopen()
      const state = await store.stageBasePack(id, packId, manifest)
      expect((state.present[0] as number) & 0x40).toBe(0)
      await store.putChunk(packId, 1, good)
      const staged = await store.finishBasePack(id, packId)
      await store.transact({ repository: id, admit: [staged.staging] })
      expect(judgeBundle(await bundleFrom(store, id), source)).toEqual(noDifference)
    })

    it('finds a bad row while it copies, and while it reads', async () => {
      await imported()
      const [row] = await backend.packs()
      await place.damage(row?.key ?? '', 2, 7)
      await reopen()
      const output = await store.openBundle(id)
      await expect(readAll(store, output)).rejects.toBeInstanceOf(PackError)
      expect(await backend.packs()).toMatchObject([{ state: 'staging' }])
    })

    it('says when a repository changed, until it is told to stop', async () => {
      const heard: string[] = []
      const stop = store.onChange((changed) => heard.push(changed))
      await store.transact({ repository: id, create: true })
      expect(heard).toContain(id)
      stop()
      heard.length = 0
      await store.transact({ repository: id, settings: new Uint8Array([1]) })
      expect(heard).toEqual([])
      expect((await store.repository(id))?.settings).toEqual(new Uint8Array([1]))
    })

    it('answers as stock git does which commits reach which', async () => {
      await imported()
      const commits = git(source, ['rev-list', '--all']).split('\n')
      const pick = (n: number) => commits[(n * 7919) % commits.length] as string
      for (let n = 0; n < 12; n++) {
        const [a, b, c] = [pick(n), pick(n * 3 + 1), pick(n * 5 + 2)] as const
        const known = git(source, ['merge-base', '--all', a, b]).split('\n')
        expect(known).toContain(await store.mergeBase(id, a, b))
        expect(await store.isAncestor(id, a, b)).toBe(known.includes(a))
        const best = git(source, ['merge-base', '--independent', a, b, c]).split('\n').sort()
        expect((await store.independent(id, [a, b, c, a])).sort()).toEqual(best)
      }
    })

    it('sends what wants reach and haves do not, over any wants and haves', async () => {
      await imported()
      const commits = git(source, ['rev-list', '--all']).split('\n')
      const pick = (n: number) => commits[(n * 104729) % commits.length] as string
      const objects = (args: string[]) =>
        new Set(
          git(source, ['rev-list', '--objects', '--no-object-names', ...args])
            .split('\n')
            .filter(Boolean),
        )
      for (let n = 0; n < 8; n++) {
        const [wants, haves] = [
          [pick(n), pick(n + 9)],
          [pick(n * 3 + 2), pick(n * 11 + 5)],
        ]
        const reader = await store.openObjects(id, { wants, haves, filter: 'closure', thin: false })
        const sent = await oidsIn(await readAll(store, reader))
        const needed = objects([...wants, ...haves.map((have) => `^${have}`)])
        const allowed = objects(wants)
        expect([...needed].filter((oid) => !sent.includes(oid))).toEqual([])
        expect(sent.filter((oid) => !allowed.has(oid))).toEqual([])
      }
    })

    it('keeps commits as loose objects until there are many', async () => {
      const small = plainRepository(join(dir, `small-${Math.random()}`), 3)
      await admit(store, id, await store.importFolder(id, { kind: 'path', path: small }))
      expect(await backend.packs()).toEqual([])
      await reopen()
      expect((await backend.snapshot(id))?.loose).toHaveLength(9)
      expect(judgeBundle(await bundleFrom(store, id), small)).toEqual(noDifference)
      expect(await store.inventory(id)).toEqual([])
    })
  })
}

const writer = { identity: 'ana', writer: 'tab', envelope: new Uint8Array([1]), list: new Uint8Array([2]) }

function refsOf(dir: string): RefEntry[] {
  const lines = git(dir, ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/tags']).split('\n')
  return lines.map((line) => ({ name: line.split(' ')[0] as string, oid: line.split(' ')[1] as string }))
}

export async function readAll(store: GitStore, { reader }: PackReader): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for (let part = await store.readPack(reader, 100_000); part !== null; part = await store.readPack(reader, 100_000)) {
    parts.push(part)
  }
  return new Uint8Array(Buffer.concat(parts))
}

async function sendPack(store: GitStore, id: string, pack: Uint8Array, claimed: RefEntry[]): Promise<Staged> {
  const writerId = await store.openPackWriter(id, { claimed })
  for (let at = 0; at < pack.length; at += 10_000) await store.writePack(writerId, pack.slice(at, at + 10_000))
  return await store.finishPack(writerId)
}

/** Brings the chunks over that are not there yet. */
async function fetchPack(from: GitStore, to: GitStore, packId: string): Promise<void> {
  const state = await to.stageBasePack(id, packId, await from.manifest(id, packId))
  for (let n = 0; n < state.chunks; n++) {
    if (((state.present[n >> 3] as number) & (0x80 >> (n & 7))) === 0)
      await to.putChunk(packId, n, await from.chunk(id, packId, n))
  }
  await to.flushChunks(packId)
}

async function oidsIn(pack: Uint8Array): Promise<Oid[]> {
  const { index } = await indexPackBytes(new MemoryPack(pack), { limits: INDEX_LIMITS, closure: false })
  return Array.from({ length: index.count }, (_, n) =>
    Buffer.from(index.oids.subarray(20 * n, 20 * n + 20)).toString('hex'),
  )
}
