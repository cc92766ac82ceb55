import { StagingNotFoundError } from '../../errors.ts'
import type { PackId, SignedRefsRow } from '../../store/git-store.ts'
import type { Oid, RepositoryKey } from '../../types.ts'
import type {
  Backend,
  LooseObject,
  PackKey,
  PackPatch,
  PackRow,
  RepositoryChange,
  RepositorySnapshot,
  Row,
  StoredIndex,
} from '../backend.ts'
import {
  addsRefs,
  changedPacks,
  changedRefs,
  changedWriters,
  damaged,
  demoted,
  planCommit,
  without,
  writerKey,
} from '../plan.ts'
import type { ChangeHints } from './change-hints.ts'
import { Connection, type WriteTransaction } from './connection.ts'
import { indexPages, joinPages } from './index-pages.ts'
import { under } from './keys.ts'
import { IndexedDbPartials } from './partials.ts'
import { MISSING_PAGE, type IndexPage, type MissingPage, type StoredSignedRefs } from './schema.ts'

/** Refs that are read one by one: of more than these all are read at once. */
const MAX_NAMED = 32

function signedRow({ repository: _, ...row }: StoredSignedRefs): SignedRefsRow {
  return row
}

/** A buffer of exactly these bytes: a view's whole buffer would be stored otherwise. The database copies it at once. */
function exact(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteLength } = bytes
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? buffer : bytes.slice().buffer
}

/** The object database in IndexedDB, shared by all tabs of an origin. */
export class IndexedDbBackend implements Backend {
  readonly #connection: Connection
  readonly #hints: ChangeHints
  readonly partials: IndexedDbPartials

