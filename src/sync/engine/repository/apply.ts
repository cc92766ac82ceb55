import { canonicalRefs, entriesOf, withinLimit, type CanonicalRefs, type Divergence } from '../../refs/index.ts'
import { NotMaintainerError } from '../../errors.ts'
import { encodeSettings, type RepositorySettings } from '../settings.ts'
import { newestNames, shortKey } from './names.ts'
import {
  countedRefs,
  equivocating,
  sharesDelegates,
  writerKey,
  writerRefs,
  type HeldRefs,
  type RepositoryRecord,
} from './record.ts'
import type { DocumentChain } from '../../document/index.ts'
import type { GitStore, Oid, RefEntry, SignedRefsRow, Transaction } from '../../../git/index.ts'

export type Independent = (oids: Oid[]) => Promise<Oid[]>

/** The graph was asked about a commit that is staged: admit it first. */
export class NotAdmittedError extends Error {
  static override readonly name = 'NotAdmittedError'
  override readonly name = 'NotAdmittedError'
}

/** What changes with one transaction. */
export interface Change {
  /** The repository is new. */
  create?: boolean
  /** Accepted headers whose objects are here or in `admit`. */
  headers: HeldRefs[]
  admit: string[]
  documents?: Uint8Array[]
  settings?: RepositorySettings
  /** Asked about commits; throws `NotAdmittedError` for staged ones. */
  independent: Independent
}

/** The canonical refs with `headers` in the place of what their writers had. */
export async function computeCanonical(
  record: RepositoryRecord,
  chain: DocumentChain,
  headers: HeldRefs[],
  independent: Independent,
): Promise<CanonicalRefs> {
  const held = new Map(record.held)
  for (const entry of headers) held.set(writerKey(entry.header.identity, entry.header.writer), entry)
  const twofold = equivocating({ ...record, held })
  const isTwofold = ({ header }: HeldRefs): boolean => twofold.has(writerKey(header.identity, header.writer))
  const counted = countedRefs({ chain, held })
  const frozen = new Set(counted.filter(isTwofold).flatMap(({ refs }) => refs.map(({ name }) => name)))
  const followed = counted.filter((entry) => !isTwofold(entry)).map(({ header, refs }) => writerRefs(header, refs))
  const current = record.stored.refs
  const canonical = await canonicalRefs({
    document: chain.current.document,
    signedRefs: followed,
    current,
    independent,
  })
  return frozen.size === 0 ? canonical : freeze(canonical, current, frozen, chain)
}

export interface Applied {
  canonical: CanonicalRefs
  /** The record as it is stored now; undefined where another tab changed something too: it must be read. */
  next: RepositoryRecord | undefined
}

/**
 * Signs, moves and admits in one compare-and-swap: all of it or nothing. Resolves to what is stored then. Rejects with
 * `NotMaintainerError` where somebody signed who is none by now: it would be stored, and count for nothing.
 */
export async function applyChange(
  store: GitStore,
  token: string,
  record: RepositoryRecord,
  chain: DocumentChain,
  change: Change,
): Promise<Applied> {
  const { delegates } = chain.current.document
  if (change.headers.some(({ header }) => !delegates.includes(header.identity))) {
    const names = newestNames({ record, candidates: [], attested: [] })
    throw new NotMaintainerError(
      'the branches',
      delegates.map((id) => names.get(id) ?? shortKey(id)),
    )
  }
  const canonical = await computeCanonical(record, chain, change.headers, change.independent)
  const transaction: Transaction = {
    repository: token,
    refs: refChanges(record.stored.refs, canonical.refs),
    head: canonical.head,
    signedRefs: change.headers.map((entry) => rowOf(record, entry)),
    admit: change.admit,
  }
  if (change.create === true) transaction.create = true
  if (change.documents != null) transaction.documents = change.documents
  if (!sharesDelegates(record, chain)) transaction.sharing = chain.current.document.delegates
  if (change.settings != null) transaction.settings = encodeSettings(change.settings)
  const old = new Map(record.stored.refs.map(({ name, oid }) => [name, oid]))
  transaction.expect = {
    refs: transaction.refs?.map(({ name }) => ({ name, oid: old.get(name) ?? null })),
    signedRefs: change.headers.map(({ header: { identity, writer } }) => ({
      identity,
      writer,
      highestSeen: record.rows.get(writerKey(identity, writer))?.highestSeen ?? null,
    })),
  }
  // Settings and documents are written as a whole: what another tab wrote meanwhile must not be lost.
  const whole = change.settings != null || change.documents != null
  if (whole && change.create !== true) transaction.expect.generation = record.stored.generation
  const { generation } = await store.transact(transaction)
  const alone = change.create !== true && generation === record.stored.generation + 1
  return {
    canonical,
    next: alone ? nextRecord(record, chain, transaction, { change, canonical, generation }) : undefined,
  }
}

function nextRecord(
  record: RepositoryRecord,
  chain: DocumentChain,
  { documents, settings, sharing, signedRefs = [] }: Transaction,
  { change, canonical, generation }: { change: Change; canonical: CanonicalRefs; generation: number },
): RepositoryRecord {
  const { refs, head } = canonical
  const stored = { ...record.stored, refs, head, generation, updatedAt: Date.now() }
  if (documents != null) stored.documents = documents
  if (settings != null) stored.settings = settings
  if (sharing != null) stored.sharing = sharing
  const rows = new Map(record.rows)
  for (const row of signedRefs) rows.set(writerKey(row.identity, row.writer), row)
  const held = new Map(record.held)
  for (const entry of change.headers) held.set(writerKey(entry.header.identity, entry.header.writer), entry)
  return { stored, chain, rows, held, settings: change.settings ?? record.settings }
}

function rowOf(record: RepositoryRecord, { header, refs, list }: HeldRefs): SignedRefsRow {
  const before = record.rows.get(writerKey(header.identity, header.writer))
  return {
    identity: header.identity,
    writer: header.writer,
    highestSeen: Math.max(before?.highestSeen ?? 0, header.sequence),
    envelope: header.envelope,
    list,
    refs: entriesOf(refs),
  }
}

/** What must change for `before` to become `after`; null deletes. */
export function refChanges(before: RefEntry[], after: RefEntry[]): Array<{ name: string; oid: Oid | null }> {
  const old = new Map(before.map(({ name, oid }) => [name, oid]))
  const names = new Set(after.map(({ name }) => name))
  const gone = before.filter(({ name }) => !names.has(name)).map(({ name }) => ({ name, oid: null }))
  return [...gone, ...after.filter(({ name, oid }) => old.get(name) !== oid)]
}

/** Refs of a writer that signed two states at once stay where they are: neither is followed, and nothing is dropped. */
function freeze(
  canonical: CanonicalRefs,
  current: RefEntry[],
  frozen: Set<string>,
  { current: { document } }: DocumentChain,
): CanonicalRefs {
  const kept = current.filter(({ name }) => frozen.has(name))
  const others = canonical.refs.filter(({ name }) => !frozen.has(name))
  const refs = [...kept, ...others].sort((a, b) => (a.name < b.name ? -1 : 1))
  const divergences: Divergence[] = canonical.divergences.filter(({ ref }) => !frozen.has(ref))
  const old = new Map(current.map(({ name, oid }) => [name, oid]))
  const within = withinLimit(refs, old, document.defaultBranch)
  return { ...canonical, refs: within.kept, divergences, beyond: [...canonical.beyond, ...within.beyond] }
}
