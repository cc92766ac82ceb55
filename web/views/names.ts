import type { RepositoryState } from '../../src/sync/index.ts'
import { formatFingerprint, formatNames } from '../ui/format.ts'

type Named = Pick<RepositoryState, 'names'>

/** What `identities` call themselves now; the key where no name is known. */
export function namesOf(repository: Named, identities: string[]): string {
  return formatNames(identities.map((identity) => nameOfIdentity(repository, identity)))
}

export function nameOfIdentity({ names }: Named, identity: string): string {
  return names[identity] ?? formatFingerprint(identity)
}
