import type { GitStore } from '../../src/git/index.ts'
import { type CodeRoute, formatRoute } from '../router/index.ts'
import { anchorOf, withAnchor } from './markdown/anchor.ts'

/** True for an error that says that nothing is at a path, or something of another kind. */
export function isPathNotFound(error: unknown): boolean {
  return error instanceof Error && error.name === 'PathNotFoundError'
}

/**
 * Puts the right address in place of one that took a folder for a file or the other way round, as links in Markdown do,
 * which do not say which they mean. False where there is neither.
 */
export async function goToOtherKind(
  store: GitStore,
  commit: string,
  route: CodeRoute & { view: 'tree' | 'blob' },
): Promise<boolean> {
  const { view, token, path } = route
  const ref = route.ref ?? commit
  try {
    if (view === 'blob') await store.tree(token, commit, path)
    else await store.blob(token, commit, path, { maxBytes: 0 })
  } catch (error) {
    if (isPathNotFound(error)) return false
    throw error
  }
  const other: CodeRoute =
    view === 'blob' ? { view: 'tree', token, ref, path } : { view: 'blob', token, ref, path, lines: null }
  location.replace(withAnchor(formatRoute(other), anchorOf(location.hash)))
  return true
}

/** For an answer that nobody waits for any more: the address has changed, and with it the view. */
export async function leaving(): Promise<never> {
  return await new Promise<never>(() => undefined)
}
