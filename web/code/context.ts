import type { RepositoryState, RepoSync } from '../../src/sync/index.ts'
import type { CodeRoute } from '../router/index.ts'
import type { ReadingStore } from './arriving/reading-store.ts'

/** What every reading view is given. */
export interface CodeProps {
  token: string
  /** While it arrives, with the refs that it is said to have. */
  repository: RepositoryState
  store: ReadingStore
  /** Whom the rest of it comes from, in words; null once it is here. */
  arriving: string | null
  sync: RepoSync
  /** Who commits: the name is self-claimed, the id is the identity's. */
  identity: { id: string; name: string }
  navigate: (route: CodeRoute) => void
}
