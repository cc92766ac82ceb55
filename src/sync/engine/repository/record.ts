import { resolveChain, type DocumentChain } from '../../document/index.ts'
import {
  decodeRefsList,
  openHeader,
  type OpenedHeader,
  type SignedRef,
  type WriterRecord,
  type WriterRefs,
} from '../../refs/index.ts'
import { toHex } from '../bytes.ts'
import { decodeSettings, NO_SETTINGS, type RepositorySettings } from '../settings.ts'
import type { GitStore, SignedRefsRow, StoredRepository } from '../../../git/index.ts'

/** One writer's signed refs whose objects are here. */
export interface HeldRefs {
  header: OpenedHeader
  refs: SignedRef[]
  list: Uint8Array
}

/** A repository as the store has it, decoded. Replaced as a whole by `loadRecord`. */
export interface RepositoryRecord {
  stored: StoredRepository
  /** Null until the first document is here. */
  chain: DocumentChain | null
  rows: Map<string, SignedRefsRow>
  held: Map<string, HeldRefs>
  settings: RepositorySettings
}

/** Names a writer of a repository. */
export function writerKey(identity: string, writer: string): string {
  return `${identity} ${writer}`
}

/** Undefined where the store has no such repository. */
export async function loadRecord(
  store: GitStore,
  token: string,
  digest: Uint8Array,
  before?: RepositoryRecord,
): Promise<RepositoryRecord | undefined> {
  const stored = await store.repository(token)
  if (stored == null) return undefined
  if (stored.generation === before?.stored.generation) return before
  const rows = new Map<string, SignedRefsRow>()
  const held = new Map<string, HeldRefs>()
  for (const row of await store.signedRefs(token)) {
    const key = writerKey(row.identity, row.writer)
    rows.set(key, row)
    if (row.envelope.byteLength > 0) held.set(key, await heldOf(row, before?.held.get(key)))
  }
  const chain = await resolveChain(digest, stored.documents)
  const settings = stored.settings.byteLength > 0 ? decodeSettings(stored.settings) : { ...NO_SETTINGS }
  return { stored, chain, rows, held, settings }
}

/** What `acceptHeader` needs to know of a writer. `seen` holds the hashes of headers whose objects are not here. */
export function writerRecord(record: RepositoryRecord, key: string): WriterRecord | undefined {
  const row = record.rows.get(key)
  if (row == null) return undefined
  const held = record.held.get(key)
  const seen = record.settings.seen[key]
  const highestHash =
    held?.header.sequence === row.highestSeen ? held.header.hash : seen?.sequence === row.highestSeen ? seen.hash : null
  return {
    highestSeen: row.highestSeen,
    highestHash,
    held: held == null ? null : { sequence: held.header.sequence, hash: held.header.hash },
  }
}

/** Is this hash that of a document version that counts here? */
export function knowsDocument(chain: DocumentChain | null, hash: Uint8Array): boolean {
  const name = toHex(hash)
  return chain?.versions.some((version) => toHex(version.hash) === name) ?? false
}

export function writerRefs(header: OpenedHeader, refs: SignedRef[]): WriterRefs {
  return { identity: header.identity, writer: header.writer, sequence: header.sequence, refs, head: header.head }
}

/** The held refs that count: those of who is a delegate now. Others' are kept, and neither followed nor served. */
export function countedRefs({ chain, held }: Pick<RepositoryRecord, 'chain' | 'held'>): HeldRefs[] {
  const delegates = new Set(chain?.current.document.delegates)
  return [...held.values()].filter(({ header }) => delegates.has(header.identity))
}

/** Whether the store shares the signed refs of the delegates, and of nobody else. */
export function sharesDelegates({ stored }: RepositoryRecord, { current }: DocumentChain): boolean {
  return stored.sharing?.join(' ') === current.document.delegates.join(' ')
}

/** Writers whose held header has the sequence of two: neither is followed. */
export function equivocating(record: RepositoryRecord): Set<string> {
  const keys = new Set<string>()
  for (const { identity, writer, sequence } of record.settings.equivocations) {
    const key = writerKey(identity, writer)
    const held = record.held.get(key)
    if (held == null || held.header.sequence <= sequence) keys.add(key)
  }
  return keys
}

async function heldOf(row: SignedRefsRow, before: HeldRefs | undefined): Promise<HeldRefs> {
  // Rows change rarely: a signature that was checked is not checked again at every load.
  if (before != null && toHex(before.header.envelope) === toHex(row.envelope)) return before
  const header = await openHeader(row.envelope)
  return { header, refs: decodeRefsList(row.list), list: row.list }
}
