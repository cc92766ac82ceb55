import type { RepositoryState } from '../../src/sync/index.ts'
import { formatOwner } from '../ui/format.ts'
import { namesOf } from './names.ts'

export type BranchVersions = RepositoryState['divergences'][number]

export interface Version {
  oid: string
  /** `Ana's`; with the commit behind it where two would be called the same. */
  label: string
}

/** The versions of a branch as people tell them apart. */
export function labelVersions(repository: RepositoryState, { versions }: BranchVersions): Version[] {
  const owners = versions.map(({ by }) => formatOwner(namesOf(repository, by)))
  return versions.map(({ oid }, i) => {
    const owner = owners[i] ?? ''
    const isTaken = owners.filter((other) => other === owner).length > 1
    return { oid, label: isTaken ? `${owner} (${oid.slice(0, 7)})` : owner }
  })
}

/** The branch that both commits are versions of. */
export function versionsOf(repository: RepositoryState, a: string, b: string): BranchVersions | undefined {
  return repository.divergences.find(({ versions }) =>
    [a, b].every((oid) => versions.some((version) => version.oid === oid)),
  )
}

/** The version that a page of the branch shows, and another one to merge it with. */
export function pairOf(repository: RepositoryState, { ref, versions }: BranchVersions): { base: string; head: string } {
  const shown = repository.refs.find(({ name }) => name === ref)?.oid
  const base = versions.find(({ oid }) => oid === shown) ?? versions[0]
  const head = versions.find(({ oid }) => oid !== base?.oid)
  return { base: base?.oid ?? '', head: head?.oid ?? '' }
}
