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

export function describeError(error: unknown): ErrorWords {
  if (!(error instanceof Error) && !isNamed(error)) {
    return { title: 'Something went wrong', message: String(error), advice: RELOAD }
  }
  const { name, message } = error
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
        message,
        advice: 'Allow it when the browser asks, then try again.',
      }
    case 'NotReadableError':
      return {
        title: 'A file could not be read',
        message,
        advice: 'It may have been changed or moved while it was read. Nothing was kept; try again.',
      }
    case 'WorkerDiedError':
    case 'DatabaseClosedError':
    case 'DatabaseBlockedError':
      return { title: 'The storage of this page stopped', message }
    case 'TypeError':
    case 'RangeError':
    case 'ReferenceError':
    case 'SyntaxError':
      return { title: 'Something went wrong in this page', message, advice: RELOAD, detail: stackOf(error) }
    default:
      return { title: 'That did not work', message }
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
