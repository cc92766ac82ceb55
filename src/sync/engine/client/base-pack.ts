import { PeerFaultError } from '../../errors.ts'
import { CHUNK_BYTES, type Range } from '../../wire/index.ts'
import { blaming, CHUNK_FAULTS, MANIFEST_FAULTS, PACK_FAULTS } from '../faults.ts'
import type { GitStore, Oid, StagingId } from '../../../git/index.ts'
import type { TransferProgress } from '../progress.ts'
import type { ClientSession, RemotePack } from './session.ts'
import type { ClientTransfer } from './transfer.ts'

/** Chunks that are asked for and have not come: 8 MiB, far above what the credit lets be on the way. */
const WINDOW = 32
/** Chunks in one request. */
const GROUP = 8
/** Chunks between two flushes: a strict transaction of 4 MiB. */
const FLUSH_EVERY = 16
/** Chunks that may be on their way into the store while more is read. */
const MAX_WRITES = 8

export interface FetchContext {
  store: GitStore
  token: string
  session: ClientSession
  transfer: ClientTransfer
  progress: TransferProgress
  /** Bytes that may come without anybody having been asked; what comes beyond ends it with `TooLargeError`. */
  limit: () => number
  signal: AbortSignal
}

/** A base pack that is here. */
export interface BasePack {
  /** To be admitted; null where it was verified here before. */
  staging: StagingId | null
  /** What the tail builds on. */
  tips: Oid[]
}

/**
 * Fetches what is missing of a base pack and checks it whole. What has come stays for the next try, whoever it comes from.
 * Rejects with `PeerFaultError` where the holder is proven to have sent or advertised what is not so.
 */
export async function fetchBasePack(context: FetchContext, pack: RemotePack): Promise<BasePack> {
  const { store, token, session, progress, signal } = context
  const manifest = await session.manifest(pack.packId, { signal })
  const state = await blaming(session.peer, 'a manifest that is not the one it names', MANIFEST_FAULTS, () =>
    store.stageBasePack(token, pack.packId, manifest),
  )
  if (state.verified) return { staging: null, tips: state.tips ?? [] }
  if (state.size !== pack.size || state.objects !== pack.objects) {
    throw new PeerFaultError(session.peer, 'an inventory that its manifest contradicts')
  }
  const missing = missingChunks(state.present, state.chunks)
  const here = state.size - bytesOf(missing, state)
  progress.set({ bytes: progress.state.bytes + here })
  await fetchChunks(context, pack.packId, missing)
  const before = progress.state.phase
  progress.set({ phase: 'checking' })
  const staged = await blaming(session.peer, 'a pack that is not what it says', PACK_FAULTS, () =>
    store.finishBasePack(token, pack.packId, {
      signal,
      onProgress: ({ objects, totalObjects }) => {
        if (objects != null) progress.set({ objects, totalObjects: totalObjects ?? null })
      },
    }),
  )
  progress.set({ phase: before })
  return { staging: staged.staging, tips: staged.tips ?? [] }
}

async function fetchChunks(context: FetchContext, packId: string, missing: number[]): Promise<void> {
  const { store, session, transfer, progress } = context
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  const writes = new Set<Promise<void>>()
  let unflushed = 0
  let failed: Error | undefined
  const put = async (index: number, bytes: Uint8Array): Promise<void> => {
    await blaming(session.peer, 'a chunk that does not match its hash', CHUNK_FAULTS, () =>
      store.putChunk(packId, index, bytes),
    )
    unflushed++
    if (unflushed >= FLUSH_EVERY) {
      unflushed = 0
      await store.flushChunks(packId)
    }
  }
  const sink = {
    progress: (bytes: number) => progress.received(bytes),
    chunk: async (index: number, bytes: Uint8Array<ArrayBuffer>) => {
      if (failed != null) throw failed
      const write = put(index, bytes).catch((error: unknown) => {
        failed ??= error as Error
        stop.abort(failed)
      })
      writes.add(write)
      void write.then(() => writes.delete(write))
      if (writes.size >= MAX_WRITES) await Promise.race(writes)
    },
  }
  const queue = groups(missing)
  const worker = async (): Promise<void> => {
    for (let group = queue.shift(); group != null; group = queue.shift()) {
      await transfer.chunks(packId, group, sink, { signal })
    }
  }
  const workers = Array.from({ length: WINDOW / GROUP }, () =>
    worker().catch((error: unknown) => {
      failed ??= error as Error
      stop.abort(failed)
    }),
  )
  await Promise.all(workers)
  await Promise.all(writes)
  // What came before a failure is kept: the next holder goes on from there.
  await store.flushChunks(packId)
  if (failed != null) throw failed
}

function missingChunks(present: Uint8Array, chunks: number): number[] {
  const missing: number[] = []
  for (let n = 0; n < chunks; n++) {
    if (((present[n >> 3] ?? 0) & (0x80 >> (n & 7))) === 0) missing.push(n)
  }
  return missing
}

function bytesOf(chunks: number[], pack: { size: number; chunks: number }): number {
  const last = pack.size - (pack.chunks - 1) * CHUNK_BYTES
  return chunks.reduce((sum, n) => sum + (n === pack.chunks - 1 ? last : CHUNK_BYTES), 0)
}

/** Requests of at most `GROUP` chunks each, in order from the first gap. */
function groups(missing: number[]): Range[][] {
  const result: Range[][] = []
  for (let at = 0; at < missing.length; at += GROUP) {
    const ranges: Range[] = []
    for (const chunk of missing.slice(at, at + GROUP)) {
      const last = ranges.at(-1)
      if (last != null && last.first + last.count === chunk) last.count++
      else ranges.push({ first: chunk, count: 1 })
    }
    result.push(ranges)
  }
  return result
}
