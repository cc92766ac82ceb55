import { MAX_DOCUMENTS, resolveChain, type DocumentChain } from '../../document/index.ts'
import { PeerFaultError } from '../../errors.ts'
import {
  acceptHeader,
  HeaderError,
  openHeader,
  openList,
  RefsListError,
  type OpenedHeader,
  type WriterRecord,
} from '../../refs/index.ts'
import { toHex } from '../bytes.ts'
import { encodeSettings, MAX_EQUIVOCATIONS, MAX_SEEN, type RepositorySettings } from '../settings.ts'
import { knowsDocument, writerKey, writerRecord, type HeldRefs, type RepositoryRecord } from './record.ts'
import type { GitStore, SignedRefsRow, Transaction } from '../../../git/index.ts'
import type { RefsAnswer } from '../client/refs-answer.ts'

/** Writers of one repository that are followed: each delegate on a handful of devices. */
export const MAX_WRITERS = 256
/** With those of who was a delegate once, whose refs are kept and no longer followed: they take nobody's place. */
export const MAX_KEPT_WRITERS = 4 * MAX_WRITERS

/** A verified header that is newer than what is here, with who has its objects. */
export interface Candidate extends HeldRefs {
  sources: Set<string>
}

export interface IntakeContext {
  store: GitStore
  token: string
  digest: Uint8Array
  /** Unix milliseconds. */
  now: number
}

export interface IntakeResult {
  /** What the store has changed: load the record again. */
  changed: boolean
  /** New or known headers whose objects are not here. */
  candidates: Candidate[]
  /** Writers that signed two headers with one sequence: what was to be fetched of them is not. */
  equivocal: string[]
  /** The sender is behind us in some writer. */
  behind: boolean
}

/**
 * Judges what `from` answered. Documents are kept at once; so is the highest sequence of each writer whose signature
 * holds, before any object comes. Rejects with `PeerFaultError` where the sender passed on what no honest peer would.
 */
export async function takeRefs(
  context: IntakeContext,
  record: RepositoryRecord,
  answer: RefsAnswer,
  from: string,
): Promise<IntakeResult> {
  const documents = await newDocuments(context, record, answer.documents)
  const chain = documents == null ? record.chain : await resolveChain(context.digest, documents)
  const notes = new Notes(record)
  let candidates: Candidate[] = []
  const equivocal: string[] = []
  let behind = false
  for (const { envelope, list } of answer.headers) {
    const header = await opened(envelope, from)
    const key = writerKey(header.identity, header.writer)
    const verdict = judge(context, notes.writers, chain, header, notes.writer(key))
    switch (verdict.kind) {
      case 'accept': {
        const refs = await listOf(header, list, from)
        notes.seen(header)
        if (refs != null) candidates.push({ header, refs, list, sources: new Set([from]) })
        break
      }
      case 'equivocation':
        notes.equivocation(header)
        equivocal.push(key)
        candidates = candidates.filter((other) => writerKey(other.header.identity, other.header.writer) !== key)
        break
      case 'stale':
        behind = true
        break
      case 'refused':
        if (verdict.cause === 'other-repository') throw new PeerFaultError(from, 'a state of another repository')
        break
      case 'duplicate':
      case 'unknown-document':
      case 'ignored':
        break
    }
  }
  const changed = documents != null || notes.changed
  const sharing = chain?.current.document.delegates
  if (changed) await notes.save(context, documents == null ? {} : { documents, sharing })
  return { changed, candidates, equivocal, behind }
}

/** Judges a header alone, as an announcement brings it: is there something to ask for? */
export function isNews(
  context: Omit<IntakeContext, 'store' | 'token'>,
  record: RepositoryRecord,
  header: OpenedHeader,
): boolean {
  const known = writerRecord(record, writerKey(header.identity, header.writer))
  const { kind } = judge(context, writersOf(record), record.chain, header, known)
  // An unknown document is asked for together with the refs; equivocation is taken down with both headers at hand.
  return kind === 'accept' || kind === 'unknown-document' || kind === 'equivocation'
}

export async function opened(envelope: Uint8Array, from: string): Promise<OpenedHeader> {
  try {
    return await openHeader(envelope)
  } catch (error) {
    if (error instanceof HeaderError)
      throw new PeerFaultError(from, 'a state whose signature does not hold', { cause: error })
    throw error
  }
}

type Verdict = ReturnType<typeof acceptHeader> | { kind: 'ignored' }

/** Identities by writer. */
type Writers = ReadonlyMap<string, string>

function writersOf({ rows }: RepositoryRecord): Map<string, string> {
  return new Map([...rows].map(([key, { identity }]) => [key, identity]))
}

function judge(
  context: Omit<IntakeContext, 'store' | 'token'>,
  writers: Writers,
  chain: DocumentChain | null,
  header: OpenedHeader,
  writer: WriterRecord | undefined,
): Verdict {
  const verdict = acceptHeader(header, {
    repository: context.digest,
    knowsDocument: (hash) => knowsDocument(chain, hash),
    writer,
    now: context.now,
  })
  if (verdict.kind === 'refused' || verdict.kind === 'unknown-document') return verdict
  // Only delegates' refs count: of those of others nothing is kept, fetched or passed on.
  const delegates = chain?.current.document.delegates ?? []
  if (!delegates.includes(header.identity)) return { kind: 'ignored' }
  if (writers.has(writerKey(header.identity, header.writer))) return verdict
  const followed = [...writers.values()].filter((identity) => delegates.includes(identity))
  const full = followed.length >= MAX_WRITERS || writers.size >= MAX_KEPT_WRITERS
  return full ? { kind: 'ignored' } : verdict
}

