import type { ObjectSource } from '../pack/types.ts'
import type { CallOptions, Oid, RefEntry, RepositoryKey } from '../types.ts'
import { summaryOf, viewOf } from './commits.ts'
import { diffTrees } from './diff.ts'
import { blobView, treeView } from './files.ts'
import { lastCommits } from './last-commits.ts'
import { LogPages } from './log-pages.ts'
import { Reader } from './reader.ts'
import { resolve } from './resolve.ts'
import { Steps } from './steps.ts'
import type { CommitSummary, GitViews, ReadOptions } from './types.ts'

/** What the views need of a repository. */
export interface ViewSource {
  /** Its closed set. As long as it is the same object, what was read from it is remembered. */
  objects: ObjectSource
  /** Objects that are not in it may come yet: `NotHereYetError`. */
  partial?: boolean
  refs: RefEntry[]
  /** Symbolic target of HEAD. */
  head: string | null
  /** Ids of objects in the set that begin with `prefix` (4 to 40 lowercase digits); a few suffice. */
  expand(prefix: string): Promise<Oid[]>
}

/** The views over repositories that `open` finds, with partial objects if told to; it rejects where there is none of that id. */
export function createViews(open: (id: RepositoryKey, partial: boolean) => Promise<ViewSource>): GitViews {
  const readers = new WeakMap<ObjectSource, { reader: Reader; pages: LogPages }>()
  const openReader = async (
    id: RepositoryKey,
    options: ReadOptions = {},
  ): Promise<{ source: ViewSource; reader: Reader; pages: LogPages }> => {
    const source = await open(id, options.partial === true)
    let known = readers.get(source.objects)
    if (known === undefined) {
      const reader = new Reader(source.objects, source.partial)
      known = { reader, pages: new LogPages(reader) }
      readers.set(source.objects, known)
    }
    return { source, ...known }
  }
  return {
    async resolve(id, revision, options) {
      const { source, reader } = await openReader(id, options)
      return await resolve(source, reader, revision)
    },
    async tree(id, commit, path, options) {
      const { reader } = await openReader(id, options)
      return await treeView(reader, await reader.rootTree(commit), path)
    },
    async lastCommits(id, commit, path, options) {
      const { reader } = await openReader(id)
      const found = await lastCommits(reader, commit, path, options)
      const summaries = new Map<Oid, CommitSummary>()
      for (const oid of new Set(found.values())) summaries.set(oid, summaryOf(oid, await reader.commit(oid)))
      // No prototype: a file may be called `__proto__`.
      const answer = Object.create(null) as Record<string, CommitSummary>
      for (const [name, oid] of found) answer[name] = summaries.get(oid) as CommitSummary
      return answer
    },
    async blob(id, commit, path, options) {
      const { reader } = await openReader(id, options)
      return await blobView(reader, await reader.rootTree(commit), path, options?.maxBytes)
    },
    async log(id, commit, options = {}) {
      const { pages } = await openReader(id)
      return await pages.page(commit, options)
    },
    async commit(id, oid, options) {
      const { reader } = await openReader(id, options)
      return viewOf(oid, await reader.commit(oid))
    },
    async diff(id, from, to, options) {
      const { reader } = await openReader(id)
      const before = from === null ? null : await reader.rootTree(from)
      return await diffTrees(reader, before, await reader.rootTree(to), options)
    },
    async countCommits(id, commit, options) {
      const { reader } = await openReader(id)
      return await countCommits(reader, commit, options)
    },
  }
}

async function countCommits(reader: Reader, start: Oid, options: CallOptions = {}): Promise<number> {
  const seen = new Set([start])
  const waiting = [start]
  const steps = new Steps(options)
  for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
    if (steps.due) await steps.next(seen.size)
    const { parents } = await reader.node(oid)
    for (const parent of parents) {
      if (seen.has(parent)) continue
      seen.add(parent)
      waiting.push(parent)
    }
  }
  return seen.size
}
