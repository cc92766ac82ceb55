import { StorageRefusedError } from '../../src/git/index.ts'

/** Rejects with `StorageRefusedError` where tabs cannot agree on who uses what: no Web Locks, or none for this page. */
export async function checkLocks({ locks }: { locks?: Pick<LockManager, 'request'> }): Promise<void> {
  if (locks === undefined) throw new StorageRefusedError('locks')
  try {
    await locks.request(`guts-check-${crypto.randomUUID()}`, async () => undefined)
  } catch (error) {
    throw new StorageRefusedError('locks', error instanceof Error ? error.message : String(error))
  }
}
