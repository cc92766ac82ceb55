import type { RepositoryState } from '../../src/sync/index.ts'
import { hasCopy } from './pill.ts'

/** Code of it can be looked at, though it is not here as a whole. */
export function isArriving(state: RepositoryState): boolean {
  return state.preview !== null && !hasCopy(state)
}

/** What the views show: the copy, or while it arrives what its branches and tags are said to be. */
export function shownOf(state: RepositoryState): RepositoryState {
  const { preview } = state
  if (preview === null || hasCopy(state)) return state
  return { ...state, head: preview.head, refs: preview.refs }
}
