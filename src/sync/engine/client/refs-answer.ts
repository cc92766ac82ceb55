import { MAX_DOCUMENTS } from '../../document/index.ts'
import { LimitExceededError, PeerFaultError, UnexpectedMessageError } from '../../errors.ts'
import { applyChanges, RefsListError } from '../../refs/index.ts'
import type { Refs } from '../../wire/index.ts'
import type { Requests, RequestOptions } from './requests.ts'

/** Writers in one answer, and bytes of their lists together: what one holder can make us keep at a time. */
const MAX_HEADERS = 256
const MAX_BYTES = 32 * 1024 * 1024

export interface ReceivedHeader {
  /** The envelope as received. */
  envelope: Uint8Array
  /** The refs list that it should hash. */
  list: Uint8Array
}

export interface RefsAnswer {
  documents: Uint8Array[]
  holders: Array<{ key: Uint8Array; complete: boolean }>
  headers: ReceivedHeader[]
  /** More writers are known than fit into one answer. */
  more: boolean
}

/** The list of a header that is here, or was, by the header's hash. */
export type ListOf = (hash: Uint8Array) => Uint8Array | undefined

/** Asks for refs and gathers the messages of the answer; lists that come as changes are put together. */
export async function answerOf(
  requests: Requests,
  known: Uint8Array<ArrayBuffer>,
  listOf: ListOf,
  options?: RequestOptions,
): Promise<RefsAnswer> {
  const answer: RefsAnswer = { documents: [], holders: [], headers: [], more: false }
  let bytes = 0
  await requests.run(
    (id) => ({ getRefs: { id, known, changes: true } }),
    ({ refs }) => {
      if (refs == null) throw new UnexpectedMessageError('in answer to GetRefs')
      answer.documents.push(...refs.documents.map((document) => document.slice()))
      answer.holders.push(...refs.holders.map(({ key, complete }) => ({ key: key.slice(), complete })))
      if (refs.header.byteLength > 0) {
        const list = wholeList(refs, listOf, requests.peer)
        answer.headers.push({ envelope: refs.header.slice(), list })
        bytes += list.byteLength
      }
      if (answer.headers.length > MAX_HEADERS) throw new LimitExceededError('writers in one answer', MAX_HEADERS)
      if (bytes > MAX_BYTES) throw new LimitExceededError('bytes of refs in one answer', MAX_BYTES)
      if (answer.documents.length > MAX_DOCUMENTS) throw new LimitExceededError('documents', MAX_DOCUMENTS)
      if (answer.holders.length > 16) throw new LimitExceededError('holders in one answer', 16)
      answer.more = refs.more
      return refs.last
    },
    options,
  )
  return answer
}

/** Whether it is the list that was signed shows when the header is judged. */
function wholeList({ list, base, changes }: Refs, listOf: ListOf, peer: string): Uint8Array {
  if (base == null || changes == null) return list.slice()
  const before = listOf(base)
  if (before == null) throw new UnexpectedMessageError('with changes of a list that was not named')
  try {
    return applyChanges(before, changes)
  } catch (error) {
    if (error instanceof RefsListError)
      throw new PeerFaultError(peer, 'changes of branches that are none', { cause: error })
    throw error
  }
}
