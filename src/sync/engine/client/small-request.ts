import { UnexpectedMessageError } from '../../errors.ts'
import type { Filter } from '../../wire/index.ts'
import type { RequestOptions, Requests } from './requests.ts'

export interface SmallRequest {
  wants: Array<Uint8Array<ArrayBuffer>>
  /** `OBJECTS` or `SNAPSHOT`. */
  filter: Filter
}

/**
 * Asks for single objects, which come as a small whole pack on the transfer stream of that number. `part` takes its bytes,
 * which are the caller's own; what it throws cancels the request.
 */
export async function requestObjects(
  requests: Requests,
  transfer: number,
  { wants, filter }: SmallRequest,
  part: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
  options?: RequestOptions,
): Promise<void> {
  await requests.run(
    (id) => ({ getObjects: { id, transfer, wants, haves: [], filter, thin: false } }),
    async ({ objects, objectsPart, end }) => {
      if (objectsPart != null) await part(objectsPart.bytes.slice())
      else if (objects == null && end == null) throw new UnexpectedMessageError('in answer to GetObjects')
      return end != null
    },
    { ...options, transfer },
  )
}
