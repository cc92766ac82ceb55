import type { RepositoryState } from '../../src/sync/index.ts'
import { unreachable } from '../router/index.ts'
import { formatBytes, formatBytesOf } from '../ui/format.ts'
import { nameOf } from './arrival.ts'

export interface PreviewWords {
  /** "3 of 18 MB here. Files open as you click." */
  words: string
  /** Between 0 and 1; null while the total is unknown. */
  fraction: number | null
  /** It is under way: there is something to see moving. */
  moving: boolean
  /** What its reader can do about it. */
  action: 'stop' | 'resume' | 'save' | null
}

const OPEN = 'Files open as you click.'

/** What is said of a repository whose code is shown before all of it is here. */
export function describePreview(repository: RepositoryState, online: boolean): PreviewWords {
  const { status, transfer, preview, holders } = repository
  const total = transfer?.totalBytes ?? null
  const bytes = Math.max(transfer?.bytes ?? 0, preview?.bytes ?? 0)
  const here = `${formatBytesOf(bytes, total)} here.`
  const still = { fraction: null, moving: false }
  const fraction = total ? Math.min(1, bytes / total) : null
  switch (status.kind) {
    case 'paused':
      // What nobody is asked for waits for a word because of its size; what comes from somebody is being stopped.
      return total === null || transfer?.from !== null
        ? { words: `Stopped. What has come is kept. ${OPEN}`, ...still, action: 'resume' }
        : { words: `${here} ${OPEN}`, ...still, action: 'save' }
    case 'failed':
      return { words: `${formatBytes(bytes)} here.`, ...still, action: null }
    case 'looking':
    case 'connecting':
      if (!online)
        return { words: 'You are offline. What you have opened is here; the rest comes later.', ...still, action: null }
      if (status.kind === 'looking' && status.nobody) {
        return {
          words: 'Nobody who has it is online now. The rest comes by itself when somebody is.',
          ...still,
          action: null,
        }
      }
      return status.kind === 'connecting' && holders.length === 0
        ? { words: `Connecting to ${nameOf(repository, status.peer)}… ${OPEN}`, fraction, moving: true, action: null }
        : { words: `${here} ${OPEN}`, fraction, moving: true, action: null }
    case 'cloning':
    case 'updating':
    case 'ready':
      if (transfer?.phase === 'checking' || transfer?.phase === 'saving') {
        return { words: `All of it is here, and is being checked. ${OPEN}`, fraction: 1, moving: true, action: 'stop' }
      }
      return { words: `${here} ${OPEN}`, fraction, moving: true, action: 'stop' }
    default:
      return unreachable(status)
  }
}
