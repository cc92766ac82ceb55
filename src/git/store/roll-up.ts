import type { Admission, PackKey } from '../backend/backend.ts'
import { MissingObjectError, TransactionConflictError } from '../errors.ts'
import { bytesToHex, concat, fromHex, OID_BYTES, toHex } from '../object/index.ts'
import { findInIndex, writePack, type EntrySource, type PackIndex } from '../pack/index.ts'
import type { Oid, RepositoryKey } from '../types.ts'
import { PackIntake, type IntakeParts } from './pack-intake.ts'
import type { OpenRepository, Repositories } from './repositories.ts'
import type { Closure } from './shared-reach.ts'
import type { StagedState } from './staged.ts'
import type { StoredPack } from './stored-pack.ts'
import { giveRows } from './transact.ts'

/** Loose objects from which on they count as a pack: about fifty commits, and each is a row of its own. */
export const LOOSE_LIMIT = 200

/** A pack has at least so many times the objects of all smaller ones together: so there are few, and each is seldom copied. */
export const ROLL_UP_FACTOR = 2

/** How often it is tried to put the new pack in the place of the old ones while others change the repository. */
const MAX_ATTEMPTS = 5

/**
 * Which packs of a tail become one: as `git repack --geometric`, the smallest ones that are too many for their size. Loose
 * objects, which go with them, count as the smallest pack where there are many. Null where all is well.
 */
export function chooseRollUp(tail: ReadonlyArray<{ key: PackKey; objects: number }>, loose: number): PackKey[] | null {
  const packs = [...tail].sort((a, b) => a.objects - b.objects)
  const many = loose >= LOOSE_LIMIT
  let taken = 0
  packs.forEach(({ objects }, n) => {
    const before = packs[n - 1]?.objects ?? (many ? loose : 0)
    if (objects < ROLL_UP_FACTOR * before) taken = n + 1
  })
  if (taken === 0 && !many) return null
  let sum = loose
  for (const { objects } of packs.slice(0, taken)) sum += objects
  for (let next = packs[taken]; next !== undefined && next.objects < ROLL_UP_FACTOR * sum; next = packs[taken]) {
    sum += next.objects
    taken++
  }
  return packs.slice(0, taken).map(({ key }) => key)
}

export interface RollUpParts extends IntakeParts {
  repositories: Repositories
}

export interface RollUp {
  open: OpenRepository
  /** Packs of its tail; all loose objects go with them. */
  packs: readonly PackKey[]
  /** What is kept of them; without it all of it. */
  reached?: Closure
  signal?: AbortSignal
}

/**
 * Makes one pack of some packs of the tail and the loose objects, checked as if a stranger had sent it, and puts it in their
 * place in one transaction. Rejects with `TransactionConflictError` where the repository was changed so that what was chosen
 * no longer holds; then, as after a kill at any point, all is as before.
 */
export async function rollUp(parts: RollUpParts, { open, packs, reached, signal }: RollUp): Promise<void> {
  const chosen = open.objects.packs.filter(({ row }) => packs.includes(row.key))
  const loose = [...open.objects.loose.oids()]
  const isKept = (oid: Oid) => reached === undefined || reached.has(oid)
  const objects = kept(chosen, loose, isKept)
  const what = {
    objects,
    source: open.objects,
    base: false,
    sortByType: true,
    ...(signal === undefined ? {} : { signal }),
  }
  const state = objects.length === 0 ? null : await checked(parts, open.id, what)
  try {
    const admit = state === null ? [] : [await admission(parts, open, state)]
    const same = admit.flatMap((one) => (one.kind === 'duplicate' ? [one.of] : []))
    const retire = { packs: chosen.map(({ row }) => row.key).filter((key) => !same.includes(key)), loose }
    await replace(parts, open, { admit, retire }, reached !== undefined)
  } catch (error) {
    if (state !== null && parts.staged.delete(state.staging) !== undefined) await state.storage?.drop()
    throw error
  }
  if (state === null) return
  parts.staged.delete(state.staging)
  await state.storage?.release()
}

