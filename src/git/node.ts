import { DiskBackend } from './backend/disk/backend.ts'
import { DiskReader } from './import/node.ts'
import type { GitStore } from './store/git-store.ts'
import { LocalGitStore } from './store/local-git-store.ts'
import { ProcessLocks } from './store/locks.ts'

/**
 * Opens the repositories kept in `dataDirectory` (made where there is none): each is a bare repository that stock git reads,
 * `repositories/<id>.git`. Rejects with `DataDirectoryLockedError` while another process has it open.
 */
export async function openDiskGitStore(dataDirectory: string): Promise<GitStore> {
  const backend = await DiskBackend.open(dataDirectory)
  try {
    return await LocalGitStore.open({ backend, locks: new ProcessLocks(), openPath: (path) => new DiskReader(path) })
  } catch (error) {
    await backend.close()
    throw error
  }
}
