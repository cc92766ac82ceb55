import { createHash, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { git, gitBytes } from '../../../../playwright/fixtures/git.ts'
import {
  LimitError,
  MissingBaseError,
  MissingObjectError,
  NotServedError,
  ObjectTooLargeError,
  PackEntryError,
  PackTooLargeError,
  PackTrailerError,
  PackTruncatedError,
  RepositoryNotFoundError,
  StagingNotFoundError,
  UnwantedObjectError,
} from '../../errors.ts'
import { craftPack } from '../../pack/testing/craft.ts'
import type { Oid } from '../../types.ts'
import { NotHereYetError, ObjectNotHereError, PathNotFoundError } from '../../view/errors.ts'
import type { GitStore, ObjectsRequest, PartialPackLimits } from '../git-store.ts'
import { id, other, readAll, type StoreRig } from './rig.ts'

const LIMITS: PartialPackLimits = { objects: 64, bytes: 8 * 1024 * 1024, objectBytes: 4 * 1024 * 1024 }
const PARTIAL = { partial: true } as const

/** Of the store's suite: what is looked at before the closed set is here. */
export function runPartialTests(rig: StoreRig): void {
  async function put(store: GitStore, pack: Uint8Array, wants: Oid[], limits = LIMITS, repository = id) {
    const writer = await store.openPartialWriter(repository, limits)
    for (let at = 0; at < pack.length; at += 10_000) await store.writePack(writer, pack.slice(at, at + 10_000))
    return await store.finishPartial(writer, wants)
  }

  /** Stock git's pack of just these. */
  const packOf = (oids: Oid[]) => gitBytes(rig.source, ['pack-objects', '--stdout', '-q'], { input: oids.join('\n') })
  const revision = (name: string) => git(rig.source, ['rev-parse', name])

  /** A second store that knows the repository and has nothing of it. */
  async function visitor(): Promise<GitStore> {
    await rig.store.transact({ repository: id, create: true })
    return rig.store
  }

  async function snapshotPack() {
    const { store } = await rig.open(await rig.newPlace(), rig.locks)
    await rig.admit(store, id, await store.importBundle(id, rig.bundle))
    const ask = async (request: Partial<ObjectsRequest>) => {
      const reader = await store.openObjects(id, { wants: [], haves: [], filter: 'objects', thin: false, ...request })
      return await readAll(store, reader)
    }
    return { source: store, ask }
  }

  it('shows a snapshot before anything else is here, and says what a folder or file still needs', async () => {
    const { source, ask } = await snapshotPack()
    const store = await visitor()
    const main = revision('main')
    const size = await put(store, await ask({ filter: 'snapshot' }), [main])
    expect(size.objects).toBe(3)
    expect(await store.resolve(id, main, PARTIAL)).toEqual({ oid: main, commit: main, ref: null })
    expect(await store.commit(id, main, PARTIAL)).toEqual(await source.commit(id, main))
    const root = await store.tree(id, main, '', PARTIAL)
    expect(root).toEqual(await source.tree(id, main, ''))
    expect(await store.blob(id, main, root.readme ?? '', PARTIAL)).toEqual(
      await source.blob(id, main, root.readme ?? ''),
    )

    const folder = root.entries.find(({ name }) => name === 'src')
    const missing = await store.tree(id, main, folder?.name ?? '', PARTIAL).catch((error: unknown) => error)
    expect(missing).toBeInstanceOf(NotHereYetError)
    expect(missing).toMatchObject({ oid: folder?.oid, kind: 'tree' })
    await put(store, await ask({ wants: [folder?.oid ?? ''] }), [folder?.oid ?? ''])
    expect(await store.tree(id, main, folder?.name ?? '', PARTIAL)).toEqual(
      await source.tree(id, main, folder?.name ?? ''),
    )
    const path = git(rig.source, ['ls-tree', '-r', '--name-only', 'main', `${folder?.name}/`]).split('\n')[0] ?? ''
    const oid = revision(`main:${path}`)
    // One question after the other, down the path.
    for (let needed = ''; needed !== oid;) {
      const error = await store.blob(id, main, path, PARTIAL).catch((failure: unknown) => failure)
      if (!(error instanceof NotHereYetError)) throw error
      needed = error.oid
      expect(error.kind).toBe(needed === oid ? 'blob' : 'tree')
      await put(store, await ask({ wants: [needed] }), [needed])
    }
    expect(await store.blob(id, main, path, PARTIAL)).toEqual(await source.blob(id, main, path))
    await expect(store.tree(id, main, 'no such thing', PARTIAL)).rejects.toBeInstanceOf(PathNotFoundError)
    await expect(store.resolve(id, revision('main~3'), PARTIAL)).rejects.toBeInstanceOf(NotHereYetError)
    // Whoever does not ask for partial objects sees the closed set, as ever.
    await expect(store.tree(id, main, '')).rejects.toBeInstanceOf(ObjectNotHereError)
    expect(await store.resolve(id, main)).toBeNull()
  })

  it('keeps it over a restart, shows it beside the closed set, and forgets it when told to', async () => {
    await visitor()
    const main = revision('main')
    const objects = [main, revision('main^{tree}'), revision('main:README.md')]
    const { bytes } = await put(rig.store, packOf(objects), [main])
    expect(bytes).toBeGreaterThan(0)
    await rig.reopen()
    expect(await rig.store.partialSize(id)).toEqual({ objects: 3, bytes })
    expect((await rig.store.usage())[0]?.bytes).toBe(bytes)
    expect((await rig.store.tree(id, main, '', PARTIAL)).readme).toBe('README.md')
    // The same again is not kept twice.
    expect(await put(rig.store, packOf([main]), [main])).toEqual({ objects: 3, bytes })

    const staged = await rig.store.importBundle(id, rig.bundle)
    await rig.store.transact({ repository: id, refs: staged.refs, head: staged.head, admit: [staged.staging] })
    await rig.store.dropPartial(id)
    expect(await rig.store.partialSize(id)).toEqual({ objects: 0, bytes: 0 })
    const folder = (await rig.store.tree(id, main, '', PARTIAL)).entries.find(({ kind }) => kind === 'tree')
    expect(await rig.store.tree(id, main, folder?.name ?? '', PARTIAL)).toEqual(
      await rig.store.tree(id, main, folder?.name ?? ''),
    )
  })

  it('goes with its repository', async () => {
    await visitor()
    const main = revision('main')
    await put(rig.store, packOf([main]), [main])
    await rig.store.removeRepository(id)
    await rig.store.transact({ repository: id, create: true })
    expect(await rig.store.partialSize(id)).toEqual({ objects: 0, bytes: 0 })
    await expect(put(rig.store, packOf([main]), [main], LIMITS, other)).rejects.toBeInstanceOf(RepositoryNotFoundError)
  })

  it('counts for nothing: not present, not served, nothing is built on it, no ref moves to it', async () => {
    const store = await visitor()
    const main = revision('main')
    const tree = revision('main^{tree}')
    const readme = revision('main:README.md')
    await put(store, packOf([main, tree, readme]), [main])
    expect(await store.has(id, [main, tree, readme])).toEqual([false, false, false])
    expect(await store.inventory(id)).toEqual([])
    for (const filter of ['objects', 'snapshot', 'closure'] as const) {
      const request = { wants: [main], haves: [], filter, thin: false }
      await expect(store.openObjects(id, request)).rejects.toBeInstanceOf(NotServedError)
    }
    const head = await store.openObjects(id, { wants: [], haves: [], filter: 'snapshot', thin: false })
    expect(head.objects).toBe(0)
    const refs = [{ name: 'refs/heads/main', oid: main }]
    await expect(store.transact({ repository: id, refs })).rejects.toBeInstanceOf(MissingObjectError)
    const author = { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 60 }
    const changes = [{ path: 'README.md', content: new Uint8Array(1) }]
    const request = { ref: 'refs/heads/main', parent: main, changes, author, message: 'No' }
    await expect(store.stageCommit(id, request)).rejects.toThrow()
    // A thin pack finds no base in it.
    const sha1 = (text: string) => createHash('sha1').update(text).digest()
    const base = Uint8Array.from(sha1('blob 4\0base'))
    await put(store, await craftPack([{ type: 3, data: Buffer.from('base') }]), [Buffer.from(base).toString('hex')])
    const thin = await craftPack([{ type: 7, base, data: Uint8Array.from([4, 2, 2, 0x68, 0x69]) }])
    const writer = await store.openPackWriter(id)
    await store.writePack(writer, thin.slice())
    await expect(store.finishPack(writer)).rejects.toBeInstanceOf(MissingBaseError)
    await expect(put(store, thin, [])).rejects.toBeInstanceOf(MissingBaseError)
    // A pack whose links lead to partial objects only is not closed.
    const child = await store.openPackWriter(id)
    await store.writePack(child, packOf([revision('main'), revision('main^{tree}')]))
    const staged = await store.finishPack(child).catch((error: unknown) => error)
    expect(staged).toBeInstanceOf(MissingObjectError)
    await rig.nothingStaged()
  })

  it('takes nothing that was not asked for, nor less', async () => {
    const store = await visitor()
    const main = revision('main')
    const readme = revision('main:README.md')
    const refused = async (pack: Uint8Array, wants: Oid[], error: new () => Error, limits = LIMITS) => {
      await expect(put(store, pack, wants, limits)).rejects.toBeInstanceOf(error)
    }
    // Another object than the one that was asked for, one more, one less.
    await refused(await craftPack([{ type: 3, data: Buffer.from('not the README') }]), [readme], MissingObjectError)
    const more = await craftPack([
      { type: 3, data: gitBytes(rig.source, ['cat-file', 'blob', readme]) },
      { type: 3, data: Buffer.from('besides') },
    ])
    await refused(more, [readme], UnwantedObjectError)
    await refused(packOf([main, readme]), [main], UnwantedObjectError)
    await refused(packOf([main]), [main, readme], MissingObjectError)
    await refused(packOf([main]), ['main'], MissingObjectError)

    const pack = packOf([main])
    await refused(pack.slice(0, -1), [main], PackTruncatedError)
    const flipped = pack.slice()
    flipped[flipped.length - 1] = (flipped[flipped.length - 1] ?? 0) ^ 1
    await refused(flipped, [main], PackTrailerError)
    const bomb = await craftPack([{ type: 3, data: randomBytes(100), size: 10 }])
    await refused(bomb, [main], PackEntryError)
    expect(await store.partialSize(id)).toEqual({ objects: 0, bytes: 0 })
  })

  it('takes what is at its limits and nothing beyond, and says so before it has come', async () => {
    const store = await visitor()
    const blobs = (count: number, bytes: number) => Array.from({ length: count }, () => randomBytes(bytes))
    const oid = (data: Uint8Array) => createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex')
    const send = async (data: Uint8Array[], limits: Partial<PartialPackLimits>) => {
      const pack = await craftPack(data.map((bytes) => ({ type: 3, data: bytes })))
      return await put(store, pack, data.map(oid), { ...LIMITS, ...limits })
    }
    await send(blobs(3, 10), { objects: 3 })
    await expect(send(blobs(4, 10), { objects: 3 })).rejects.toBeInstanceOf(UnwantedObjectError)
    await send(blobs(1, 5000), { objectBytes: 5000 })
    await expect(send(blobs(1, 5001), { objectBytes: 5000 })).rejects.toMatchObject({ size: 5001, limit: 5000 })
    await expect(send(blobs(1, 5001), { objectBytes: 5000 })).rejects.toBeInstanceOf(ObjectTooLargeError)
    await send([new Uint8Array(3000), ...blobs(1, 2000)], { bytes: 5000 })
    await expect(send([new Uint8Array(3001), ...blobs(1, 2000)], { bytes: 5000 })).rejects.toBeInstanceOf(
      PackTooLargeError,
    )
    await expect(send(blobs(1, 4990), { bytes: 5000 })).rejects.toBeInstanceOf(LimitError)

    const claims = await store.openPartialWriter(id, LIMITS)
    const four = await craftPack([{ type: 3, data: new Uint8Array(1) }], 0xffffffff)
    await expect(store.writePack(claims, four.slice(0, 20))).rejects.toBeInstanceOf(UnwantedObjectError)
    await expect(store.finishPartial(claims, [])).rejects.toBeInstanceOf(StagingNotFoundError)
    // The size of a file is known from its first bytes: nothing more of it need be sent.
    const big = await store.openPartialWriter(id, { ...LIMITS, objectBytes: 100_000 })
    const pack = await craftPack([{ type: 3, data: randomBytes(200_000) }])
    await expect(store.writePack(big, pack.slice(0, 200))).rejects.toMatchObject({ size: 200_000 })
  })

  it('lets go of a small pack that is given up, and holds so many at once', async () => {
    const store = await visitor()
    const first = await store.openPartialWriter(id, LIMITS)
    await store.discard(first)
    await expect(store.writePack(first, new Uint8Array(1))).rejects.toBeInstanceOf(StagingNotFoundError)
    for (let n = 0; n < 32; n++) await store.openPartialWriter(id, LIMITS)
    await expect(store.openPartialWriter(id, LIMITS)).rejects.toBeInstanceOf(LimitError)
    await store.removeRepository(id)
    await store.openPartialWriter(id, LIMITS)
  })
}
