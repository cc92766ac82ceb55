import { commitBytes, stageCommit } from '../import/commit-files.ts'
import { MissingSourceObjectError } from '../import/errors.ts'
import { MadeObjects } from '../import/made-objects.ts'
import { writeRoot } from '../import/tree-draft.ts'
import type { Imported, ImportTarget } from '../import/types.ts'
import type { CallOptions, Oid } from '../types.ts'
import { MergeRequestError } from './errors.ts'
import { conflictViews, mergeCommits } from './merge.ts'
import { resolveConflicts } from './resolve.ts'
import type { MergeRequest } from './types.ts'

/** Merges, resolves, and stages a commit with both parents: see `GitStore.stageMerge`. */
export async function commitMerge(
  target: ImportTarget,
  request: MergeRequest,
  options: CallOptions = {},
): Promise<Imported & { commit: Oid }> {
  const { ref, ours, theirs, resolutions, author, message } = request
  if (target.objects === null) throw new MissingSourceObjectError(ours, 'a merge')
  const merge = await mergeCommits(target.objects, ours, theirs, { ...options, always: true })
  if (merge.kind === 'up-to-date')
    throw new MergeRequestError('That version is part of this one already, so there is nothing to merge.')
  const made = new MadeObjects(target.objects)
  const { decided, reader, made: merged } = merge
  const shown = conflictViews(decided.conflicts).map(({ path }) => path)
  const tree = async (oid: Oid) => await reader.tree(oid)
  const root = await resolveConflicts(decided, shown, resolutions, made, tree)
  // Of what was merged in memory, what is still in the tree.
  const keep = async (oid: Oid) => {
    const object = await merged.read(oid)
    if (object !== null) await made.add(object.type, object.bytes)
  }
  const oid = await writeRoot(root, made, keep)
  const commit = await made.add('commit', commitBytes(oid, [ours, theirs], author, message))
  return await stageCommit(target, made, commit, ref, options)
}
