import { isOid } from '../object/index.ts'
import type { Oid, RefEntry } from '../types.ts'
import { AmbiguousRevisionError, NotHereYetError } from './errors.ts'
import type { Reader } from './reader.ts'
import type { ResolvedRevision } from './types.ts'
import type { ViewSource } from './views.ts'

/** git's order for short names (gitrevisions(7)): a tag wins over a branch of the same name. */
const PREFIXES = ['', 'refs/', 'refs/tags/', 'refs/heads/']
const MIN_ABBREVIATION = 4

/** What `revision` names, or null. Rejects with `AmbiguousRevisionError` where digits fit several commits. */
export async function resolve(source: ViewSource, reader: Reader, revision: string): Promise<ResolvedRevision | null> {
  if (isOid(revision)) {
    if (await reader.objects.has(revision)) return await resolved(reader, revision, null)
    if (reader.partial) throw new NotHereYetError(revision, 'commit')
    return null
  }
  const ref = findRef(source, revision)
  if (ref !== null) return await resolved(reader, ref.oid, ref.name)
  const prefix = revision.toLowerCase()
  if (prefix.length < MIN_ABBREVIATION || !/^[0-9a-f]{1,40}$/.test(prefix)) return null
  const oid = await choose(reader, revision, await source.expand(prefix))
  return oid === null ? null : await resolved(reader, oid, null)
}

function findRef({ refs, head }: ViewSource, name: string): RefEntry | null {
  const wanted = name === 'HEAD' ? head : name
  if (wanted === null) return null
  for (const prefix of PREFIXES) {
    const ref = refs.find((ref) => ref.name === prefix + wanted)
    if (ref !== undefined) return ref
  }
  return null
}

/** Of several objects the only commit, or tag of one, as git does where it looks for a commit. */
async function choose(reader: Reader, revision: string, candidates: Oid[]): Promise<Oid | null> {
  const [only, ...others] = candidates
  if (only === undefined) return null
  if (others.length === 0) return only
  const commits: Oid[] = []
  for (const oid of candidates) {
    const info = await reader.objects.info(oid)
    if (info?.type === 'commit' || (info?.type === 'tag' && (await commitOf(reader, oid)) !== null)) commits.push(oid)
  }
  const [commit, ...more] = commits
  if (commit === undefined || more.length > 0) throw new AmbiguousRevisionError(revision, candidates.slice(0, 10))
  return commit
}

async function resolved(reader: Reader, oid: Oid, ref: string | null): Promise<ResolvedRevision> {
  return { oid, commit: await commitOf(reader, oid), ref }
}

async function commitOf(reader: Reader, oid: Oid): Promise<Oid | null> {
  const info = await reader.objects.info(oid)
  if (info?.type === 'commit') return oid
  if (info?.type !== 'tag') return null
  const peeled = await reader.peel(oid)
  return peeled.object.type === 'commit' ? peeled.oid : null
}