/** The ids of what goes into the pack, the newest pack's first, each pack's in its own order: 20 bytes each. */
function kept(packs: readonly StoredPack[], loose: readonly Oid[], isKept: (oid: Oid) => boolean) {
  const parts: Uint8Array[] = loose.filter(isKept).map(fromHex)
  for (const pack of packs.toReversed()) for (const oid of inPackOrder(pack)) if (isKept(toHex(oid))) parts.push(oid)
  return concat(parts)
}

/** The ids of a pack's objects as they stand in it: views of 20 bytes. */
export function* inPackOrder({ stored }: StoredPack): Generator<Uint8Array> {
  const { oids, offsets, count } = stored.index
  const order = new Uint32Array(count).map((_, n) => n)
  order.sort((a, b) => (offsets[a] as number) - (offsets[b] as number))
  for (const n of order) yield oids.subarray(n * OID_BYTES, (n + 1) * OID_BYTES)
}

export interface NewPack {
  /** 20 bytes each. */
  objects: Uint8Array
  source: EntrySource
  /** Makes a base pack of it, if it is big enough. */
  base: boolean
  sortByType?: boolean
  signal?: AbortSignal
}

/** A pack of some objects of a repository, staged and checked like a stranger's. */
export async function checked(
  parts: RollUpParts,
  id: RepositoryKey,
  { objects, source, base, sortByType = false, signal }: NewPack,
): Promise<StagedState> {
  const call = signal === undefined ? {} : { signal }
  const intake = await PackIntake.open(parts, id, { thin: false, base, nameOversized: false })
  try {
    const pack = await writePack({ objects, source, sortByType, ...call })
    for await (const bytes of pack.bytes) {
      signal?.throwIfAborted()
      await intake.write(bytes)
    }
  } catch (error) {
    await intake.discard()
    throw error
  }
  const { staging } = await intake.finish(call)
  const state = parts.staged.get(staging)
  try {
    checkAll(state.stored.index, objects)
    return state
  } catch (error) {
    parts.staged.delete(staging)
    await state.storage?.drop()
    throw error
  }
}

/** An entry that was damaged and still inflates would have become another object. */
function checkAll(index: PackIndex, objects: Uint8Array): void {
  for (let at = 0; at < objects.length; at += OID_BYTES) {
    if (findInIndex(index, objects, at) < 0) throw new MissingObjectError(toHex(objects, at))
  }
}

/** Where all of it was in one pack already, that one may be the very same. */
export async function admission(
  { backend }: RollUpParts,
  open: OpenRepository,
  state: StagedState,
): Promise<Admission> {
  const key = await giveRows(backend, state)
  const trailer = bytesToHex(state.stored.index.trailer)
  // A base pack may be another repository's too.
  const rows = state.base === null ? open.snapshot.packs : await backend.packsById(state.base.packId)
  const same = rows.find((row) => row.key !== key && row.state === 'verified' && row.trailer === trailer)
  return same === undefined ? { kind: 'pack', key, roots: state.roots } : { kind: 'duplicate', key, of: same.key }
}

/**
 * Puts packs in the place of others, in one transaction. `isExact`: what is left out depends on the refs, so that none may have
 * moved.
 */
export async function replace(
  { backend, repositories }: RollUpParts,
  { id, snapshot }: OpenRepository,
  change: { admit: Admission[]; retire: { packs: PackKey[]; loose: Oid[] } },
  isExact: boolean,
): Promise<void> {
  let at = snapshot.repository.generation
  for (let attempt = 1; ; attempt++) {
    try {
      await backend.commit({ ...change, transaction: { repository: id }, at, now: Date.now() })
      return
    } catch (error) {
      const now = await repositories.find(id)
      const moved = now !== undefined && now.snapshot.repository.generation !== at
      if (!(error instanceof TransactionConflictError) || isExact || !moved || attempt === MAX_ATTEMPTS) throw error
      // Somebody moved refs or brought more objects: what was rolled up is still the same.
      at = now.snapshot.repository.generation
    }
  }
}
