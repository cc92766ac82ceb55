import { ERROR_WORDS, TECHNICAL } from './error-words.ts'
import { inPlainWords } from './plain-words.ts'

/** An error in words for the screen. Our own errors say themselves what happened and what to do. */
export interface ErrorWords {
  title: string
  message: string
  advice?: string
  link?: { href: string; text: string }
  /** For errors that are not ours: what a developer needs. */
  detail?: string
}

const BUNDLE_ADVICE =
  'If the folder does hold a repository, this browser hides its .git from pages. In the folder, run “git bundle create repository.bundle --branches --tags” and drop the file here.'

/**
 * `error` for the screen. `reading`: a file or folder that somebody gave was being read, so that what is not there is not
 * there.
 */
export function describeError(error: unknown, { reading = false } = {}): ErrorWords {
  if (!(error instanceof Error) && !isNamed(error)) {
    return { title: 'Something went wrong', message: String(error), advice: RELOAD }
  }
  const { name, message } = error
  const words = ERROR_WORDS.get(name)
  if (words !== undefined) return words
  switch (name) {
    case 'QuotaExceededError':
    case 'QuotaError':
      return {
        title: 'This browser is full',
        message: 'Nothing was lost. Free space by removing a repository that you no longer need here, or on the disk.',
        link: { href: '#/settings', text: 'Free space' },
      }
    case 'NotARepositoryError':
      // Its message says what to do about a browser that hides .git.
      return { title: 'No repository in there', message }
    case 'NotFoundError':
      if (!reading)
        return { title: 'Something went wrong in this page', message, advice: RELOAD, detail: stackOf(error) }
      // The File System Access API's way to say that a file or folder is not there.
      return {
        title: 'No repository in there',
        message: 'The folder has no .git that this page can see.',
        advice: BUNDLE_ADVICE,
      }
    case 'NotAllowedError':
    case 'SecurityError':
      return {
        title: 'The browser did not allow it',
        message: 'It was refused, by you or by a rule of this browser.',
        advice: 'Allow it when the browser asks, then try again.',
        detail: message,
      }
    case 'NotReadableError':
      return {
        title: 'A file could not be read',
        message: 'It may have been changed or moved while it was read. Nothing was kept; try again.',
        detail: message,
      }
    case 'StorageRefusedError':
    case 'StorageFailedError':
      return { title: 'The storage of this page stopped', message, detail: reasonOf(error) }
    case 'WorkerDiedError':
    case 'DatabaseClosedError':
    case 'DatabaseBlockedError':
      return { title: 'The storage of this page stopped', message }
    case 'InvalidStateError':
    case 'UnknownError':
    case 'TransactionInactiveError':
      // What the browser says of its storage, wherever it was not recognised as that.
      return {
        title: 'Something in the browser stopped',
        message: 'The browser could not do what the page asked of it.',
        advice: RELOAD,
        detail: stackOf(error) ?? message,
      }
    case 'TypeError':
    case 'RangeError':
    case 'ReferenceError':
    case 'SyntaxError':
      return { title: 'Something went wrong in this page', message, advice: RELOAD, detail: stackOf(error) }
    default:
      return { title: 'That did not work', message: TECHNICAL.has(name) ? inPlainWords(message) : message }
  }
}

const RELOAD = 'What was stored is safe. Reload the page; if it happens again, report what you did.'

/** Errors from the worker are errors by shape, whatever made them. */
function isNamed(error: unknown): error is { name: string; message: string; stack?: unknown } {
  return (
    typeof error === 'object' &&
    error !== null &&
    typeof (error as { name?: unknown }).name === 'string' &&
    typeof (error as { message?: unknown }).message === 'string'
  )
}

function stackOf(error: { stack?: unknown }): string | undefined {
  return typeof error.stack === 'string' ? error.stack : undefined
}

/** The browser's own words, which an error of ours carries along. */
function reasonOf(error: object): string | undefined {
  const reason = 'reason' in error ? error.reason : undefined
  return typeof reason === 'string' && reason !== '' ? reason : undefined
}
