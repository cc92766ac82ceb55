import type { Admission, Backend, PackKey, RepositoryChange } from '../backend/backend.ts'
import { checkExpected, writerKey } from '../backend/plan.ts'
import { MissingObjectError, RefNameError, StagingNotFoundError, TransactionConflictError } from '../errors.ts'
import { bytesToHex, toHex } from '../object/index.ts'
import type { EntrySource } from '../pack/index.ts'
import type { RepositoryKey } from '../types.ts'
import { checkClosure } from './closure.ts'
import type { Transaction } from './git-store.ts'
import { encodeLoose } from './loose-object.ts'
import { Overlay, type ObjectSet } from './object-set.ts'
import { rowPatch } from './pack-intake.ts'
import { checkRefCount, checkRefNames, nameConflict } from './ref-names.ts'
import type { OpenRepository, Repositories } from './repositories.ts'
import { closureOf, keptTips } from './shared-reach.ts'
import type { StagedPacks, StagedState } from './staged.ts'

/** Packs of fewer objects become loose ones (git's `transfer.unpackLimit`), so that single commits do not pile up as packs. */
export const UNPACK_LIMIT = 100

/** How often closure is checked anew because another tab changed the repository meanwhile. */
const MAX_ATTEMPTS = 10

export interface TransactParts {
  backend: Backend
  repositories: Repositories
  staged: StagedPacks
}

/** The store's compare-and-swap: checks names and closure, then has the backend do it all in one transaction. */
export async function transact(parts: TransactParts, transaction: Transaction): Promise<{ generation: number }> {
  checkNames(transaction)
  const { admit, ...rest } = transaction
  const staged = [...new Set(admit ?? [])].map((staging) => parts.staged.get(staging))
  if (staged.some(({ repository }) => repository !== transaction.repository)) throw new StagingNotFoundError()
  for (let attempt = 1; ; attempt++) {
    const open = await parts.repositories.find(transaction.repository)
    checkEarly(open, transaction)
    await checkObjects(open?.objects, staged, transaction)
    if (transaction.mended === true && open !== undefined) await closureOf(open, keptTips(open))
    const change: RepositoryChange = {
      transaction: rest,
      at: open?.snapshot.repository.generation ?? null,
      admit: await admissions(parts, staged, open?.objects),
      now: Date.now(),
    }
    try {
      const done = await parts.backend.commit(change)
      if (open !== undefined) parts.repositories.advance(open, change)
      for (const { staging, storage, admitted } of staged) {
        parts.staged.delete(staging)
        await storage?.release()
        await admitted?.()
      }
      return done
    } catch (error) {
      if (!(error instanceof TransactionConflictError) || attempt === MAX_ATTEMPTS) throw error
      // Where only the generation moved, what the caller expects may still hold: it is all checked again.
      if ((await parts.backend.generation(transaction.repository)) === (change.at ?? undefined)) throw error
    }
  }
}

function checkNames({ repository, refs, signedRefs, head, sharing }: Transaction): void {
  checkKey(repository)
  for (const identity of sharing ?? []) checkKey(identity)
  checkRefNames((refs ?? []).map(({ name }) => name))
  if (head !== undefined && head !== null) checkRefNames([head])
  for (const row of signedRefs ?? []) {
    checkKey(row.identity)
    checkKey(row.writer)
    const names = row.refs.map(({ name }) => name)
    checkRefCount(names.length)
    checkRefNames(names)
    const conflict = nameConflict(names)
    if (conflict !== undefined) throw new RefNameError(conflict[1])
  }
}

/** Ids that the store is given become file names and parts of refs in Node. */
export function checkKey(key: string): void {
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(key)) {
    throw new TypeError(`An id has letters, digits, - and _ only, at most 128: ${JSON.stringify(key)}`)
  }
}

/** What would be refused anyway, before the work is done; the backend reads it all again. */
function checkEarly(open: OpenRepository | undefined, transaction: Transaction): void {
  if (transaction.create === true && open !== undefined) {
    throw new TransactionConflictError('The repository exists already. Nothing was changed.')
  }
  if (transaction.create !== true && open === undefined) {
    throw new TransactionConflictError('The repository does not exist (any more). Nothing was changed.')
  }
  checkExpected(
    {
      repository: open?.snapshot.repository,
      refs: new Map(open?.snapshot.refs.map(({ name, oid }) => [name, oid])),
      signedRefs: new Map(open?.snapshot.signedRefs.map((row) => [writerKey(row), row])),
    },
    { transaction },
  )
}

/** All links of what is admitted, and all refs, lead to objects that are here or come with it. */
async function checkObjects(
  here: ObjectSet | undefined,
  staged: StagedState[],
  transaction: Transaction,
): Promise<void> {
  const layers: EntrySource[] = staged.map(({ objects }) => objects)
  if (here !== undefined) layers.unshift(here)
  const objects = new Overlay(layers)
  for (const { stored } of staged) await checkClosure(stored, objects)
  const refs = [...(transaction.refs ?? []), ...(transaction.signedRefs ?? []).flatMap((row) => row.refs)]
  for (const { name, oid } of refs) {
    if (oid !== null && !(await objects.has(oid))) throw new MissingObjectError(oid, name)
  }
}

async function admissions(parts: TransactParts, staged: StagedState[], here?: ObjectSet): Promise<Admission[]> {
  const admitted: Admission[] = []
  for (const state of staged) admitted.push(await admission(parts, state, here))
  return admitted
}

async function admission({ backend }: TransactParts, state: StagedState, here?: ObjectSet): Promise<Admission> {
  const { stored } = state
  if (state.key === null && stored.index.count < UNPACK_LIMIT) {
    return { kind: 'loose', key: null, objects: await looseObjects(state, here) }
  }
  // Few bytes but many objects: it needs rows and an index after all.
  const key = await giveRows(backend, state)
  const same = await twin(backend, state, key)
  return same === undefined ? { kind: 'pack', key, roots: state.roots } : { kind: 'duplicate', key, of: same }
}

/** Moves a staged pack from memory to the backend, with its index; its key there. */
export async function giveRows(backend: Backend, state: StagedState): Promise<PackKey> {
  const { storage, stored, base } = state
  if (state.key !== null) return state.key
  if (storage === null) throw new StagingNotFoundError()
  const key = await storage.moveToBackend()
  await storage.end()
  await backend.writeIndex(key, stored, rowPatch(state.bytes, stored.index, base))
  state.key = key
  return key
}

/** A verified pack of the same bytes: of any repository for a base pack, else of this one. */
async function twin(backend: Backend, state: StagedState, key: string): Promise<string | undefined> {
  const rows =
    state.base !== null ? await backend.packsById(state.base.packId) : await packsOf(backend, state.repository)
  const trailer = bytesToHex(state.stored.index.trailer)
  return rows.find((row) => row.key !== key && row.state === 'verified' && row.trailer === trailer)?.key
}

async function packsOf(backend: Backend, id: RepositoryKey) {
  return (await backend.snapshot(id))?.packs ?? []
}

/** Those that are not here already. */
async function looseObjects({ objects, stored }: StagedState, here?: ObjectSet) {
  const loose = []
  for (let i = 0; i < stored.index.count; i++) {
    const oid = toHex(stored.index.oids, 20 * i)
    if (here?.hasNow(oid) === true) continue
    const object = await objects.read(oid)
    if (object === null) throw new MissingObjectError(oid)
    loose.push({ oid, bytes: encodeLoose(object) })
  }
  return loose
}
