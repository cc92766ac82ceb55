import { join } from 'node:path'
import { DiskBackend } from './backend/disk/backend.ts'
import { repositoryPath } from './backend/disk/layout.ts'
import { DiskReader } from './import/node.ts'
import type { GitStore } from './store/git-store.ts'
import { LocalGitStore } from './store/local-git-store.ts'
import { ProcessLocks } from './store/locks.ts'
import { TIDY_AFTER } from './store/tidying.ts'
import type { RepositoryKey } from './types.ts'

/**
 * Opens the repositories kept in `dataDirectory` (made where there is none): each is a bare repository that stock git reads,
 * `repositories/<id>.git`. Rejects with `DataDirectoryLockedError` while another process has it open.
 */
export async function openDiskGitStore(dataDirectory: string): Promise<GitStore> {
  const backend = await DiskBackend.open(dataDirectory)
  try {
    return await LocalGitStore.open({
      backend,
      locks: new ProcessLocks(),
      tidyAfter: TIDY_AFTER,
      openPath: (path) => new DiskReader(path),
    })
  } catch (error) {
    await backend.close()
    throw error
  }
}

/** Where stock git finds the repository `id` of a store that keeps its data in `dataDirectory`. */
export function diskRepositoryPath(dataDirectory: string, id: RepositoryKey): string {
  return join(dataDirectory, repositoryPath(id))
}
