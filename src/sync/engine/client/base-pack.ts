import { NoSourceError, PeerFaultError } from '../../errors.ts'
import { CHUNK_BYTES } from '../../wire/index.ts'
import { asError, toHex } from '../bytes.ts'
import { MANIFEST_FAULTS, PACK_FAULTS } from '../faults.ts'
import { chunksOf } from '../repository/pack-sources.ts'
import { Bitfield } from '../swarm/bitfield.ts'
import { vouchers } from '../swarm/choose-bases.ts'
import { ChunkFetch } from './chunk-fetch.ts'
import type { BasePackState, Oid, StagingId } from '../../../git/index.ts'
import type { FetchContext } from './context.ts'
import type { ClientSession, RemotePack } from './session.ts'

const NOT_THE_PACK = 'a pack that is not what it says'

/** A base pack that is here. */
export interface BasePack {
  /** To be admitted; null where it was verified here before. */
  staging: StagingId | null
  /** What the tail builds on. */
  tips: Oid[]
}

/**
 * Fetches what is missing of a base pack, from everybody who has some of it, and checks it whole. `before` are the packs that
 * it builds on. What has come stays for the next try, whoever it comes from; who is proven to have sent or advertised what
 * is not so is reported, and nobody else.
 */
export async function fetchBasePack(
  context: FetchContext,
  pack: RemotePack,
  before: ReadonlySet<string>,
): Promise<BasePack> {
  const { store, token, progress, carried } = context
  const { packId } = pack
  const { manifest, state } = await stage(context, pack)
  if (state.verified) return { staging: null, tips: state.tips ?? [] }
  checkInventories(context, packId, state)
  const here = Bitfield.from(state.chunks, state.present)
  progress.set({ bytes: progress.state.bytes + bytesOf(here, state) })
  if (state.carried) carried.begin({ packId, size: state.size, objects: state.objects, manifest, here })
  await new ChunkFetch(context, packId, here).run()
  const phase = progress.state.phase
  progress.set({ phase: 'checking' })
  try {
    const staged = await store.finishBasePack(token, packId, {
      signal: context.signal,
      onProgress: ({ objects, totalObjects }) => {
        if (objects != null) progress.set({ objects, totalObjects: totalObjects ?? null })
      },
    })
    return { staging: staged.staging, tips: staged.tips ?? [] }
  } catch (error) {
    throw blameAdvertisers(context, packId, before, asError(error))
  } finally {
    progress.set({ phase })
  }
}

/** With the manifest that is here from an earlier try, or else one that somebody has. */
async function stage(
  context: FetchContext,
  { packId, size }: RemotePack,
): Promise<{ manifest: Uint8Array; state: BasePackState }> {
  const { store, token, sources } = context
  let manifest = await store.stagedManifest(token, packId)
  if (manifest == null) {
    // Said before anything is asked: whoever hands the pack out to several answers what it would like to be asked for.
    const nothing = new Bitfield(chunksOf(size)).bytes()
    for (const session of holdersOf(context, packId, size)) session.tell(packId, nothing)
    manifest = await manifestOf(context, packId, size)
  }
  try {
    return { manifest, state: await store.stageBasePack(token, packId, manifest) }
  } catch (error) {
    if (!(error instanceof Error) || !MANIFEST_FAULTS.has(error.name)) throw error
    // Its hash is right and it makes no sense: that is what they advertised.
    for (const [peer, packs] of sources.everyAdvertised()) {
      if (packs.some((entry) => entry.packId === packId)) context.onFault(new PeerFaultError(peer, NOT_THE_PACK))
    }
    throw new NoSourceError(undefined, { cause: error })
  }
}

/** From whoever gives the one that the pack is named after: the chosen holder first, then others. */
async function manifestOf(context: FetchContext, packId: string, size: number): Promise<Uint8Array> {
  const { signal, onFault } = context
  let cause: Error | undefined
  for (const session of holdersOf(context, packId, size)) {
    try {
      const manifest = await session.manifest(packId, { signal })
      if ((await sha256(manifest)) === packId) return manifest
      const fault = new PeerFaultError(session.peer, 'a manifest that is not the one it names')
      cause = fault
      onFault(fault)
    } catch (error) {
      signal.throwIfAborted()
      // Refused, or lost: the next one is asked.
      cause = asError(error)
    }
  }
  throw new NoSourceError(undefined, { cause })
}

/** Sessions with those who have some of it: the chosen holder first, then those who have all. */
function holdersOf({ session, sources }: FetchContext, packId: string, size: number): ClientSession[] {
  const rank = (other: ClientSession): number => {
    if (other === session) return 0
    return sources.advertised(other).some((entry) => entry.packId === packId) ? 1 : 2
  }
  return sources
    .sessions()
    .filter((other) => sources.availability(other, packId, chunksOf(size)) != null)
    .sort((a, b) => rank(a) - rank(b))
}

/** Whose inventory says something else than the manifest that it names is proven wrong. */
function checkInventories({ sources, session, onFault }: FetchContext, packId: string, state: BasePackState): void {
  let chosen = false
  for (const [peer, packs] of sources.everyAdvertised()) {
    const entry = packs.find((pack) => pack.packId === packId)
    if (entry == null || (entry.size === state.size && entry.objects === state.objects)) continue
    chosen ||= peer === session.peer
    onFault(new PeerFaultError(peer, 'an inventory that its manifest contradicts'))
  }
  if (chosen) throw new NoSourceError()
}

/**
 * All chunks are what the manifest says, so whoever carried them did no wrong: those are at fault who said that they had
 * checked it. That it builds on something that is not here is the fault of those who have nothing else below it either.
 */
function blameAdvertisers(
  { sources, onFault }: FetchContext,
  packId: string,
  before: ReadonlySet<string>,
  error: Error,
): Error {
  if (!PACK_FAULTS.has(error.name)) return error
  const lists = sources.everyAdvertised()
  const guilty =
    error.name === 'MissingObjectError'
      ? vouchers(packId, before, lists)
      : lists.filter(([, packs]) => packs.some((pack) => pack.packId === packId)).map(([peer]) => peer)
  for (const peer of guilty) onFault(new PeerFaultError(peer, NOT_THE_PACK, { cause: error }))
  return new NoSourceError(undefined, { cause: error })
}

function bytesOf(here: Bitfield, { size, chunks }: BasePackState): number {
  const last = here.has(chunks - 1) ? size - (chunks - 1) * CHUNK_BYTES : 0
  return (here.count - (last > 0 ? 1 : 0)) * CHUNK_BYTES + last
}

async function sha256(bytes: Uint8Array): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)))
}
