import { IdleTimeoutError, PeerFaultError } from '../errors.ts'
import type { Offence } from '../../peer/index.ts'

/**
 * Errors of src/git, by name (they cross the worker by name), that prove that a pack is not what it was advertised as. Not
 * among them: a row that this device lost, and packs that are sound but beyond a limit.
 */
export const PACK_FAULTS: ReadonlySet<string> = new Set([
  'PackError',
  'PackHeaderError',
  'PackTruncatedError',
  'PackTrailerError',
  'PackEntryError',
  'DeltaError',
  'DeltaChainError',
  'MissingBaseError',
  'MissingObjectError',
  'DuplicateObjectError',
  'ObjectFormatError',
  'ObjectTypeError',
  'UnwantedObjectError',
])

export const MANIFEST_FAULTS: ReadonlySet<string> = new Set(['ManifestError'])
export const CHUNK_FAULTS: ReadonlySet<string> = new Set(['ChunkMismatchError'])

/** Trouble of this device, or of the repository itself, that another holder would not cure. */
const LOCAL: ReadonlySet<string> = new Set([
  'QuotaError',
  'QuotaExceededError',
  'DatabaseClosedError',
  'DatabaseBlockedError',
  'StorageRefusedError',
  'StorageFailedError',
  'DataDirectoryLockedError',
  'WorkerDiedError',
  'LimitError',
  'ObjectTooLargeError',
  'PackTooLargeError',
  'TooManyLinksError',
  'RefNameError',
])

export function isLocal(error: Error): boolean {
  return LOCAL.has(error.name)
}

/** Errors of a stream that prove no malice: bytes that no conforming peer sends, of whatever version. */
const PROTOCOL_FAULTS: ReadonlySet<string> = new Set([
  'WireError',
  'MessageTooLongError',
  'FrameTooLongError',
  'QueueOverrunError',
])

/** What a stream's end counts against the peer at its other end; undefined: nothing. */
export function offenceOf(error: Error): Offence | undefined {
  if (PROTOCOL_FAULTS.has(error.name)) return 'protocol'
  return error instanceof IdleTimeoutError ? 'silent' : undefined
}

/** Runs `work`; errors with one of `names` are `peer`'s proven fault. */
export async function blaming<T>(
  peer: string,
  reason: string,
  names: ReadonlySet<string>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Error && names.has(error.name)) throw new PeerFaultError(peer, reason, { cause: error })
    throw error
  }
}
