import { MemoryBackend } from './backend/memory.ts'
import type { GitStore } from './store/git-store.ts'
import { LocalGitStore } from './store/local-git-store.ts'
import { ProcessLocks } from './store/locks.ts'

export { MemoryBackend } from './backend/memory.ts'
/** Of packs that no honest store would make. */
export {
  buildManifest,
  chunkLength,
  decodeManifest,
  encodeManifest,
  INDEX_LIMITS,
  indexPackBytes,
  MemoryPack,
  packIdOf,
  type Manifest,
} from './pack/index.ts'

/**
 * A store in memory, for tests of what builds on one: the real `GitStore` over a backend without disk. Given a backend, it
 * opens what an earlier store left there.
 */
export async function openMemoryGitStore(backend: MemoryBackend = new MemoryBackend()): Promise<GitStore> {
  return await LocalGitStore.open({ backend, locks: new ProcessLocks() })
}
