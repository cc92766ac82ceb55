import { NoSourceError, PeerFaultError, RelayedTooLargeError, RemoteRefusedError } from '../../errors.ts'
import { Filter, Status } from '../../wire/index.ts'
import { RELAYED_TAIL_BYTES } from '../relayed.ts'
import { TooLargeError } from '../too-large.ts'
import { recordOf, TransferMeter } from '../transfer-log.ts'
import { blaming, PACK_FAULTS } from '../faults.ts'
import type { FetchContext } from './context.ts'
import type { TransferRecord } from '../../types.ts'
import type { RefEntry, Staged } from '../../../git/index.ts'

const NOT_THE_PACK = 'a pack that is not what it says'

/**
 * Fetches what `wants` reach and is not here, and checks it whole. `haves` are tips that are here; with `negotiate` it is
 * refused with `MORE_HAVES` where it takes more of them.
 */
export async function fetchTail(
  context: FetchContext,
  wants: RefEntry[],
  haves: string[],
  negotiate = false,
): Promise<Staged> {
  const { store, token, session, transfers, progress, limit, signal, log } = context
  const holder = context.describe(session)
  const meter = new TransferMeter()
  const writer = await store.openPackWriter(token, { claimed: wants })
  // Base packs that came before it count too.
  const before = progress.state.bytes
  let outcome: TransferRecord['outcome'] | undefined = { kind: 'stopped' }
  try {
    const transfer = await transfers.get(session)
    await transfer.objects(
      { wants: [...new Set(wants.map(({ oid }) => oid))], haves, negotiate, filter: Filter.CLOSURE },
      {
        begin: ({ objects, bytes }) => {
          if (session.relayed && bytes != null && bytes > RELAYED_TAIL_BYTES) throw new RelayedTooLargeError(bytes)
          progress.set({ totalObjects: objects, totalBytes: bytes == null ? null : progress.state.bytes + bytes })
        },
        part: async (bytes) => {
          meter.add(bytes.byteLength)
          if (session.relayed && meter.bytes > RELAYED_TAIL_BYTES) throw new RelayedTooLargeError(meter.bytes)
          if (before + meter.bytes > limit()) throw new TooLargeError(before + meter.bytes, false)
          progress.received(bytes.byteLength, holder)
          await blaming(session.peer, NOT_THE_PACK, PACK_FAULTS, () => store.writePack(writer, bytes))
        },
      },
      { signal },
    )
    progress.set({ phase: 'checking' })
    const staged = await blaming(session.peer, NOT_THE_PACK, PACK_FAULTS, () =>
      store.finishPack(writer, {
        signal,
        onProgress: ({ objects, totalObjects }) => {
          if (objects != null) progress.set({ objects, totalObjects: totalObjects ?? null })
        },
      }),
    )
    outcome = { kind: 'done' }
    return staged
  } catch (error) {
    await store.discard(writer)
    if (error instanceof RemoteRefusedError) {
      // That it takes more haves is a question back, no refusal.
      outcome = error.status === String(Status.MORE_HAVES) ? undefined : { kind: 'refused' }
    }
    if (error instanceof PeerFaultError) {
      outcome = undefined
      context.onFault(error, meter)
      throw new NoSourceError(undefined, { cause: error })
    }
    if (session.relayed && error instanceof RemoteRefusedError && error.status === String(Status.TOO_LARGE)) {
      throw new RelayedTooLargeError(meter.bytes)
    }
    throw error
  } finally {
    if (outcome != null) log.add(recordOf(holder, 'received', meter, outcome))
  }
}
