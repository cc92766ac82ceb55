import { asError } from './bytes.ts'
import { refNameProblem } from '../refs/index.ts'
import { stageSource, type CreateContext } from './create.ts'
import type { GitStore, RefEntry } from '../../git/index.ts'
import type { ImportOptions, ImportSource, RepositoryState, UpdateOutcome } from '../types.ts'

export interface UpdateTarget {
  token: string
  state: () => Pick<RepositoryState, 'refs' | 'divergences'>
  publish: (update: { refs: RefEntry[]; admit: string[] }) => Promise<void>
}

/** Stages the source for a repository that is here, and publishes of it what only adds: see `RepoSync.update`. */
export async function updateRepository(
  context: CreateContext,
  { token, state, publish }: UpdateTarget,
  source: ImportSource,
  options: ImportOptions = {},
): Promise<UpdateOutcome> {
  const { store } = context
  const staged = await stageSource(context, token, source, options)
  let admitted = false
  try {
    options.signal?.throwIfAborted()
    const { refs, divergences } = state()
    const before = new Map(refs.map(({ name, oid }) => [name, oid]))
    // Versions are merged by people.
    const versions = new Set(divergences.map(({ ref }) => ref))
    const changed = staged.refs.filter(({ name, oid }) => before.get(name) !== oid && refNameProblem(name) == null)
    if (changed.length > 0) {
      // The graph is asked about what came: it must be here for that.
      await store.transact({ repository: token, admit: [staged.staging] })
      admitted = true
    }
    const moves: RefEntry[] = []
    const left: string[] = []
    for (const ref of changed) {
      const adds = !versions.has(ref.name) && (await onlyAdds(store, token, ref, before.get(ref.name)))
      if (adds) moves.push(ref)
      else if (!(await isBehind(store, token, ref, before.get(ref.name)))) left.push(ref.name)
    }
    options.signal?.throwIfAborted()
    if (moves.length > 0) {
      options.onProgress?.({ phase: 'sign', speed: 0 })
      await publish({ refs: moves, admit: [] })
    }
    return { moved: moves.map(({ name }) => name), left }
  } catch (error) {
    throw asError(error)
  } finally {
    if (!admitted) await store.discard(staged.staging)
  }
}

async function onlyAdds(store: GitStore, token: string, { name, oid }: RefEntry, from?: string): Promise<boolean> {
  if (from === undefined) return true
  // A tag stays what it was: people rely on that.
  return name.startsWith('refs/heads/') && (await store.isAncestor(token, from, oid))
}

/** The source has an older state of the branch: nothing is left out. */
async function isBehind(store: GitStore, token: string, { name, oid }: RefEntry, from?: string): Promise<boolean> {
  return from !== undefined && name.startsWith('refs/heads/') && (await store.isAncestor(token, oid, from))
}
