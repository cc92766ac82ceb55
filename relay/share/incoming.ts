import type { RepositoryState } from '../../src/sync/index.ts'

/** A commit that tabs made in the shared copy and that the folder on disk does not have. */
export interface Incoming {
  /** Full name of the branch. */
  ref: string
  oid: string
  /** The folder has commits beside it: the branch has two versions until somebody merges them. */
  beside: boolean
}

/** What the branches of the copy have over the source's: `refs` is what the source had when it was published last. */
export async function incomingOf(
  { refs: copied, divergences }: Pick<RepositoryState, 'refs' | 'divergences'>,
  refs: Record<string, string>,
  isAncestor: (ancestor: string, descendant: string) => Promise<boolean>,
): Promise<Incoming[]> {
  const found: Incoming[] = []
  for (const { name: ref, oid } of copied) {
    if (!ref.startsWith('refs/heads/')) continue
    const source = refs[ref]
    const versions = divergences.find((divergence) => divergence.ref === ref)?.versions.map((version) => version.oid)
    for (const version of versions ?? [oid]) {
      // A branch that only tabs have is theirs; one that the source deleted, too.
      if (source === undefined || (await isAncestor(version, source))) continue
      found.push({ ref, oid: version, beside: !(await isAncestor(source, version)) })
    }
  }
  return found
}
