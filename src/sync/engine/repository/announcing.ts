import { changesOf, entriesOf } from '../../refs/index.ts'
import { MAX_ANNOUNCED_CHANGES_BYTES, MAX_ANNOUNCED_PACK_BYTES, type Announce } from '../../wire/index.ts'
import type { HeldRefs } from './record.ts'
import type { GitStore, Oid } from '../../../git/index.ts'

/** Objects that go with an announcement: a commit of many files. */
const MAX_OBJECTS = 200
/** Commits that who hears of it is taken to have. */
const MAX_HAVES = 64

export interface AnnouncedParts {
  /** Just stored. */
  refs: HeldRefs
  /** What its writer had before; undefined where that is not known (any more). */
  before: HeldRefs | undefined
  /** What other writers have. */
  others: HeldRefs[]
  /** Full name of the branch that HEAD names. */
  head: string | null
}

/**
 * Tells of a header, with all that those who have the one before would ask for next, where it is little: what changed in its
 * list, and the objects that are new.
 */
export async function announcementOf(store: GitStore, token: string, parts: AnnouncedParts): Promise<Announce> {
  const { refs, before } = parts
  const header = new Uint8Array(refs.header.envelope)
  if (before == null) return { header }
  const changes = changesOf(before.list, refs.list)
  if (changes.byteLength > MAX_ANNOUNCED_CHANGES_BYTES) return { header }
  const pack = await newObjects(store, token, before, parts)
  return pack == null ? { header, changes } : { header, changes, pack }
}

/** A thin pack of what is new; undefined where nothing is, or too much. */
async function newObjects(
  store: GitStore,
  token: string,
  before: HeldRefs,
  { refs, others, head }: AnnouncedParts,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const old = new Set(entriesOf(before.refs).map(({ oid }) => oid))
  const fresh = entriesOf(refs.refs).filter(({ oid }) => !old.has(oid))
  const wants = [...new Set(fresh.map(({ oid }) => oid))]
  const haves = havesFor(new Set(fresh.map(({ name }) => name)), [before, ...others], head)
  if (wants.length === 0 || haves.length === 0) return undefined
  const request = { wants, haves, filter: 'closure', thin: true, most: MAX_OBJECTS } as const
  try {
    const { reader } = await store.openObjects(token, request)
    try {
      return await readAtMost(store, reader, MAX_ANNOUNCED_PACK_BYTES)
    } finally {
      await store.closeReader(reader)
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'MoreHavesError') return undefined
    throw error
  }
}

/** Where these refs were, by anybody; where they are new, HEAD. */
function havesFor(names: ReadonlySet<string>, held: HeldRefs[], head: string | null): Oid[] {
  const entries = held.flatMap(({ refs }) => entriesOf(refs))
  const same = entries.filter(({ name }) => names.has(name))
  const nearest = same.length > 0 ? same : entries.filter(({ name }) => name === head)
  return [...new Set(nearest.map(({ oid }) => oid))].slice(0, MAX_HAVES)
}

async function readAtMost(store: GitStore, reader: string, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const whole = new Uint8Array(most)
  let filled = 0
  for (;;) {
    const bytes = await store.readPack(reader, most + 1)
    if (bytes == null) return whole.slice(0, filled)
    if (filled + bytes.byteLength > most) return undefined
    whole.set(bytes, filled)
    filled += bytes.byteLength
  }
}
