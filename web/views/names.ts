import type { RepositoryDocument } from '../../src/sync/index.ts'
import { formatFingerprint, formatNames } from '../ui/format.ts'

/** What the maintainers `identities` call themselves; the key where no name is known. */
export function namesOf(document: RepositoryDocument | null, identities: string[]): string {
  return formatNames(identities.map((identity) => nameOfIdentity(document, identity)))
}

export function nameOfIdentity(document: RepositoryDocument | null, identity: string): string {
  const at = document?.delegates.indexOf(identity) ?? -1
  return document?.delegateNames[at] || formatFingerprint(identity)
}