/** Judges a header whose objects came with it: may it be stored as it is? */
export function isAcceptable(
  context: Omit<IntakeContext, 'store' | 'token'>,
  record: RepositoryRecord,
  header: OpenedHeader,
): boolean {
  const known = writerRecord(record, writerKey(header.identity, header.writer))
  return judge(context, writersOf(record), record.chain, header, known).kind === 'accept'
}

/** Null where the list breaks a rule: then its signer is at fault, and whoever passed it on may not know. */
export async function listOf(header: OpenedHeader, list: Uint8Array, from: string): Promise<HeldRefs['refs'] | null> {
  try {
    return await openList(header, list)
  } catch (error) {
    if (error instanceof RefsListError) return null
    if (error instanceof HeaderError)
      throw new PeerFaultError(from, 'branches that are not the signed ones', { cause: error })
    throw error
  }
}

/** All documents to keep if there is a new one that the chain follows, else null. */
async function newDocuments(
  context: IntakeContext,
  record: RepositoryRecord,
  received: Uint8Array[],
): Promise<Uint8Array[] | null> {
  const known = new Set(record.stored.documents.map(toHex))
  const fresh = received.filter((document) => !known.has(toHex(document)))
  if (fresh.length === 0) return null
  const chain = await resolveChain(context.digest, [...record.stored.documents, ...fresh])
  if (chain == null) return null
  // One version may come with several sets of signatures: what the chain does not need is not kept.
  const kept = [...chain.versions, ...chain.fork].map(({ signed }) => signed).slice(0, MAX_DOCUMENTS)
  return kept.some((document) => !known.has(toHex(document))) ? kept : null
}

/** Gathers what one answer teaches about writers, to be stored in one transaction. */
class Notes {
  /** Those that are known, with what this answer added. */
  readonly writers: Map<string, string>
  readonly #record: RepositoryRecord
  readonly #rows = new Map<string, SignedRefsRow>()
  #settings: RepositorySettings

  constructor(record: RepositoryRecord) {
    this.#record = record
    this.writers = writersOf(record)
    this.#settings = { ...record.settings, seen: { ...record.settings.seen } }
  }

  get changed(): boolean {
    return this.#rows.size > 0 || this.#settings.equivocations !== this.#record.settings.equivocations
  }

  /** What is known of a writer, with what this answer added. */
  writer(key: string): WriterRecord | undefined {
    const stored = writerRecord(this.#record, key)
    const row = this.#rows.get(key)
    const seen = this.#settings.seen[key]
    if (row == null || seen == null) return stored
    return { highestSeen: row.highestSeen, highestHash: seen.hash, held: stored?.held ?? null }
  }

  seen(header: OpenedHeader): void {
    const { identity, writer, sequence, hash, envelope } = header
    const key = writerKey(identity, writer)
    const before = this.#record.rows.get(key)
    const known = this.writer(key)
    if (known != null && known.highestSeen >= sequence && known.highestHash != null) return
    this.writers.set(key, identity)
    this.#rows.set(key, {
      identity,
      writer,
      highestSeen: Math.max(sequence, before?.highestSeen ?? 0),
      envelope: before?.envelope ?? new Uint8Array(0),
      list: before?.list ?? new Uint8Array(0),
      refs: before?.refs ?? [],
    })
    const seen = Object.entries({ ...this.#settings.seen, [key]: { sequence, hash, envelope } })
    this.#settings = { ...this.#settings, seen: Object.fromEntries(seen.slice(-MAX_SEEN)) }
  }

  /** Two headers with one sequence: both are kept as evidence. */
  equivocation({ identity, writer, sequence, envelope }: OpenedHeader): void {
    const known = this.#settings.equivocations
    if (known.some((it) => it.identity === identity && it.writer === writer && it.sequence === sequence)) return
    const key = writerKey(identity, writer)
    const held = this.#record.held.get(key)?.header
    const other = held?.sequence === sequence ? held.envelope : this.#settings.seen[key]?.envelope
    const envelopes: [Uint8Array, Uint8Array] = [other ?? new Uint8Array(0), envelope]
    const equivocations = [...known, { identity, writer, sequence, envelopes }].slice(-MAX_EQUIVOCATIONS)
    this.#settings = { ...this.#settings, equivocations }
  }

  /** `changes`: what a new version of the document brings. */
  async save({ store, token }: IntakeContext, changes: Pick<Transaction, 'documents' | 'sharing'>): Promise<void> {
    const rows = [...this.#rows.values()]
    await store.transact({
      repository: token,
      signedRefs: rows,
      settings: encodeSettings(this.#settings),
      expect: {
        // Settings hold the evidence of other writers too, and are written as a whole.
        generation: this.#record.stored.generation,
        signedRefs: rows.map(({ identity, writer }) => ({
          identity,
          writer,
          highestSeen: this.#record.rows.get(writerKey(identity, writer))?.highestSeen ?? null,
        })),
      },
      ...changes,
    })
  }
}
