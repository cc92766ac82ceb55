import { RelayedTooLargeError } from '../../errors.ts'
import { entriesOf } from '../../refs/index.ts'
import { MAX_HAVES, MAX_WANTS } from '../../wire/index.ts'
import { fetchBasePack } from '../client/base-pack.ts'
import { Lanes, type LanesInit } from '../client/lanes.ts'
import { fetchNegotiated } from '../client/negotiate.ts'
import { TransferPool } from '../client/transfers.ts'
import { RELAYED_TAIL_BYTES } from '../relayed.ts'
import type { GitStore, RefEntry } from '../../../git/index.ts'
import type { FetchContext } from '../client/context.ts'
import type { RemotePack } from '../client/session.ts'
import type { HeldRefs, RepositoryRecord } from './record.ts'

/** Tips that are named where few refs moved: there may be thousands, each read by who is asked. */
const MAX_NEAREST = 32

export interface FetchInit extends Omit<FetchContext, 'transfers' | 'lanes'> {
  record: RepositoryRecord
  /** The base packs that were chosen, oldest first: each is closed over those before it. */
  bases: RemotePack[]
  openLane: LanesInit['open']
  /** Headers that the chosen holder has the objects of. */
  headers: HeldRefs[]
}

/**
 * Brings the objects of `headers` here: base packs first where nothing is here yet, from everybody who has some of them, then
 * what is newer, from the chosen holder. Returns what is staged and must be admitted with the refs; base packs are admitted
 * one by one, because the next builds on them.
 */
export async function fetchObjects(init: FetchInit): Promise<string[]> {
  const { store, token, headers, signal } = init
  const tips = uniqueTips(headers)
  const absent = await absentOf(store, token, tips)
  if (absent.length === 0) return []
  const transfers = new TransferPool(signal)
  const lanes = new Lanes({ open: init.openLane, signal })
  const context: FetchContext = { ...init, transfers, lanes }
  try {
    // It opens while the manifest is asked for. Whoever needs it hears where it could not be opened.
    transfers.get(init.session).catch(() => undefined)
    const bases = await fetchBases(context, init.bases)
    return await fetchTails(context, init, tips, bases)
  } finally {
    lanes.close()
    await transfers.close()
  }
}

/** Returns the tips that the base packs brought, as far as they are known. */
async function fetchBases(context: FetchContext, packs: RemotePack[]): Promise<string[]> {
  const { store, token, session, progress } = context
  const totalBytes = packs.reduce((sum, { size }) => sum + size, 0)
  if (session.relayed && totalBytes > RELAYED_TAIL_BYTES) throw new RelayedTooLargeError(totalBytes)
  // A relayed link carries no base packs: what is small enough comes as a tail.
  if (session.relayed || packs.length === 0) return []
  progress.set({ phase: 'packs', totalBytes, totalObjects: packs.reduce((sum, { objects }) => sum + objects, 0) })
  const tips: string[] = []
  const before = new Set<string>()
  for (const pack of packs) {
    const base = await fetchBasePack(context, pack, before)
    before.add(pack.packId)
    if (base.staging != null) await store.transact({ repository: token, admit: [base.staging] })
    tips.push(...base.tips)
  }
  return tips
}

async function fetchTails(
  context: FetchContext,
  init: FetchInit,
  tips: RefEntry[],
  bases: string[],
): Promise<string[]> {
  const { store, token, progress } = context
  const wants = await absentOf(store, token, tips)
  const here = tips.filter((tip) => !wants.includes(tip)).map(({ oid }) => oid)
  const held = [...init.record.held.values()].flatMap(({ refs }) => entriesOf(refs))
  const haves = [...new Set([...here, ...bases, ...held.map(({ oid }) => oid)])]
  const near = bases.length > 0 ? [] : nearestHaves(wants, held)
  let staged: string[] = []
  progress.set({ phase: 'tail', totalBytes: null })
  for (let at = 0; at < wants.length; at += MAX_WANTS) {
    // A later pack builds on the one before: that one becomes part of the closed set first.
    if (staged.length > 0) await store.transact({ repository: token, admit: staged })
    const batch = wants.slice(at, at + MAX_WANTS)
    const known = [...haves, ...wants.slice(0, at).map(({ oid }) => oid)].slice(-MAX_HAVES)
    const pack = await fetchNegotiated(context, batch, known, near)
    staged = [pack.staging]
  }
  return staged
}

/**
 * Of what is here the little that what is wanted most likely builds on: where these refs were, and other branches. None where
 * one of them is new, or where that is hardly less than all.
 */
function nearestHaves(wants: RefEntry[], held: RefEntry[]): string[] {
  const names = new Set(held.map(({ name }) => name))
  const wanted = new Set(wants.map(({ name }) => name))
  if (wants.length > MAX_NEAREST || wants.some(({ name }) => !names.has(name))) return []
  const before = held.filter(({ name }) => wanted.has(name))
  const branches = held.filter(({ name }) => name.startsWith('refs/heads/'))
  const nearest = [...new Set([...before, ...branches].map(({ oid }) => oid))].slice(0, MAX_NEAREST)
  return held.length > 2 * nearest.length ? nearest : []
}

/** One ref for each object that the headers name. */
export function uniqueTips(headers: readonly HeldRefs[]): RefEntry[] {
  const byOid = new Map<string, RefEntry>()
  for (const { refs } of headers)
    for (const entry of entriesOf(refs)) if (!byOid.has(entry.oid)) byOid.set(entry.oid, entry)
  return [...byOid.values()]
}

async function absentOf(store: GitStore, token: string, tips: RefEntry[]): Promise<RefEntry[]> {
  if (tips.length === 0) return []
  const here = await store.has(
    token,
    tips.map(({ oid }) => oid),
  )
  return tips.filter((_, n) => here[n] !== true)
}