  constructor(name: string, hints: ChangeHints) {
    this.#connection = new Connection(name)
    this.#hints = hints
    this.partials = new IndexedDbPartials(this.#connection)
  }

  async repositories() {
    return await this.#connection.read(['repositories'], (tx) => tx.objectStore('repositories').getAll())
  }

  async generation(id: RepositoryKey) {
    const row = await this.#connection.read(['repositories'], (tx) => tx.objectStore('repositories').get(id))
    return row?.generation
  }

  async snapshot(id: RepositoryKey): Promise<RepositorySnapshot | undefined> {
    return await this.#connection.read(['repositories', 'refs', 'signedRefs', 'packs', 'looseObjects'], async (tx) => {
      const refs = tx.objectStore('refs')
      // A key is named here by its repository's id: the range goes from it to the next.
      const [repository, names, oids, signedRefs, packs, loose] = await Promise.all([
        tx.objectStore('repositories').get(id),
        refs.getAllKeys(under(id)),
        refs.getAll(under(id)),
        tx.objectStore('signedRefs').getAll(under(id)),
        tx.objectStore('packs').index('holders').getAll(id),
        tx.objectStore('looseObjects').getAllKeys(under(id)),
      ])
      if (repository === undefined) return undefined
      return {
        repository,
        refs: names.map(([, name], i) => ({ name, oid: oids[i] as string })),
        signedRefs: signedRefs.map(signedRow),
        packs: packs.filter((pack) => pack.state === 'verified').sort((a, b) => a.order - b.order),
        loose: loose.map(([, oid]) => oid),
      }
    })
  }

  async commit(change: RepositoryChange) {
    const id = change.transaction.repository
    const writes = await this.#connection.write(
      ['repositories', 'refs', 'signedRefs', 'packs', 'chunks', 'indexes', 'looseObjects'],
      async (tx) => {
        const refs = tx.objectStore('refs')
        const [repository, named, signedRefs, packs] = await Promise.all([
          tx.objectStore('repositories').get(id),
          namedRefs(tx, change),
          Promise.all(changedWriters(change).map((w) => tx.objectStore('signedRefs').get([id, w.identity, w.writer]))),
          Promise.all(changedPacks(change).map((key) => tx.objectStore('packs').get(key))),
        ])
        const planned = planCommit(
          {
            repository,
            refs: addsRefs(change, named) ? await allRefs(tx, id) : named,
            signedRefs: new Map(signedRefs.flatMap((row) => (row === undefined ? [] : [[writerKey(row), row]]))),
            packs: new Map(packs.flatMap((row) => (row === undefined ? [] : [[row.key, row]]))),
          },
          change,
        )
        await Promise.all([
          tx.objectStore('repositories').put(planned.repository),
          ...planned.deleteRefs.map((name) => refs.delete([id, name])),
          ...planned.putRefs.map(({ name, oid }) => refs.put(oid, [id, name])),
          ...planned.putSignedRefs.map((row) => tx.objectStore('signedRefs').put({ ...row, repository: id })),
          ...planned.putPacks.map((row) => tx.objectStore('packs').put(row)),
          ...planned.putLoose.map(({ oid, bytes }) => tx.objectStore('looseObjects').put(exact(bytes), [id, oid])),
          ...planned.retirePacks.map((row) => tx.objectStore('packs').put(row)),
          ...planned.dropPacks.map((key) => deletePack(tx, key)),
          ...planned.dropLoose.map((oid) => tx.objectStore('looseObjects').delete([id, oid])),
        ])
        return planned
      },
    )
    this.#hints.send(id)
    return { generation: writes.repository.generation }
  }

  async removeRepository(id: RepositoryKey) {
    await this.#connection.write(
      ['repositories', 'refs', 'signedRefs', 'packs', 'chunks', 'indexes', 'looseObjects', 'partialObjects'],
      async (tx) => {
        const packs = tx.objectStore('packs')
        const [holds, wants] = await Promise.all([packs.index('holders').getAll(id), packs.index('wanted').getAll(id)])
        const rows = new Map([...holds, ...wants].map((row) => [row.key, row]))
        await Promise.all([
          tx.objectStore('repositories').delete(id),
          tx.objectStore('refs').delete(under(id)),
          tx.objectStore('signedRefs').delete(under(id)),
          tx.objectStore('looseObjects').delete(under(id)),
          tx.objectStore('partialObjects').delete(under(id)),
          ...[...rows.values()].map((row) => {
            const left = without(row, id)
            return left === undefined ? deletePack(tx, row.key) : packs.put(left)
          }),
        ])
      },
    )
    this.#hints.send(id)
  }

  async packs() {
    return await this.#connection.read(['packs'], (tx) => tx.objectStore('packs').getAll())
  }

  async pack(key: PackKey) {
    return await this.#connection.read(['packs'], (tx) => tx.objectStore('packs').get(key))
  }

  async packsById(packId: PackId) {
    return await this.#connection.read(['packs'], (tx) => tx.objectStore('packs').index('packId').getAll(packId))
  }

  async addPack(row: PackRow) {
    return await this.#connection.write(['packs'], async (tx) => {
      const here = await tx.objectStore('packs').get(row.key)
      if (here === undefined) await tx.objectStore('packs').add(row)
      return here ?? row
    })
  }

  async updateStaging(key: PackKey, patch: PackPatch) {
    return await this.#connection.write(['packs'], async (tx) => {
      const row = { ...(await stagingRow(tx, key)), ...patch }
      await tx.objectStore('packs').put(row)
      return row
    })
  }

  async dropPack(key: PackKey) {
    return await this.#connection.write(['packs', 'chunks', 'indexes'], async (tx) => {
      const row = await tx.objectStore('packs').get(key)
      if (row !== undefined && row.holders.length > 0) return false
      await deletePack(tx, key)
      return true
    })
  }

  async demotePack(key: PackKey, badRow: number | null) {
    const holders = await this.#connection.write(['packs', 'chunks', 'repositories'], async (tx) => {
      const row = await tx.objectStore('packs').get(key)
      if (row?.state !== 'verified') return []
      const repositories = await Promise.all(row.holders.map((id) => tx.objectStore('repositories').get(id)))
      await Promise.all([
        tx.objectStore('packs').put(demoted(row, badRow)),
        badRow === null ? undefined : tx.objectStore('chunks').delete([key, badRow]),
        ...repositories.map((repository) =>
          repository === undefined ? undefined : tx.objectStore('repositories').put(damaged(repository)),
        ),
      ])
      return row.holders
    })
    for (const id of holders) this.#hints.send(id)
  }

  async writeRows(key: PackKey, rows: Row[]) {
    await this.#connection.write(['packs', 'chunks'], async (tx) => {
      await stagingRow(tx, key)
      // It ends by itself: Chromium says nothing any more of a transaction that it was told to commit where the disk is full.
      await Promise.all(rows.map(({ n, bytes }) => tx.objectStore('chunks').put(exact(bytes), [key, n])))
    })
  }

  async readRow(key: PackKey, n: number) {
    const buffer = await this.#connection.read(['chunks'], (tx) => tx.objectStore('chunks').get([key, n]))
    return buffer === undefined ? undefined : new Uint8Array(buffer)
  }

  async presentRows(key: PackKey) {
    const keys = await this.#connection.read(['chunks'], (tx) => tx.objectStore('chunks').getAllKeys(under(key)))
    return keys.map(([, n]) => n)
  }

  async writeIndex(key: PackKey, { index, missing, missingTypes }: StoredIndex, patch: PackPatch) {
    await this.#connection.write(['packs', 'indexes'], async (tx) => {
      const row = await stagingRow(tx, key)
      const indexes = tx.objectStore('indexes')
      await indexes.delete(under(key))
      await Promise.all([
        tx.objectStore('packs').put({ ...row, ...patch }),
        indexes.put({ missing: missing.slice(), missingTypes: missingTypes.slice() }, [key, MISSING_PAGE]),
        ...indexPages(index).map((page, n) => indexes.put(page, [key, n])),
      ])
    })
  }

  async readIndex(key: PackKey): Promise<StoredIndex | undefined> {
    const rows = await this.#connection.read(['indexes'], (tx) => tx.objectStore('indexes').getAll(under(key)))
    // Pages come in the order of their numbers, the links out of the pack first.
    const index = joinPages(rows.slice(1) as IndexPage[])
    if (index === undefined) return undefined
    const { missing, missingTypes } = rows[0] as MissingPage
    return { index, missing, missingTypes }
  }

  async readLoose(id: RepositoryKey, oid: Oid): Promise<LooseObject | undefined> {
    const buffer = await this.#connection.read(['looseObjects'], (tx) => tx.objectStore('looseObjects').get([id, oid]))
    return buffer === undefined ? undefined : { oid, bytes: new Uint8Array(buffer) }
  }

  async looseBytes(id: RepositoryKey) {
    const values = await this.#connection.read(['looseObjects'], (tx) =>
      tx.objectStore('looseObjects').getAll(under(id)),
    )
    return values.reduce((sum, buffer) => sum + buffer.byteLength, 0)
  }

  onChange(listener: (id: RepositoryKey) => void) {
    return this.#hints.listen(listener)
  }

  async close() {
    this.#hints.close()
    await this.#connection.close()
  }
}

