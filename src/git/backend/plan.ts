import { TransactionConflictError } from '../errors.ts'
import type { SignedRefsRow } from '../store/git-store.ts'
import { checkRefCount, nameConflict } from '../store/ref-names.ts'
import type { Oid, RepositoryKey } from '../types.ts'
import type { LooseObject, PackKey, PackRow, RepositoryChange, RepositoryRow } from './backend.ts'

/** What a commit must re-read in its own transaction. */
export interface CurrentRows {
  repository: RepositoryRow | undefined
  /** All canonical refs; where the change adds none, those that it names are enough. */
  refs: ReadonlyMap<string, Oid>
  /** Rows of the writers that the change names, by `writerKey`. */
  signedRefs: ReadonlyMap<string, SignedRefsRow>
  /** The packs that its admissions name. */
  packs: ReadonlyMap<PackKey, PackRow>
}

export interface PlannedWrites {
  repository: RepositoryRow
  putRefs: Array<{ name: string; oid: Oid }>
  deleteRefs: string[]
  putSignedRefs: SignedRefsRow[]
  putPacks: PackRow[]
  dropPacks: PackKey[]
  putLoose: LooseObject[]
  /** Packs that the repository no longer holds. */
  retirePacks: PackRow[]
  dropLoose: Oid[]
}

export function writerKey(row: { identity: string; writer: string }): string {
  return `${row.identity}/${row.writer}`
}

export function changedWriters(change: RepositoryChange): Array<{ identity: string; writer: string }> {
  return [...(change.transaction.expect?.signedRefs ?? []), ...(change.transaction.signedRefs ?? [])]
}

/** Names of the refs that the change moves, or expects somewhere. */
export function changedRefs({ transaction: { refs = [], expect } }: RepositoryChange): string[] {
  return [...new Set([...refs, ...(expect?.refs ?? [])].map(({ name }) => name))]
}

/** The change gives a ref to a name that has none: all others are needed to judge it. */
export function addsRefs({ transaction: { refs = [] } }: RepositoryChange, here: ReadonlyMap<string, Oid>): boolean {
  return refs.some(({ name, oid }) => oid !== null && !here.has(name))
}

export function changedPacks(change: RepositoryChange): PackKey[] {
  const admitted = change.admit.flatMap((admission) => {
    if (admission.kind === 'duplicate') return [admission.key, admission.of]
    return admission.key === null ? [] : [admission.key]
  })
  return [...admitted, ...(change.retire?.packs ?? [])]
}

/**
 * Decides what a commit writes; throws `TransactionConflictError` where a precondition does not hold, and `LimitError` where
 * there would be too many refs. No side effects.
 */
export function planCommit(current: CurrentRows, change: RepositoryChange): PlannedWrites {
  const repository = nextRepository(current.repository, change)
  checkExpected(current, change)
  const { putPacks, dropPacks, putLoose } = planAdmissions(current.packs, change)
  const { putRefs, deleteRefs } = planRefs(current.refs, change)
  for (const row of change.transaction.signedRefs ?? []) {
    const seen = current.signedRefs.get(writerKey(row))?.highestSeen
    if (seen !== undefined && row.highestSeen < seen) {
      throw new TransactionConflictError('A newer version of these signed refs is known already. Nothing was changed.')
    }
  }
  return {
    repository,
    putRefs,
    deleteRefs,
    putSignedRefs: change.transaction.signedRefs ?? [],
    putPacks,
    dropPacks,
    putLoose,
    retirePacks: planRetirement(current.packs, change),
    dropLoose: change.retire?.loose ?? [],
  }
}

/** The repository's row after the change. Throws `TransactionConflictError` where it cannot be made of this one. */
export function nextRepository(row: RepositoryRow | undefined, change: RepositoryChange): RepositoryRow {
  const { transaction, at, now } = change
  if (transaction.create === true && row !== undefined) {
    throw new TransactionConflictError('The repository exists already. Nothing was changed.')
  }
  if (transaction.create !== true && row === undefined) {
    throw new TransactionConflictError('The repository does not exist (any more). Nothing was changed.')
  }
  if ((row?.generation ?? null) !== at) throw new TransactionConflictError()
  const sharing = transaction.sharing ?? row?.sharing
  return {
    id: transaction.repository,
    documents: transaction.documents ?? row?.documents ?? [],
    settings: transaction.settings ?? row?.settings ?? new Uint8Array(),
    generation: (row?.generation ?? 0) + 1,
    head: transaction.head !== undefined ? transaction.head : (row?.head ?? null),
    ...(sharing === undefined ? {} : { sharing }),
    ...(row?.damaged === true && transaction.mended !== true ? { damaged: true as const } : {}),
    createdAt: row?.createdAt ?? now,
    // Where only the place of its objects changes, the repository does not.
    updatedAt: change.retire === undefined ? now : (row?.updatedAt ?? now),
  }
}

