import { DatabaseClosedError, QuotaError, StorageFailedError, StorageRefusedError } from './errors.ts'

/** A page that may not store anything hears of it when it opens a database; each browser calls it something else. */
const REFUSALS = new Set(['SecurityError', 'NotAllowedError', 'InvalidStateError', 'NotSupportedError'])
/** Chromium's words for blocked site data; other `UnknownError`s are damage. */
const DENIED = /denied|not allowed|permission|disabled/i

/**
 * The browser's own error as one of ours, which says what happened and what to do; anything else as it is. `opening`: the
 * database was being opened, so that nothing has begun.
 */
export function databaseError(error: unknown, opening = false): unknown {
  if (!(error instanceof Error)) return error
  const { name, message } = error
  if (name === 'QuotaExceededError') return new QuotaError()
  if (!(error instanceof DOMException)) return error
  if (name === 'VersionError') {
    return new DatabaseClosedError('This data was written by a newer version of this app. Reload the page.')
  }
  if (opening && (REFUSALS.has(name) || DENIED.test(message))) return new StorageRefusedError('database', message)
  if (isLostConnection(error)) return new DatabaseClosedError()
  if (name === 'UnknownError' || name === 'TimeoutError') return new StorageFailedError(message)
  return error
}

/** `transaction()` throws InvalidStateError on a connection that is closing or closed. */
export function isLostConnection(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'InvalidStateError'
}
