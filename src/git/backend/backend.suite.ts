import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RepositoryNotFoundError, StagingNotFoundError, TransactionConflictError } from '../errors.ts'
import {
  ROW_BYTES,
  type Admission,
  type Backend,
  type PackRow,
  type RepositoryChange,
  type StoredIndex,
} from './backend.ts'
import type { PartialRow } from './partials.ts'
import { randomBytes, sampleIndex, samplePack, sampleOid } from './samples.ts'

/** One place where data is kept; every `open` sees what those before it wrote. */
export interface BackendPlace {
  open(): Promise<Backend>
  destroy(): Promise<void>
}

const id = 'r'.repeat(43)
const other = 'o'.repeat(43)

export function change(
  transaction: Partial<RepositoryChange['transaction']>,
  at: number | null,
  admit: Admission[] = [],
): RepositoryChange {
  return { transaction: { repository: id, ...transaction }, at, admit, now: 1000 }
}

/** Compared by hand: the test runner takes seconds for what it would print. */
function expectBytes(actual: ArrayLike<number> | undefined, expected: ArrayLike<number> | undefined): void {
  expect(actual?.length).toBe(expected?.length)
  for (let i = 0; i < (expected?.length ?? 0); i++) if (actual?.[i] !== expected?.[i]) expect.fail(`Byte ${i} differs.`)
}

function expectIndex(actual: StoredIndex | undefined, expected: StoredIndex): void {
  expect(actual?.index.count).toBe(expected.index.count)
  for (const field of ['oids', 'offsets', 'crcs', 'trailer'] as const) {
    expectBytes(actual?.index[field], expected.index[field])
  }
  expectBytes(actual?.missing, expected.missing)
  expectBytes(actual?.missingTypes, expected.missingTypes)
}

