import type { Oid } from '../../git/index.ts'
import { compareBytes } from '../document/digest.ts'
import type { WriterRefs } from './canonical.ts'
import { DELETED, type SignedRef } from './list.ts'

/** What the delegates' writers say about one ref, after each replaced what it replaced. */
export interface RefVotes {
  /** Each value that still stands, with the identities that have it. */
  values: Map<Oid, Set<string>>
  deletedBy: Set<string>
}

interface Vote {
  identity: string
  oid: Oid | null
  replaces: Oid[]
}

/** The votes on every ref, bytewise ascending by name. */
export function liveVotes(writers: WriterRefs[], threshold: number): Array<[string, RefVotes]> {
  const byName = new Map<string, Vote[]>()
  for (const { identity, refs } of writers) {
    for (const ref of refs) {
      const votes = byName.get(ref.name) ?? []
      votes.push(voteOf(identity, ref))
      byName.set(ref.name, votes)
    }
  }
  return sortedByName(byName).map(([name, votes]) => [name, standing(votes, threshold)])
}

function voteOf(identity: string, { oid, replaces }: SignedRef): Vote {
  return { identity, oid, replaces }
}

function standing(votes: Vote[], threshold: number): RefVotes {
  const deletedBy = new Set(votes.filter(({ oid }) => oid == null).map(({ identity }) => identity))
  const valued = votes.filter((vote): vote is Vote & { oid: Oid } => vote.oid != null)
  const live = valued.filter((vote) => !isReplaced(vote, votes, threshold))
  // Moves that replaced each other in a ring would leave nothing of a branch that nobody deleted: then all of them stand.
  const kept = live.length === 0 && deletedBy.size === 0 ? valued : live
  const values = new Map<Oid, Set<string>>()
  for (const { oid, identity } of kept) values.set(oid, (values.get(oid) ?? new Set()).add(identity))
  return { values, deletedBy }
}

/** Another writer of the same identity may replace a value, or as many delegates as it takes to move the branch. */
function isReplaced(vote: Vote & { oid: Oid }, votes: Vote[], threshold: number): boolean {
  const replacing = votes.filter((other) => other !== vote && replaces(other, vote))
  if (replacing.some(({ identity }) => identity === vote.identity)) return true
  return new Set(replacing.map(({ identity }) => identity)).size >= threshold
}

function replaces(other: Vote, vote: Vote & { oid: Oid }): boolean {
  if (other.oid === vote.oid || !other.replaces.includes(vote.oid)) return false
  // Two that replace each other are two versions: neither is known to have come later.
  return !vote.replaces.includes(other.oid ?? DELETED)
}

function sortedByName<T>(byName: Map<string, T>): Array<[string, T]> {
  const encoder = new TextEncoder()
  return [...byName]
    .map(([name, value]) => ({ name, value, bytes: encoder.encode(name) }))
    .sort((a, b) => compareBytes(a.bytes, b.bytes))
    .map(({ name, value }) => [name, value])
}
