import type { PackKey } from '../backend/backend.ts'
import { tryHold, type Locks } from './locks.ts'

/** Held, shared, by whoever reads a pack for long: as long as one does, its rows stay after it was rolled up. */
export function readingLock(key: PackKey): string {
  return `guts-reading-${key}`
}

/** Holds packs until the result is called; null where one of them is being dropped just now. */
export async function holdPacks(locks: Locks, keys: readonly PackKey[]): Promise<(() => Promise<void>) | null> {
  const held = await Promise.all(keys.map((key) => tryHold(locks, readingLock(key), 'shared')))
  const release = async () => {
    for (const lock of held) await lock?.release()
  }
  if (!held.includes(null)) return release
  await release()
  return null
}
