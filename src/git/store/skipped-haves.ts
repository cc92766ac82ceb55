import { MissingObjectError } from '../errors.ts'
import { parseCommit, parseTag } from '../object/index.ts'
import { Slices } from '../pack/pause.ts'
import type { ObjectSource } from '../pack/types.ts'
import type { Oid } from '../types.ts'
import { Heap } from '../view/heap.ts'

/** Commits that are looked at: from there on the rest of the history is as good as unknown to the other side. */
const MAX_WALKED = 200_000

interface Waiting {
  oid: Oid
  parents: Oid[]
  time: number
  /** Commits that are skipped before the next one is named, and how many were when it was last decided. */
  left: number
  span: number
}

/**
 * What to name of some histories to somebody who knows part of them: their tips, and behind these ever fewer commits, each
 * half as far again as the one before (as git's skipping negotiator), and the first ones. So it takes few names to find a
 * commit that both have, and what is sent again because it was skipped is at most about half of what is missing. Newest
 * first, at most `most`; tips that are not here are left out.
 */
export async function skippedHaves(
  objects: ObjectSource,
  tips: readonly Oid[],
  most: number,
  signal?: AbortSignal,
): Promise<Oid[]> {
  const known = new Map<Oid, Waiting>()
  const queue = new Heap<Waiting>()
  const slices = new Slices(signal)
  const push = async (oid: Oid, left: number, span: number) => {
    const here = known.get(oid)
    if (here !== undefined) {
      // Of two ways to a commit the one counts by which it is named sooner.
      if (left < here.left) [here.left, here.span] = [left, span]
      return
    }
    const object = await objects.read(oid)
    if (object?.type !== 'commit') throw new MissingObjectError(oid)
    const { parents, committer } = parseCommit(object.bytes)
    const commit = { oid, parents, time: committer.time, left, span }
    known.set(oid, commit)
    queue.push(commit, commit.time)
  }
  for (const tip of tips) {
    const commit = await peeled(objects, tip)
    if (commit !== null) await push(commit, 0, 0)
  }
  const named: Oid[] = []
  for (let next = queue.pop(); next !== undefined && named.length < most; next = queue.pop()) {
    const isNamed = next.left === 0 || next.parents.length === 0
    if (isNamed) named.push(next.oid)
    if (known.size >= MAX_WALKED) continue
    const span = next.left === 0 ? Math.floor((next.span * 3) / 2) + 1 : next.span
    const left = next.left === 0 ? span : next.left - 1
    for (const parent of next.parents) await push(parent, left, span)
    if (slices.due) await slices.next()
  }
  return named
}

/** The commit that a ref's object is, or that its tag names; null for others, and for what is not here. */
async function peeled(objects: ObjectSource, tip: Oid): Promise<Oid | null> {
  for (let oid = tip; ;) {
    const object = await objects.read(oid)
    if (object?.type !== 'tag') return object?.type === 'commit' ? oid : null
    oid = parseTag(object.bytes).object
  }
}
