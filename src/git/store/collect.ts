import type { Backend, PackKey, PackRow } from '../backend/backend.ts'
import { fetchLock } from './base-staging.ts'
import type { RepositoryKey } from '../types.ts'
import type { Locks } from './locks.ts'
import { stagingLock } from './pack-storage.ts'
import { readingLock } from './reading.ts'

/**
 * Drops what nobody will finish: packs that an import or a transfer staged and whose tab is gone, and chunks that no
 * repository wants. What somebody fetches stays, for it goes on from there.
 */
export async function collectStagings(backend: Backend, locks: Locks): Promise<void> {
  for (const row of await backend.packs()) {
    if (row.state !== 'staging' || row.wanted.length > 0) continue
    await locks.request(lockOf(row), { mode: 'exclusive', ifAvailable: true }, async (lock) => {
      // Read again: it may have been admitted, or wanted, between the two.
      const now = lock === null ? undefined : await backend.pack(row.key)
      if (now?.state === 'staging' && now.wanted.length === 0) await backend.dropPack(row.key)
    })
  }
}

/** Drops what is left of packs that a repository lost, and that it does without: all that was in them is here again. */
export async function collectLost(backend: Backend, locks: Locks, id: RepositoryKey): Promise<void> {
  for (const { key, state, wanted } of await backend.packs()) {
    if (state !== 'staging' || !wanted.includes(id)) continue
    await backend.updateStaging(key, { wanted: wanted.filter((other) => other !== id) })
  }
  await collectStagings(backend, locks)
}

/** Drops packs that were rolled up and that nobody reads any more. Returns their keys. */
export async function collectRetired(backend: Backend, locks: Locks): Promise<PackKey[]> {
  const dropped: PackKey[] = []
  for (const { key, state } of await backend.packs()) {
    if (state !== 'retired') continue
    await locks.request(readingLock(key), { mode: 'exclusive', ifAvailable: true }, async (lock) => {
      if (lock !== null && (await backend.dropPack(key))) dropped.push(key)
    })
  }
  return dropped
}

function lockOf(row: PackRow): string {
  return row.key === row.packId ? fetchLock(row.key) : stagingLock(row.key)
}
