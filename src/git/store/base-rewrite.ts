import { concat, toHex } from '../object/index.ts'
import type { OpenRepository } from './repositories.ts'
import { admission, checked, inPackOrder, replace, type RollUpParts } from './roll-up.ts'
import type { Closure, SharedReach } from './shared-reach.ts'
import type { StagedState } from './staged.ts'
import type { StoredPack } from './stored-pack.ts'

/**
 * Milliseconds for which a base pack that came is left alone: the refs that reach it may come later, as in a clone of several
 * packs, and a branch that was deleted by mistake may come back.
 */
export const REWRITE_AFTER = 10 * 60 * 1000

/** Base packs that are not served, for something in them is reached by no shared ref. */
export async function withdrawnBases(open: OpenRepository, reach: SharedReach): Promise<StoredPack[]> {
  const withdrawn: StoredPack[] = []
  for (const pack of open.objects.packs) {
    const { kind, roots } = pack.row
    if (kind === 'base' && roots !== null && !(await reach.hasAll(roots))) withdrawn.push(pack)
  }
  return withdrawn
}

export interface RewriteOptions {
  pack: StoredPack
  /** What the shared refs reach. */
  shared: Closure
  /** What any refs reach, also of those whose refs are shared no more. */
  kept: () => Promise<Closure>
  /** It came so long ago that refs to it are not to be expected any more. */
  isOld: boolean
  signal?: AbortSignal
}

/**
 * Writes what is shared of a base pack as a new one, which is served from then on, and keeps the rest of it in the tail, from where
 * it goes when its time has come. Both are checked as if a stranger had sent them, and take the old one's place in one
 * transaction. Everybody who has the old one and shares the same of it makes the same new one, byte for byte. Where nothing of it is
 * shared its refs may be yet to come: it is left alone, which resolves to false, until it is old; then it goes, unless somebody's
 * refs keep some of it.
 */
export async function rewriteBase(
  parts: RollUpParts,
  open: OpenRepository,
  { pack, shared, kept, isOld, signal }: RewriteOptions,
): Promise<boolean> {
  const [served, rest] = split(pack, shared)
  if (served.length === 0) {
    if (!isOld || split(pack, await kept())[0].length > 0) return false
    await replace(parts, open, { admit: [], retire: { packs: [pack.row.key], loose: [] } }, true)
    return true
  }
  const call = { ...(signal === undefined ? {} : { signal }) }
  const states: StagedState[] = []
  try {
    // Entries of this pack alone: others may have the same objects in other bytes.
    states.push(await checked(parts, open.id, { objects: served, source: pack, base: true, ...call }))
    if (rest.length > 0)
      states.push(await checked(parts, open.id, { objects: rest, source: pack, base: false, ...call }))
    const admit = []
    for (const state of states) admit.push(await admission(parts, open, state))
    // Whatever moved meanwhile: all that was in the pack is still here.
    await replace(parts, open, { admit, retire: { packs: [pack.row.key], loose: [] } }, false)
  } catch (error) {
    const staged = states.filter(({ staging }) => parts.staged.delete(staging) !== undefined)
    // What cannot be dropped now is collected by whoever opens the store next.
    await Promise.allSettled(staged.map(async ({ storage }) => await storage?.drop()))
    throw error
  }
  for (const state of states) {
    parts.staged.delete(state.staging)
    await state.storage?.release()
  }
  return true
}

/** The ids of what is shared of a pack, and of the rest, each in the order of the pack. */
function split(pack: StoredPack, shared: Closure): [served: Uint8Array, rest: Uint8Array] {
  const served: Uint8Array[] = []
  const rest: Uint8Array[] = []
  for (const oid of inPackOrder(pack)) (shared.has(toHex(oid)) ? served : rest).push(oid)
  return [concat(served), concat(rest)]
}
