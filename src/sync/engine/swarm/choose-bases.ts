/** A base pack as a holder advertised it. */
export interface AdvertisedPack {
  packId: string
  /** Bytes. */
  size: number
}

/**
 * Which base packs to fetch. Each list is what one holder has, every pack closed over those before it, so a list is taken as a
 * whole or not at all: packs of two lists need not fit together. `wanted` are the lists of those who have what is to be
 * brought here, `held` those of everybody. The one with the most holders, then with the fewest bytes, then the lowest id.
 * None is taken only where nobody has any.
 */
export function chooseBases<P extends AdvertisedPack>(wanted: P[][], held: AdvertisedPack[][]): P[] {
  const sets = held.map((packs) => new Set(packs.map(({ packId }) => packId)))
  const ranked = wanted
    .filter((packs) => packs.length > 0)
    .map((packs) => ({
      packs,
      holders: sets.filter((ids) => packs.every(({ packId }) => ids.has(packId))).length,
      bytes: packs.reduce((sum, { size }) => sum + size, 0),
      id: packs.map(({ packId }) => packId).join(),
    }))
  ranked.sort((a, b) => b.holders - a.holders || a.bytes - b.bytes || (a.id < b.id ? -1 : 1))
  return ranked[0]?.packs ?? []
}

/** Those whose advertising `pack` says that it can stand here, after `before`: their own lists need nothing else below it. */
export function vouchers(
  pack: string,
  before: ReadonlySet<string>,
  lists: Iterable<[string, AdvertisedPack[]]>,
): string[] {
  const found: string[] = []
  for (const [peer, packs] of lists) {
    const at = packs.findIndex(({ packId }) => packId === pack)
    if (at >= 0 && packs.slice(0, at).every(({ packId }) => before.has(packId))) found.push(peer)
  }
  return found
}
