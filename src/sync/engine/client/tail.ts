import { RelayedTooLargeError, RemoteRefusedError } from '../../errors.ts'
import { Filter, Status } from '../../wire/index.ts'
import { RELAYED_TAIL_BYTES } from '../relayed.ts'
import { TooLargeError } from '../too-large.ts'
import { blaming, PACK_FAULTS } from '../faults.ts'
import type { FetchContext } from './base-pack.ts'
import type { RefEntry, Staged } from '../../../git/index.ts'

const NOT_THE_PACK = 'a pack that is not what it says'

/** Fetches what `wants` reach and is not here, and checks it whole. `haves` are tips that are here. */
export async function fetchTail(context: FetchContext, wants: RefEntry[], haves: string[]): Promise<Staged> {
  const { store, token, session, transfer, progress, limit, signal } = context
  const writer = await store.openPackWriter(token, { claimed: wants })
  let received = 0
  // Base packs that came before it count too.
  const before = progress.state.bytes
  try {
    await transfer.objects(
      { wants: [...new Set(wants.map(({ oid }) => oid))], haves, filter: Filter.CLOSURE },
      {
        begin: ({ objects, bytes }) => {
          if (session.relayed && bytes != null && bytes > RELAYED_TAIL_BYTES) throw new RelayedTooLargeError(bytes)
          progress.set({ totalObjects: objects, totalBytes: bytes == null ? null : progress.state.bytes + bytes })
        },
        part: async (bytes) => {
          received += bytes.byteLength
          if (session.relayed && received > RELAYED_TAIL_BYTES) throw new RelayedTooLargeError(received)
          if (before + received > limit()) throw new TooLargeError(before + received, false)
          progress.received(bytes.byteLength)
          await blaming(session.peer, NOT_THE_PACK, PACK_FAULTS, () => store.writePack(writer, bytes))
        },
      },
      { signal },
    )
    progress.set({ phase: 'checking' })
    return await blaming(session.peer, NOT_THE_PACK, PACK_FAULTS, () =>
      store.finishPack(writer, {
        signal,
        onProgress: ({ objects, totalObjects }) => {
          if (objects != null) progress.set({ objects, totalObjects: totalObjects ?? null })
        },
      }),
    )
  } catch (error) {
    await store.discard(writer)
    if (session.relayed && error instanceof RemoteRefusedError && error.status === String(Status.TOO_LARGE)) {
      throw new RelayedTooLargeError(received)
    }
    throw error
  }
}
