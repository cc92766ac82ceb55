import { RemoteRefusedError } from '../../errors.ts'
import { Status } from '../../wire/index.ts'
import { fetchTail } from './tail.ts'
import type { FetchContext } from './context.ts'
import type { RefEntry, Staged } from '../../../git/index.ts'

/**
 * `fetchTail`, whatever became of the history: a holder mostly knows the tips that are here, and sends what is new at once.
 * Where it does not (they were moved back there, or are somebody's own) and much would come again, it is named what lies behind
 * them, which takes one round trip more.
 */
export async function fetchNegotiated(context: FetchContext, wants: RefEntry[], haves: string[]): Promise<Staged> {
  try {
    return await fetchTail(context, wants, haves, haves.length > 0)
  } catch (error) {
    if (!(error instanceof RemoteRefusedError) || error.status !== String(Status.MORE_HAVES)) throw error
    const { store, token, signal } = context
    return await fetchTail(context, wants, await store.skippedHaves(token, haves, { signal }))
  }
}
