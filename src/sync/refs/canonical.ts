import type { Oid, RefEntry } from '../../git/index.ts'
import type { RepositoryDocument } from '../types.ts'
import { MAX_REFS, prefixes, type SignedRef } from './list.ts'
import { liveVotes, type RefVotes } from './votes.ts'

/** The refs of one writer, from a header that was accepted and whose objects are here. */
export interface WriterRefs {
  identity: string
  writer: string
  sequence: number
  refs: SignedRef[]
  head: string | null
}

export interface Divergence {
  ref: string
  /** Every version that no other one contains, with the identities that signed it. */
  versions: Array<{ oid: Oid; by: string[] }>
}

export interface CanonicalRefs {
  /** Sorted bytewise by name. */
  refs: RefEntry[]
  /** Full name of the branch that HEAD names; null where it does not exist. */
  head: string | null
  divergences: Divergence[]
  /** Names that cannot exist beside another (`a` and `a/b`): left out until one of them goes. */
  blocked: string[]
  /** Names beyond `MAX_REFS`, which one writer's list has no more of, but several together may: left out too. */
  beyond: string[]
}

export interface CanonicalInput {
  /** The document that counts. */
  document: Pick<RepositoryDocument, 'delegates' | 'threshold' | 'defaultBranch'>
  /** One for each writer, without those that signed two headers with one sequence. */
  signedRefs: WriterRefs[]
  /** What the canonical refs are here now: a branch that has versions stays where it is. */
  current: RefEntry[]
  /** Those of `oids` (commits that are here) that no other of them reaches. */
  independent: (oids: Oid[]) => Promise<Oid[]>
}

/** What the repository's branches and tags are: PROTOCOL.md, "Canonical refs". */
export async function canonicalRefs(input: CanonicalInput): Promise<CanonicalRefs> {
  const { delegates, threshold } = input.document
  const writers = input.signedRefs.filter(({ identity }) => delegates.includes(identity))
  const current = new Map(input.current.map(({ name, oid }) => [name, oid]))
  const refs: RefEntry[] = []
  const divergences: Divergence[] = []
  for (const [name, votes] of liveVotes(writers, threshold)) {
    const decided = await decide(name, votes, current.get(name) ?? null, input)
    if (decided.oid != null) refs.push({ name, oid: decided.oid })
    if (decided.versions.length > 0) divergences.push({ ref: name, versions: decided.versions })
  }
  const { defaultBranch } = input.document
  const { kept, blocked } = withoutConflicts(refs, current)
  const within = withinLimit(kept, current, defaultBranch)
  return {
    refs: within.kept,
    head: headOf(within.kept, writers, defaultBranch),
    divergences,
    blocked,
    beyond: within.beyond,
  }
}

/** At most `MAX_REFS`: the default branch, those that exist, then those whose names come first. Keeps their order. */
export function withinLimit(
  refs: RefEntry[],
  current: ReadonlyMap<string, Oid>,
  defaultBranch: string,
): { kept: RefEntry[]; beyond: string[] } {
  if (refs.length <= MAX_REFS) return { kept: refs, beyond: [] }
  const rank = ({ name }: RefEntry): number => (name === `refs/heads/${defaultBranch}` ? 0 : current.has(name) ? 1 : 2)
  const chosen = new Set([...refs].sort((a, b) => rank(a) - rank(b)).slice(0, MAX_REFS))
  const beyond = refs.filter((ref) => !chosen.has(ref)).map(({ name }) => name)
  return { kept: refs.filter((ref) => chosen.has(ref)), beyond }
}

interface Decision {
  oid: Oid | null
  versions: Divergence['versions']
}

