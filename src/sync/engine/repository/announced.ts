import { PeerFaultError } from '../../errors.ts'
import { applyChanges, entriesOf, RefsListError, type OpenedHeader, type SignedRef } from '../../refs/index.ts'
import { blaming, PACK_FAULTS } from '../faults.ts'
import { listOf } from './intake.ts'
import type { Announce } from '../../wire/index.ts'
import type { GitStore, RefEntry } from '../../../git/index.ts'
import type { Ledger } from './ledger.ts'
import type { HeldRefs } from './record.ts'

/** Errors by name that prove nothing: it builds on what the sender thought to be here. */
const LACKING: ReadonlySet<string> = new Set(['MissingBaseError', 'MissingObjectError'])
const FAULTS: ReadonlySet<string> = new Set([...PACK_FAULTS].filter((name) => !LACKING.has(name)))

export interface AnnouncedContext {
  store: GitStore
  token: string
  ledger: Ledger
  /** Objects came from `peer` with what it announced, and are here: bytes. */
  onBrought: (peer: string, bytes: number) => void
}

/**
 * Takes what came with an announced header in place of an answer: its list as changes of the one before, and its objects, which
 * are checked as those that were asked for. True where all of it is here now, or is about to be fetched; false where refs must
 * be compared. Rejects with `PeerFaultError` where `from` sent what no honest peer would.
 */
export async function takeAnnounced(
  context: AnnouncedContext,
  header: OpenedHeader,
  { changes, pack }: Announce,
  from: string,
): Promise<boolean> {
  const { ledger } = context
  const before = ledger.heldBefore(header)
  // With a new document come others that only an answer brings.
  if (changes == null || before == null || !ledger.knowsDocumentOf(header)) return false
  const list = changed(before.list, changes, from)
  const refs = await listOf(header, list, from)
  if (refs == null) return false
  const fresh = newEntries(before.refs, refs)
  if (pack != null && (await admit(context, { header, refs, list }, { pack, fresh, from }))) return true
  await ledger.take({ documents: [], holders: [], headers: [{ envelope: header.envelope, list }], more: false }, from)
  return true
}

/** Checks and admits what came with a header, in one transaction with it. False where that is not all that it takes. */
async function admit(
  context: AnnouncedContext,
  held: HeldRefs,
  { pack, fresh, from }: { pack: Uint8Array; fresh: RefEntry[]; from: string },
): Promise<boolean> {
  const { store, ledger, onBrought } = context
  const staging = await stage(context, pack.slice(), fresh, from)
  if (staging == null) return false
  try {
    const absent = new Set(fresh.map(({ oid }) => oid))
    const accepted = await ledger.accept([held], [staging], absent, from, true)
    if (accepted.length > 0) onBrought(from, pack.byteLength)
    return accepted.length > 0
  } catch (error) {
    await store.discard(staging)
    throw error
  }
}

/** It is news that the sender signed nothing of: that these are not the changes is the sender's own fault. */
function changed(list: Uint8Array, changes: Uint8Array, from: string): Uint8Array {
  try {
    return applyChanges(list, changes)
  } catch (error) {
    if (!(error instanceof RefsListError)) throw error
    throw new PeerFaultError(from, 'changes of branches that are none', { cause: error })
  }
}

function newEntries(before: SignedRef[], after: SignedRef[]): RefEntry[] {
  const old = new Set(entriesOf(before).map(({ oid }) => oid))
  return entriesOf(after).filter(({ oid }) => !old.has(oid))
}

/** Undefined where something is not here that the pack builds on. */
async function stage(
  { store, token }: AnnouncedContext,
  pack: Uint8Array<ArrayBuffer>,
  claimed: RefEntry[],
  from: string,
): Promise<string | undefined> {
  try {
    const what = 'a pack that is not what it says'
    return (await blaming(from, what, FAULTS, () => store.stagePack(token, pack, { claimed }))).staging
  } catch (error) {
    if (error instanceof Error && LACKING.has(error.name)) return undefined
    throw error
  }
}
