import type { GitStore } from './store/git-store.ts'
import { createWorkerStore } from './worker/client.ts'

/** The one database of git's data for this origin. */
export const GIT_DATABASE = 'guts-git'

/**
 * Opens this origin's repositories in a dedicated worker. Rejects with `DatabaseBlockedError` where another tab keeps an
 * older version open, with `DatabaseClosedError` where the data is of a newer one. Close it to end the worker.
 */
export async function openGitStoreInWorker(database: string = GIT_DATABASE): Promise<GitStore> {
  const worker = new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module', name: 'git' })
  return await createWorkerStore(worker, database)
}
