import { OID_BYTES } from '../object/index.ts'
import { findInIndex, type PackIndex } from '../pack/index.ts'
import type { InventoryEntry, PackId } from './git-store.ts'
import type { OpenRepository } from './repositories.ts'
import type { SharedReach } from './shared-reach.ts'
import type { StoredPack } from './stored-pack.ts'

/** A base pack that may be served now. */
export interface ServedPack {
  entry: InventoryEntry
  pack: StoredPack
  manifest: Uint8Array
}

/**
 * The base packs of which every object is reachable from the shared refs, each closed over those before it. That an object
 * is reachable follows from the pack's roots: they reach all the rest of it, so where refs only moved forward, a walk over
 * the new commits is all it takes.
 */
export async function servedPacks(open: OpenRepository, reach: SharedReach): Promise<Map<PackId, ServedPack>> {
  const served = new Map<PackId, ServedPack>()
  let waiting: StoredPack[] = []
  for (const pack of open.objects.packs) {
    const { kind, roots } = pack.row
    if (kind === 'base' && roots !== null && (await reach.hasAll(roots))) waiting.push(pack)
  }
  // A pack may build on one that was taken in later: go on as long as one more is closed.
  for (let before = -1; waiting.length !== before;) {
    before = waiting.length
    const indexes = [...served.values()].map(({ pack }) => pack.stored.index)
    waiting = waiting.filter((pack) => {
      const { packId, manifest, size, objects } = pack.row
      if (packId === null || manifest === null || !closedOver(pack.stored.missing, indexes)) return true
      served.set(packId, { entry: { packId, size, objects }, pack, manifest })
      indexes.push(pack.stored.index)
      return false
    })
  }
  return served
}

function closedOver(missing: Uint8Array, indexes: readonly PackIndex[]): boolean {
  for (let at = 0; at < missing.length; at += OID_BYTES) {
    if (!indexes.some((index) => findInIndex(index, missing, at) >= 0)) return false
  }
  return true
}
