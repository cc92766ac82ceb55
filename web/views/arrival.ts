import type { RepositoryState, TransferState } from '../../src/sync/index.ts'
import { unreachable } from '../router/index.ts'
import { formatBytesOf, formatSpeed } from '../ui/format.ts'

/** One line on a repository that is not here yet. */
export function describeArrival(repository: RepositoryState): string {
  const { status, transfer } = repository
  switch (status.kind) {
    case 'looking':
      return status.nobody ? 'Nobody who has it is online; waiting' : 'Looking for a device that has it…'
    case 'connecting':
      return `Connecting to ${nameOf(repository, status.peer)}…`
    case 'cloning':
    case 'updating':
      return transfer === null ? 'Starting…' : describeTransfer(transfer).amount || 'Starting…'
    case 'paused':
      return 'Stopped; what is here is kept'
    case 'failed':
      return 'Stopped: something went wrong'
    case 'ready':
      return 'Here'
    default:
      return unreachable(status)
  }
}

/** What the device `peer` calls itself. */
export function nameOf(repository: RepositoryState, peer: string): string {
  const holder = repository.holders.find((candidate) => candidate.peer === peer)
  if (holder?.name) return holder.name
  const { transfer } = repository
  return (transfer?.from?.peer === peer && transfer.from.name) || 'a device that has it'
}

export interface TransferWords {
  /** What is going on: "Getting the files from Ana". */
  phase: string
  /** `3 of 18 MB · 1,204 of 5,000 objects · 2.4 MB/s`. */
  amount: string
  /** How it travels; '' while nobody is connected. */
  path: string
  /** Between 0 and 1; null while the total is unknown. */
  fraction: number | null
}

export function describeTransfer(transfer: TransferState): TransferWords {
  const { bytes, totalBytes, objects, totalObjects, speed, from } = transfer
  const local = transfer.phase === 'checking' || transfer.phase === 'saving'
  const parts: string[] = []
  if (bytes > 0 || totalBytes) parts.push(formatBytesOf(bytes, totalBytes))
  // Objects are counted when they are checked: until then the bytes alone tell how far it is.
  if (objects > 0) {
    const total = totalObjects === null ? '' : ` of ${totalObjects.toLocaleString('en')}`
    parts.push(`${objects.toLocaleString('en')}${total} objects`)
  }
  if (speed > 0 && !local) parts.push(formatSpeed(speed))
  return {
    phase: phaseOf(transfer),
    amount: parts.join(' · '),
    path: from === null || local ? '' : from.link === 'direct' ? 'directly' : 'through the relay',
    fraction: local
      ? fractionOf(objects, totalObjects)
      : (fractionOf(bytes, totalBytes) ?? fractionOf(objects, totalObjects)),
  }
}

function fractionOf(done: number, total: number | null): number | null {
  return total ? Math.min(1, done / total) : null
}

function phaseOf({ phase, from, sources }: TransferState): string {
  const one = from?.name || 'a device that has it'
  // What comes last, and all that is small, comes from one alone.
  const who = phase === 'packs' && sources.length > 1 ? `${sources.length} devices` : one
  switch (phase) {
    case 'refs':
      return `Asking ${who} what there is`
    case 'snapshot':
      return `Getting the file list from ${who}`
    case 'packs':
    case 'tail':
      return `Getting the files and their history from ${who}`
    case 'checking':
      return 'Checking every object'
    case 'saving':
      return 'Saving in this browser'
    default:
      return unreachable(phase)
  }
}
