import { toBase64url, type DocumentChain } from '../../document/index.ts'
import { moveRefs, nextSequence, signRefs, type RefMove } from '../../refs/index.ts'
import { writerKey, writerRefs, type HeldRefs, type RepositoryRecord } from './record.ts'
import type { Independent } from './apply.ts'
import type { GitStore, Oid } from '../../../git/index.ts'
import type { Identity } from '../../../peer/index.ts'

export interface Author {
  identity: Identity
  /** 16 bytes: one value for each storage. */
  writer: Uint8Array
}

export interface OwnChange {
  digest: Uint8Array
  moves: RefMove[]
  /** Full name; undefined: as it was. */
  head?: string | null
  independent: Independent
  /** Unix milliseconds. */
  now: number
}

export function ownKey({ identity, writer }: Author): string {
  return writerKey(identity.id, toBase64url(writer))
}

/** Signs this writer's next refs: before the transaction that they go into, and announced only after it. */
export async function signOwn(
  author: Author,
  record: RepositoryRecord,
  chain: DocumentChain,
  change: OwnChange,
): Promise<HeldRefs> {
  const key = ownKey(author)
  const own = record.held.get(key)
  const others = [...record.held]
    .filter(([other]) => other !== key)
    .map(([, { header, refs }]) => writerRefs(header, refs))
  const refs = await moveRefs({
    document: chain.current.document,
    own: own?.refs ?? [],
    others,
    moves: change.moves,
    independent: change.independent,
  })
  const { header, list } = await signRefs(
    {
      repository: change.digest,
      document: chain.current.hash,
      writer: author.writer,
      sequence: nextSequence(record.rows.get(key)?.highestSeen ?? null, change.now),
      previous: own?.header.hash ?? new Uint8Array(0),
      time: change.now,
      name: author.identity.name,
      refs,
      head: change.head === undefined ? (own?.header.head ?? record.stored.head) : change.head,
    },
    author.identity.key,
  )
  return { header, refs, list }
}

/** `independent` for a graph that will have `commit`, with these parents, once it is admitted. */
export function withCommit(store: GitStore, token: string, commit: Oid, parents: Oid[]): Independent {
  const independent: Independent = (oids) => store.independent(token, oids)
  // The new commit reaches its parents and all that they reach.
  const isReached = async (oid: Oid): Promise<boolean> => {
    for (const parent of parents) {
      if (oid === parent || !(await independent([oid, parent])).includes(oid)) return true
    }
    return false
  }
  return async (oids) => {
    if (!oids.includes(commit)) return independent(oids)
    const others = oids.filter((oid) => oid !== commit)
    const standing = others.length < 2 ? others : await independent(others)
    const kept = new Set<Oid>([commit])
    for (const oid of standing) if (!(await isReached(oid))) kept.add(oid)
    return oids.filter((oid) => kept.has(oid))
  }
}