/** Those that the change names: a repository may have thousands, of which a commit moves one. */
async function namedRefs(tx: WriteTransaction, change: RepositoryChange): Promise<Map<string, Oid>> {
  const id = change.transaction.repository
  const names = changedRefs(change)
  if (names.length > MAX_NAMED) return await allRefs(tx, id)
  const oids = await Promise.all(names.map((name) => tx.objectStore('refs').get([id, name])))
  return new Map(names.flatMap((name, i) => (oids[i] === undefined ? [] : [[name, oids[i]]])))
}

async function allRefs(tx: WriteTransaction, id: RepositoryKey): Promise<Map<string, Oid>> {
  const refs = tx.objectStore('refs')
  const [names, oids] = await Promise.all([refs.getAllKeys(under(id)), refs.getAll(under(id))])
  return new Map(names.map(([, name], i) => [name, oids[i] as string]))
}

async function stagingRow(tx: WriteTransaction, key: PackKey): Promise<PackRow> {
  const row = await tx.objectStore('packs').get(key)
  if (row?.state !== 'staging') throw new StagingNotFoundError()
  return row
}

async function deletePack(tx: WriteTransaction, key: PackKey): Promise<void> {
  await Promise.all([
    tx.objectStore('packs').delete(key),
    tx.objectStore('chunks').delete(under(key)),
    tx.objectStore('indexes').delete(under(key)),
  ])
}
