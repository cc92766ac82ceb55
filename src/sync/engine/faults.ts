import { PeerFaultError } from '../errors.ts'

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
