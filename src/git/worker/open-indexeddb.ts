import { IndexedDbBackend } from '../backend/indexeddb/backend.ts'
import { changeHints } from '../backend/indexeddb/change-hints.ts'
import type { Transport } from '../remote/index.ts'
import type { GitStore } from '../store/git-store.ts'
import { LocalGitStore } from '../store/local-git-store.ts'
import { TIDY_AFTER } from '../store/tidying.ts'

/** The store of this origin, in the thread that it is called in: all tabs share its data, its locks and its hints. */
export async function openIndexedDbGitStore(database: string, transport?: Transport): Promise<GitStore> {
  const backend = new IndexedDbBackend(database, changeHints(new BroadcastChannel(database)))
  const { locks } = navigator
  return await LocalGitStore.open({
    backend,
    tidyAfter: TIDY_AFTER,
    ...(transport === undefined ? {} : { transport }),
    locks: {
      request: async (name, options, callback) => await locks.request(`${database}/${name}`, options, callback),
    },
  })
}