/** What the caller expects of the rows; also checked by the store before it does the work of a commit. */
export function checkExpected(
  current: Omit<CurrentRows, 'packs'>,
  change: Pick<RepositoryChange, 'transaction'>,
): void {
  const { expect } = change.transaction
  if (expect?.generation !== undefined && (current.repository?.generation ?? 0) !== expect.generation) {
    throw new TransactionConflictError()
  }
  for (const { name, oid } of expect?.refs ?? []) {
    if ((current.refs.get(name) ?? null) !== oid) {
      throw new TransactionConflictError(`${name} has moved meanwhile. Nothing was changed; look at it and try again.`)
    }
  }
  for (const expected of expect?.signedRefs ?? []) {
    const seen = current.signedRefs.get(writerKey(expected))?.highestSeen ?? null
    if (seen !== expected.highestSeen) {
      throw new TransactionConflictError('These signed refs were changed meanwhile. Nothing was changed; try again.')
    }
  }
}

function planAdmissions(packs: ReadonlyMap<PackKey, PackRow>, change: RepositoryChange) {
  const putPacks: PackRow[] = []
  const dropPacks: PackKey[] = []
  const putLoose: LooseObject[] = []
  const id = change.transaction.repository
  for (const admission of change.admit) {
    if (admission.kind === 'loose') putLoose.push(...admission.objects)
    if (admission.key === null) continue
    const row = packs.get(admission.key)
    if (row === undefined)
      throw new TransactionConflictError('What was staged is gone. Nothing was changed; start again.')
    switch (admission.kind) {
      case 'pack':
        if (row.state === 'retired') throw new TransactionConflictError()
        putPacks.push(held({ ...row, roots: row.roots ?? admission.roots }, id))
        break
      case 'loose':
        if (row.state !== 'staging') throw new TransactionConflictError()
        dropPacks.push(row.key)
        break
      case 'duplicate': {
        const other = packs.get(admission.of)
        if (other?.state !== 'verified' || row.state !== 'staging') throw new TransactionConflictError()
        putPacks.push(held(other, id))
        dropPacks.push(row.key)
      }
    }
  }
  return { putPacks, dropPacks, putLoose }
}

function planRetirement(packs: ReadonlyMap<PackKey, PackRow>, change: RepositoryChange): PackRow[] {
  const id = change.transaction.repository
  return (change.retire?.packs ?? []).map((key) => {
    const row = packs.get(key)
    if (row?.state !== 'verified' || !row.holders.includes(id)) throw new TransactionConflictError()
    const holders = row.holders.filter((other) => other !== id)
    if (holders.length > 0) return { ...row, holders }
    // Who fetches it has its rows already.
    return { ...row, holders, state: row.wanted.length > 0 ? 'staging' : 'retired' }
  })
}

function held(row: PackRow, id: RepositoryKey): PackRow {
  return {
    ...row,
    state: 'verified',
    holders: row.holders.includes(id) ? row.holders : [...row.holders, id],
    wanted: row.wanted.filter((other) => other !== id),
  }
}

function planRefs(refs: ReadonlyMap<string, Oid>, change: RepositoryChange) {
  const next = new Map(refs)
  const deleteRefs: string[] = []
  for (const { name, oid } of change.transaction.refs ?? []) {
    if (oid === null) {
      next.delete(name)
      deleteRefs.push(name)
    } else next.set(name, oid)
  }
  const putRefs = (change.transaction.refs ?? []).flatMap(({ name, oid }) => (oid === null ? [] : [{ name, oid }]))
  if (putRefs.length > 0) {
    checkRefCount(next.size)
    const conflict = nameConflict(next.keys())
    if (conflict !== undefined) {
      throw new TransactionConflictError(`${conflict[1]} cannot exist beside ${conflict[0]}. Choose another name.`)
    }
  }
  return { putRefs, deleteRefs }
}

/**
 * The row after its holders lost it (`Backend.demotePack`). Where no row is to blame, its index is: without a trailer it is
 * made anew.
 */
export function demoted(row: PackRow, badRow: number | null): PackRow {
  const wanted = [...new Set([...row.wanted, ...row.holders])]
  return { ...row, state: 'staging', holders: [], wanted, trailer: badRow === null ? '' : row.trailer }
}

/** The row of a repository that held it. */
export function damaged(row: RepositoryRow): RepositoryRow {
  return { ...row, generation: row.generation + 1, damaged: true }
}

/** The row after a repository was removed; undefined where nothing holds or wants it any more. */
export function without(row: PackRow, id: RepositoryKey): PackRow | undefined {
  const holders = row.holders.filter((other) => other !== id)
  const wanted = row.wanted.filter((other) => other !== id)
  if (holders.length > 0) return { ...row, holders, wanted }
  if (wanted.length > 0) return { ...row, holders, wanted, state: 'staging' }
  return undefined
}

export function belongsTo(row: PackRow, id: RepositoryKey): boolean {
  return row.holders.includes(id) || row.wanted.includes(id)
}
