import { Status } from '../../wire/index.ts'

/** What a failed request is answered with: nothing about the inside of this peer. Errors of src/git come by name from its worker. */
export function statusOf(error: unknown, signal: AbortSignal): Status {
  if (signal.aborted) return Status.CANCELLED
  const name = error instanceof Error ? error.name : ''
  switch (name) {
    case 'NotServedError':
    case 'MissingObjectError':
    case 'UnknownPackError':
      return Status.NOT_SERVED
    case 'MoreHavesError':
      return Status.MORE_HAVES
    case 'LimitExceededError':
      return Status.TOO_LARGE
    default:
      return Status.INTERNAL
  }
}
