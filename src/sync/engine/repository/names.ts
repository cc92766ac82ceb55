import { trimName } from '../../../peer/index.ts'
import type { Candidate } from './intake.ts'
import type { RepositoryRecord } from './record.ts'

/** A name that an identity is proven to have given itself. */
export interface ClaimedName {
  id: string
  name: string
  /** Unix milliseconds. */
  signedAt: number
}

export interface NameSources {
  record: RepositoryRecord | undefined
  /** Verified headers whose objects are not here yet. */
  candidates: Iterable<Candidate>
  /** From the attestations of peers, and of this one. */
  attested: Iterable<ClaimedName>
}

/**
 * What the people of a repository call themselves, by identity: whatever they signed last, a header or an attestation, and
 * what the document calls its maintainers where they have signed nothing yet. Who has no name is not in it. A header's
 * sequence is about the time of its signing, and unlike the time that it claims it is bounded.
 */
export function newestNames({ record, candidates, attested }: NameSources): Map<string, string> {
  const newest = new Map<string, ClaimedName>()
  const claim = (claimed: ClaimedName): void => {
    const name = trimName(claimed.name)
    const before = newest.get(claimed.id)
    if (name !== '' && (before == null || before.signedAt <= claimed.signedAt))
      newest.set(claimed.id, { ...claimed, name })
  }
  const document = record?.chain?.current.document
  document?.delegates.forEach((id, n) => claim({ id, name: document.delegateNames[n] ?? '', signedAt: -Infinity }))
  for (const { header } of [...(record?.held.values() ?? []), ...candidates]) {
    claim({ id: header.identity, name: header.name, signedAt: header.sequence })
  }
  for (const claimed of attested) claim(claimed)
  return new Map([...newest].map(([id, { name }]) => [id, name]))
}

/** How somebody without a name is called: the beginning of the key, in groups. */
export function shortKey(identity: string): string {
  return (identity.slice(0, 16).match(/.{1,4}/g) ?? []).join(' ')
}
