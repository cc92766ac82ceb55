import { refNameProblem } from '../refs/index.ts'
import type { GitStore, RefEntry, Staged } from '../../git/index.ts'
import type { KnownRepository } from '../types.ts'

/** What is asked of a repository that is here. */
export interface HeldRepository {
  token: string
  name: string
  /** Full name. */
  head: string | null
  refs: RefEntry[]
}

/**
 * The repository that `staged` is one more copy of: its default branch's newest commit is in what was staged, or the other
 * way round. Histories that share only their beginning are two. Of several the one called `name` counts, then the first.
 */
export async function findKnown(
  store: GitStore,
  held: HeldRepository[],
  staged: Staged,
  name: string,
): Promise<KnownRepository | null> {
  const tip = tipOf(staged)
  if (tip === undefined) return null
  const called = [...held].sort((a, b) => Number(b.name === name) - Number(a.name === name))
  for (const repository of called) {
    const its = tipOf(repository)
    if (its === undefined) continue
    const refs = staged.refs.filter((ref) => refNameProblem(ref.name) == null)
    const [[newer = false] = [], here] = await Promise.all([
      store.hasStaged(staged.staging, [its]),
      store.has(repository.token, [tip, ...refs.map(({ oid }) => oid)]),
    ])
    const older = here.shift() ?? false
    if (!newer && !older) continue
    const names = new Set(repository.refs.map((ref) => ref.name))
    const news = refs.filter((ref, n) => here[n] !== true || !names.has(ref.name))
    return { token: repository.token, news: news.map((ref) => ref.name.replace(/^refs\/(heads|tags)\//, '')) }
  }
  return null
}

/** Where the default branch is; of a source without one, its first branch. */
function tipOf({ head, refs }: Pick<HeldRepository, 'head' | 'refs'>): string | undefined {
  const branches = refs.filter(({ name }) => name.startsWith('refs/heads/'))
  return (branches.find(({ name }) => name === head) ?? branches[0])?.oid
}