async function decide(name: string, votes: RefVotes, current: Oid | null, input: CanonicalInput): Promise<Decision> {
  const { threshold } = input.document
  const values = [...votes.values.keys()].sort()
  if (values.length === 0) {
    // With a threshold above one, a branch goes when that many delegates delete it, not when they fall silent.
    const stays = threshold > 1 && votes.deletedBy.size < threshold
    return { oid: stays ? current : null, versions: [] }
  }
  const graph = name.startsWith('refs/heads/') ? commitGraph(input.independent) : tagGraph
  const tips = await graph.independent(values)
  const versions = tips.map((oid) => ({ oid, by: [...(votes.values.get(oid) ?? [])].sort() }))
  const candidates = threshold > 1 && current != null ? [...new Set([...values, current])].sort() : values
  const agreed = await agreedAmong(candidates, votes, threshold, graph)
  const best = await graph.independent(agreed)
  const [only] = best
  if (only != null && best.length === 1) return { oid: only, versions: versions.length > 1 ? versions : [] }
  if (best.length > 1) return { oid: await preferred(best, votes, current, graph), versions }
  return { oid: votes.deletedBy.size < threshold ? current : null, versions }
}

interface Graph {
  independent(oids: Oid[]): Promise<Oid[]>
  /** Is `a` the same as `b`, or reached by it? */
  contains(b: Oid, a: Oid): Promise<boolean>
}

function commitGraph(independent: CanonicalInput['independent']): Graph {
  return {
    independent: async (oids) => (oids.length < 2 ? oids : independent(oids)),
    contains: async (b, a) => a === b || !(await independent([a, b])).includes(a),
  }
}

/** A tag does not follow anything: another object is another tag. */
const tagGraph: Graph = { independent: async (oids) => oids, contains: async (b, a) => a === b }

/** Those that `threshold` delegates have, each at it or at something that contains it. */
async function agreedAmong(candidates: Oid[], votes: RefVotes, threshold: number, graph: Graph): Promise<Oid[]> {
  if (threshold === 1) return candidates
  const agreed: Oid[] = []
  for (const candidate of candidates) {
    const supporters = new Set<string>()
    for (const [oid, identities] of votes.values) {
      if (await graph.contains(oid, candidate)) for (const identity of identities) supporters.add(identity)
    }
    if (supporters.size >= threshold) agreed.push(candidate)
  }
  return agreed
}

/**
 * Which of several versions the branch names until they are merged: the one that is here or goes on from it, so that
 * nobody's page changes sides, else the same everywhere.
 */
async function preferred(best: Oid[], votes: RefVotes, current: Oid | null, graph: Graph): Promise<Oid | null> {
  const onward: Oid[] = []
  if (current != null) for (const oid of best) if (await graph.contains(oid, current)) onward.push(oid)
  const supporters = (oid: Oid): number => votes.values.get(oid)?.size ?? 0
  const among = onward.length > 0 ? onward : [...best]
  return among.sort((a, b) => supporters(b) - supporters(a) || (a < b ? -1 : 1))[0] ?? null
}

function withoutConflicts(refs: RefEntry[], current: Map<string, Oid>): { kept: RefEntry[]; blocked: string[] } {
  // Those that exist come first, so that a new name cannot push out an old one.
  const ordered = [...refs].sort((a, b) => Number(current.has(b.name)) - Number(current.has(a.name)))
  const taken = new Set<string>()
  const directories = new Set<string>()
  const blocked: string[] = []
  const kept = ordered.filter(({ name }) => {
    const above = prefixes(name)
    if (directories.has(name) || above.some((prefix) => taken.has(prefix))) {
      blocked.push(name)
      return false
    }
    taken.add(name)
    for (const prefix of above) directories.add(prefix)
    return true
  })
  const names = new Set(kept.map(({ name }) => name))
  return { kept: refs.filter(({ name }) => names.has(name)), blocked }
}

function headOf(refs: RefEntry[], writers: WriterRefs[], defaultBranch: string): string | null {
  const names = new Set(refs.map(({ name }) => name))
  const signed = [...writers].sort((a, b) => b.sequence - a.sequence).map(({ head }) => head)
  return [`refs/heads/${defaultBranch}`, ...signed].find((head) => head != null && names.has(head)) ?? null
}
