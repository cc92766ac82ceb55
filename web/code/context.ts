import type { GitStore } from '../../src/git/index.ts'
import type { RepositoryState, RepoSync } from '../../src/sync/index.ts'
import type { CodeRoute } from '../router/index.ts'

/** What every reading view is given. */
export interface CodeProps {
  token: string
  repository: RepositoryState
  store: GitStore
  sync: RepoSync
  /** Who commits: the name is self-claimed, the id is the identity's. */
  identity: { id: string; name: string }
  navigate: (route: CodeRoute) => void
}
