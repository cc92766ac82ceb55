import { RemoteRefusedError } from '../../errors.ts'
import { Status } from '../../wire/index.ts'
import { fetchTail } from './tail.ts'
import type { FetchContext } from './context.ts'
import type { RefEntry, Staged } from '../../../git/index.ts'

/** No object has this id: among the haves it says that there are more of them, which are named where much would be sent. */
const MORE = '0'.repeat(40)

/**
 * `fetchTail`, whatever became of the history: a holder mostly knows the tips that are here, and sends what is new at once.
 * Where it does not (they were moved back there, or are somebody's own) and much would come again, it is named what lies behind
 * them, which takes one round trip more. `near` are those of the haves to be named at first, all where there are none.
 */
export async function fetchNegotiated(
  context: FetchContext,
  wants: RefEntry[],
  haves: string[],
  near: string[] = [],
): Promise<Staged> {
  const first = near.length > 0 ? [...near, MORE] : haves
  try {
    return await fetchTail(context, wants, first, first.length > 0)
  } catch (error) {
    if (!(error instanceof RemoteRefusedError) || error.status !== String(Status.MORE_HAVES)) throw error
    const { store, token, signal } = context
    return await fetchTail(context, wants, await store.skippedHaves(token, haves, { signal }))
  }
}