/** What every `Backend` must do. `place` makes a new, empty one. */
export function runBackendSuite(name: string, place: () => Promise<BackendPlace>): void {
  describe(`${name}: the contract of a backend`, () => {
    let here: BackendPlace
    let backend: Backend
    beforeEach(async () => {
      here = await place()
      backend = await here.open()
    })
    afterEach(async () => {
      await backend.close()
      await here.destroy()
    })

    async function reopen() {
      await backend.close()
      backend = await here.open()
    }

    /** A staged pack with rows and index, as the store leaves it before its transaction. */
    async function staged(key: string, patch: Partial<PackRow> = {}) {
      const pack = await samplePack(3, key)
      await backend.addPack({ ...pack.row, key, wanted: [], ...patch })
      await backend.writeRows(key, pack.rows)
      await backend.writeIndex(key, pack.index, {})
      return pack
    }

    it('creates a repository once', async () => {
      expect(await backend.snapshot(id)).toBeUndefined()
      expect(await backend.generation(id)).toBeUndefined()
      const documents = [new Uint8Array([1, 2]), new Uint8Array([3])]
      const settings = new Uint8Array([9])
      await backend.commit(change({ create: true, documents, settings, head: 'refs/heads/main' }, null))
      await expect(backend.commit(change({ create: true }, null))).rejects.toBeInstanceOf(TransactionConflictError)
      await expect(backend.commit(change({ create: true }, 1))).rejects.toBeInstanceOf(TransactionConflictError)
      await reopen()
      expect(await backend.generation(id)).toBe(1)
      const row = { id, documents, settings, head: 'refs/heads/main', generation: 1, createdAt: 1000, updatedAt: 1000 }
      expect(await backend.repositories()).toEqual([row])
      expect(await backend.snapshot(id)).toEqual({ repository: row, refs: [], signedRefs: [], packs: [], loose: [] })
    })

    it('moves refs, HEAD and signed refs together, and keeps the rest', async () => {
      const writer = { identity: 'ana', writer: 'w1', envelope: new Uint8Array([5]), list: new Uint8Array([6]) }
      const row = { ...writer, highestSeen: 7, refs: [{ name: 'refs/heads/main', oid: sampleOid(1) }] }
      await backend.commit(change({ create: true, documents: [new Uint8Array([1])] }, null))
      const refs = [
        { name: 'refs/tags/v1', oid: sampleOid(2) },
        { name: 'refs/heads/main', oid: sampleOid(1) },
      ]
      await backend.commit(change({ refs, signedRefs: [row], head: 'refs/heads/main' }, 1))
      await reopen()
      const snapshot = await backend.snapshot(id)
      expect(snapshot?.refs).toEqual([refs[1], refs[0]])
      expect(snapshot?.signedRefs).toEqual([row])
      expect(snapshot?.repository).toMatchObject({
        generation: 2,
        head: 'refs/heads/main',
        documents: [new Uint8Array([1])],
      })
      await backend.commit(change({ refs: [{ name: 'refs/tags/v1', oid: null }] }, 2))
      expect((await backend.snapshot(id))?.refs).toEqual([refs[1]])
    })

    it.each<[string, Partial<RepositoryChange['transaction']>, number | null]>([
      ['another generation', {}, 1],
      ['an expected generation', { expect: { generation: 1 } }, 2],
      ['an old ref', { expect: { refs: [{ name: 'refs/heads/main', oid: sampleOid(9) }] } }, 2],
      ['a ref that must not exist', { expect: { refs: [{ name: 'refs/heads/main', oid: null }] } }, 2],
      ['a ref that must exist', { expect: { refs: [{ name: 'refs/heads/x', oid: sampleOid(1) }] } }, 2],
      ['highestSeen', { expect: { signedRefs: [{ identity: 'ana', writer: 'w', highestSeen: 4 }] } }, 2],
      [
        'a writer that must not exist',
        { expect: { signedRefs: [{ identity: 'ana', writer: 'w', highestSeen: null }] } },
        2,
      ],
      ['a writer that must exist', { expect: { signedRefs: [{ identity: 'bo', writer: 'w', highestSeen: 5 }] } }, 2],
      ['a file where a folder is', { refs: [{ name: 'refs/heads/main/x', oid: sampleOid(1) }] }, 2],
      ['a folder where a file is', { refs: [{ name: 'refs/heads/a', oid: sampleOid(1) }] }, 2],
      ['creation of what exists', { create: true }, 2],
    ])('refuses the whole change where it fails on %s', async (_what, transaction, at) => {
      await backend.commit(change({ create: true }, null))
      const refs = ['refs/heads/main', 'refs/heads/a/b'].map((name) => ({ name, oid: sampleOid(1) }))
      const signed = {
        identity: 'ana',
        writer: 'w',
        highestSeen: 5,
        envelope: new Uint8Array(),
        list: new Uint8Array(),
        refs: [],
      }
      await backend.commit(change({ refs, signedRefs: [signed] }, 1))
      const pack = await staged('aaaa')
      const before = await backend.snapshot(id)
      const admit: Admission[] = [{ kind: 'pack', key: 'aaaa', roots: null }]
      const everything = {
        settings: new Uint8Array([1]),
        ...transaction,
        refs: [...(transaction.refs ?? []), { name: 'refs/heads/new', oid: sampleOid(3) }],
        signedRefs: [{ ...signed, highestSeen: 6 }],
      }
      await expect(backend.commit(change(everything, at, admit))).rejects.toBeInstanceOf(TransactionConflictError)
      expect(await backend.snapshot(id)).toEqual(before)
      await reopen()
      expect(await backend.snapshot(id)).toEqual(before)
      expect(pack.row.state).toBe('staging')
    })

    it('lets no highestSeen fall', async () => {
      const signed = {
        identity: 'ana',
        writer: 'w',
        highestSeen: 5,
        envelope: new Uint8Array(),
        list: new Uint8Array(),
        refs: [],
      }
      await backend.commit(change({ create: true, signedRefs: [signed] }, null))
      const lower = { ...signed, highestSeen: 4 }
      await expect(backend.commit(change({ signedRefs: [lower] }, 1))).rejects.toBeInstanceOf(TransactionConflictError)
    })

    it('lets one of two changes at the same generation through', async () => {
      await backend.commit(change({ create: true }, null))
      const racing = [1, 2].map((n) =>
        backend.commit(change({ refs: [{ name: `refs/heads/b${n}`, oid: sampleOid(n) }] }, 1)),
      )
      const ended = await Promise.allSettled(racing)
      expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect((await backend.snapshot(id))?.refs).toHaveLength(1)
    })

    it('keeps the rows of a staged pack, in any order, and gives them back after it is opened again', async () => {
      const { row, rows } = await samplePack(3, 'staged')
      await backend.addPack({ ...row, key: 'aaaa', wanted: [id] })
      for (const part of [...rows].reverse()) await backend.writeRows('aaaa', [part])
      await backend.writeRows('aaaa', rows.slice(0, 1))
      await reopen()
      expect(await backend.presentRows('aaaa')).toEqual(rows.map(({ n }) => n))
      for (const { n, bytes } of rows) expectBytes(await backend.readRow('aaaa', n), bytes)
      expect(await backend.readRow('aaaa', rows.length)).toBeUndefined()
      expect(await backend.pack('aaaa')).toEqual({ ...row, key: 'aaaa', wanted: [id] })
      expect((await backend.packs()).map(({ key }) => key)).toEqual(['aaaa'])
    })

    it('gives the pack that is there instead of adding it twice', async () => {
      const { row } = await samplePack(1, 'x')
      await backend.addPack({ ...row, key: 'aaaa', order: 1 })
      expect(await backend.addPack({ ...row, key: 'aaaa', order: 2 })).toMatchObject({ order: 1 })
    })

    it('takes no rows for a pack that is not staged', async () => {
      await expect(backend.writeRows('none', [{ n: 0, bytes: new Uint8Array(3) }])).rejects.toBeInstanceOf(
        StagingNotFoundError,
      )
      await expect(backend.updateStaging('none', { size: 3 })).rejects.toBeInstanceOf(StagingNotFoundError)
      const { rows, index } = await staged('aaaa')
      await backend.commit(change({ create: true }, null, [{ kind: 'pack', key: 'aaaa', roots: null }]))
      await expect(backend.writeRows('aaaa', rows)).rejects.toBeInstanceOf(StagingNotFoundError)
      await expect(backend.updateStaging('aaaa', { size: 3 })).rejects.toBeInstanceOf(StagingNotFoundError)
      await expect(backend.writeIndex('aaaa', index, { size: 3 })).rejects.toBeInstanceOf(StagingNotFoundError)
    })

    it('admits a staged pack, with its index and rows', async () => {
      const pack = await staged('aaaa')
      const roots = randomBytes(20, 3)
      await backend.commit(change({ create: true }, null, [{ kind: 'pack', key: 'aaaa', roots }]))
      await reopen()
      const [row] = (await backend.snapshot(id))?.packs ?? []
      expect(row).toMatchObject({ key: 'aaaa', state: 'verified', holders: [id], wanted: [], roots })
      expectIndex(await backend.readIndex('aaaa'), pack.index)
      for (const { n, bytes } of pack.rows) expectBytes(await backend.readRow('aaaa', n), bytes)
    })

    it('keeps an index of more than one page', async () => {
      await staged('aaaa')
      const index = await sampleIndex(40_000)
      await backend.writeIndex('aaaa', index, { trailer: 'f'.repeat(40), objects: 40_000 })
      await reopen()
      expect(await backend.pack('aaaa')).toMatchObject({ trailer: 'f'.repeat(40), objects: 40_000, state: 'staging' })
      expectIndex(await backend.readIndex('aaaa'), index)
      expect(await backend.readIndex('bbbb')).toBeUndefined()
    })

    it('makes the objects of a small pack loose', async () => {
      await staged('aaaa')
      const objects = [
        { oid: sampleOid(1), bytes: randomBytes(30, 1) },
        { oid: sampleOid(2), bytes: randomBytes(ROW_BYTES + 5, 2) },
      ]
      await backend.commit(change({ create: true }, null, [{ kind: 'loose', key: 'aaaa', objects }]))
      await reopen()
      expect(await backend.pack('aaaa')).toBeUndefined()
      expect(await backend.presentRows('aaaa')).toEqual([])
      expect((await backend.snapshot(id))?.loose.sort()).toEqual([sampleOid(1), sampleOid(2)])
      for (const { oid, bytes } of objects) expectBytes((await backend.readLoose(id, oid))?.bytes, bytes)
      expect(await backend.readLoose(id, sampleOid(3))).toBeUndefined()
      expect(await backend.readLoose(other, sampleOid(1))).toBeUndefined()
      expect(await backend.looseBytes(id)).toBe(ROW_BYTES + 35)
    })

    it('counts who holds a pack, and keeps it for the last one', async () => {
      const pack = await staged('aaaa', { kind: 'base', packId: 'f'.repeat(64), manifest: new Uint8Array([1, 2, 3]) })
      await staged('bbbb', { kind: 'base', packId: 'f'.repeat(64), order: 2 })
      await backend.commit(change({ create: true }, null, [{ kind: 'pack', key: 'aaaa', roots: null }]))
      const duplicate: Admission = { kind: 'duplicate', key: 'bbbb', of: 'aaaa' }
      await backend.commit(change({ repository: other, create: true }, null, [duplicate]))
      expect((await backend.packsById('f'.repeat(64))).map(({ key }) => key)).toEqual(['aaaa'])
      expect((await backend.pack('aaaa'))?.holders).toEqual([id, other])
      expect(await backend.dropPack('aaaa')).toBe(false)
      await backend.removeRepository(id)
      await reopen()
      expect(await backend.snapshot(id)).toBeUndefined()
      const [row] = (await backend.snapshot(other))?.packs ?? []
      expect(row).toMatchObject({ key: 'aaaa', holders: [other], manifest: new Uint8Array([1, 2, 3]) })
      expectBytes(await backend.readRow('aaaa', 1), pack.rows[1]?.bytes)
      expectIndex(await backend.readIndex('aaaa'), pack.index)
      await backend.removeRepository(other)
      expect(await backend.packs()).toEqual([])
      expect(await backend.presentRows('aaaa')).toEqual([])
    })

    it('keeps what another repository is fetching when one is removed', async () => {
      await staged('aaaa', { wanted: [other] })
      await backend.commit(change({ create: true }, null, [{ kind: 'pack', key: 'aaaa', roots: null }]))
      await backend.removeRepository(id)
      await reopen()
      expect(await backend.pack('aaaa')).toMatchObject({ state: 'staging', holders: [], wanted: [other] })
      expect(await backend.presentRows('aaaa')).toEqual([0, 1, 2])
    })

    it('gives a damaged pack back to staging, without its bad row', async () => {
      const pack = await staged('aaaa')
      await backend.demotePack('aaaa', 1)
      expect(await backend.presentRows('aaaa')).toEqual([0, 1, 2])
      await backend.commit(change({ create: true }, null, [{ kind: 'pack', key: 'aaaa', roots: null }]))
      await backend.demotePack('aaaa', 1)
      await reopen()
      expect(await backend.pack('aaaa')).toMatchObject({ state: 'staging', holders: [], wanted: [id] })
      expect(await backend.presentRows('aaaa')).toEqual([0, 2])
      expect(await backend.generation(id)).toBe(2)
      expect((await backend.snapshot(id))?.packs).toEqual([])
      await backend.writeRows('aaaa', pack.rows.slice(1, 2))
      await backend.commit(change({}, 2, [{ kind: 'pack', key: 'aaaa', roots: null }]))
      expectBytes(await backend.readRow('aaaa', 1), pack.rows[1]?.bytes)
      // Whoever looks at it all says when nothing is missing any more.
      expect((await backend.snapshot(id))?.repository.damaged).toBe(true)
      await backend.commit(change({ mended: true }, 3, []))
      await reopen()
      expect((await backend.snapshot(id))?.repository.damaged).toBeUndefined()
    })

    it('retires nothing that another repository fetches: its rows are that one’s', async () => {
      await staged('aaaa')
      await staged('bbbb')
      await backend.updateStaging('aaaa', { wanted: ['other'] })
      await backend.commit(change({ create: true }, null, [{ kind: 'pack', key: 'aaaa', roots: null }]))
      const retire = { packs: ['aaaa'], loose: [] }
      await backend.commit({ ...change({}, 1, [{ kind: 'pack', key: 'bbbb', roots: null }]), retire })
      await reopen()
      expect(await backend.pack('aaaa')).toMatchObject({ state: 'staging', holders: [], wanted: ['other'] })
      expect(await backend.presentRows('aaaa')).toEqual([0, 1, 2])
      expect(await backend.readRow('aaaa', 0)).toBeDefined()
    })

    it('retires what was rolled up, whose rows stay until they are dropped', async () => {
      await staged('aaaa')
      await staged('bbbb')
      const objects = [0, 1].map((n) => ({ oid: sampleOid(n), bytes: randomBytes(10, n) }))
      const loose: Admission = { kind: 'loose', key: null, objects }
      await backend.commit(change({ create: true }, null, [{ kind: 'pack', key: 'aaaa', roots: null }, loose]))
      const retire = { packs: ['aaaa'], loose: [sampleOid(0)] }
      const rollUp = { ...change({}, 1, [{ kind: 'pack', key: 'bbbb', roots: null }]), retire, now: 2000 }
      await expect(backend.commit({ ...rollUp, at: 2 })).rejects.toBeInstanceOf(TransactionConflictError)
      expect(await backend.commit(rollUp)).toEqual({ generation: 2 })
      await expect(backend.commit({ ...rollUp, at: 2 })).rejects.toBeInstanceOf(TransactionConflictError)
      for (const look of [async () => undefined, reopen]) {
        await look()
        const snapshot = await backend.snapshot(id)
        expect(snapshot?.packs.map(({ key }) => key)).toEqual(['bbbb'])
        expect(snapshot?.loose).toEqual([sampleOid(1)])
        expect(snapshot?.repository).toMatchObject({ generation: 2, updatedAt: 1000 })
        expect(await backend.pack('aaaa')).toMatchObject({ state: 'retired', holders: [] })
        expect(await backend.readRow('aaaa', 0)).toBeDefined()
        expect(await backend.readIndex('aaaa')).toBeDefined()
        expect(await backend.readLoose(id, sampleOid(0))).toBeUndefined()
      }
      expect(await backend.dropPack('aaaa')).toBe(true)
      expect(await backend.pack('aaaa')).toBeUndefined()
      expect(await backend.readRow('aaaa', 0)).toBeUndefined()
    })

    it('drops what is staged, wholly', async () => {
      await staged('aaaa')
      expect(await backend.dropPack('aaaa')).toBe(true)
      expect(await backend.dropPack('aaaa')).toBe(true)
      await reopen()
      expect(await backend.pack('aaaa')).toBeUndefined()
      expect(await backend.presentRows('aaaa')).toEqual([])
      expect(await backend.readIndex('aaaa')).toBeUndefined()
    })

    it('refuses to admit what was dropped', async () => {
      await staged('aaaa')
      await backend.dropPack('aaaa')
      const admit: Admission[] = [{ kind: 'pack', key: 'aaaa', roots: null }]
      await expect(backend.commit(change({ create: true }, null, admit))).rejects.toBeInstanceOf(
        TransactionConflictError,
      )
      expect(await backend.repositories()).toEqual([])
    })

    it('keeps partial objects beside the snapshot, the newest within the limits, for as long as their repository', async () => {
      const limits = { bytes: 100, objects: 3 }
      const object = (n: number, size: number) => ({ oid: sampleOid(n), bytes: randomBytes(size, n) })
      await expect(backend.partials.add(id, [object(1, 10)], 1, limits)).rejects.toBeInstanceOf(RepositoryNotFoundError)
      await backend.commit(change({ create: true }, null))
      await backend.commit(change({ repository: other, create: true }, null))
      const [one, two, three] = [object(1, 10), object(2, 50), object(3, 40)]
      await backend.partials.add(id, [one], 1, limits)
      await backend.partials.add(id, [two], 2, limits)
      await backend.partials.add(id, [three, { ...one, bytes: randomBytes(20, 9) }], 3, limits)
      await reopen()
      const rows = [one, two, three].map(({ oid, bytes }, n) => ({ oid, at: n + 1, size: bytes.length }))
      expect(await backend.partials.list(id)).toEqual(rows)
      expect(await backend.partials.list(other)).toEqual([])
      for (const [n, { bytes }] of [one, two, three].entries()) {
        expectBytes(await backend.partials.read(id, rows[n] as PartialRow), bytes)
      }
      expect((await backend.snapshot(id))?.loose).toEqual([])
      expect(await backend.looseBytes(id)).toBe(0)
      expect(await backend.readLoose(id, one.oid)).toBeUndefined()

      // One object too many, and one byte too many.
      await backend.partials.add(id, [object(4, 1)], 4, limits)
      expect((await backend.partials.list(id)).map(({ oid }) => oid)).toEqual([2, 3, 4].map(sampleOid))
      expect(await backend.partials.read(id, rows[0] as PartialRow)).toBeUndefined()
      await backend.partials.drop(id)
      expect(await backend.partials.list(id)).toEqual([])
      await backend.partials.add(id, [object(5, 60)], 5, limits)
      await backend.partials.add(id, [object(6, 40)], 6, limits)
      expect(await backend.partials.list(id)).toHaveLength(2)
      await backend.partials.add(id, [object(7, 1)], 7, limits)
      expect((await backend.partials.list(id)).map(({ oid }) => oid)).toEqual([6, 7].map(sampleOid))
      await backend.removeRepository(id)
      expect(await backend.partials.list(id)).toEqual([])
    })

    it('keeps repositories apart', async () => {
      const refs = [{ name: 'refs/heads/main', oid: sampleOid(1) }]
      await backend.commit(change({ create: true, refs }, null))
      await backend.commit(change({ repository: other, create: true }, null))
      expect((await backend.snapshot(other))?.refs).toEqual([])
      await backend.removeRepository(other)
      expect((await backend.snapshot(id))?.refs).toEqual(refs)
    })
  })
}
