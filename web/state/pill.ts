import type { RelayStatus } from '../../src/peer/index.ts'
import type { RepositoryState } from '../../src/sync/index.ts'
import { formatClock } from '../ui/format.ts'

/** The whole network, in one pill. */
export interface Pill {
  tone: 'live' | 'stale' | 'plain' | 'refused'
  words: string
  /** One sentence more, for who asks. */
  detail: string
}

/** What the pill says of one repository. `now` in Unix milliseconds. */
export function describeStatus(state: RepositoryState, online: boolean, relay: RelayStatus, now: number): Pill {
  if (state.status.kind === 'failed') {
    return { tone: 'refused', words: 'Stopped', detail: 'Something went wrong; the page says what.' }
  }
  const { holders } = state
  if (holders.length > 0 && holders.every((holder) => holder.link === 'relayed')) {
    return {
      tone: 'stale',
      words: 'Live, relayed',
      detail: 'No direct path to another device, so data passes encrypted through the meeting point.',
    }
  }
  if (holders.length > 0) {
    return {
      tone: 'live',
      words: `Live from ${holders.length}`,
      detail: `Connected with ${holders.map((holder) => holder.name).join(', ')}. What comes from there is verified.`,
    }
  }
  if (!hasCopy(state)) {
    if (state.status.kind === 'connecting') {
      return { tone: 'plain', words: 'Connecting…', detail: 'A device that has it was found.' }
    }
    return state.status.kind === 'looking' && !state.status.nobody && online
      ? { tone: 'plain', words: 'Looking…', detail: 'Looking for a device that has it.' }
      : { tone: 'plain', words: 'Nobody online', detail: 'No device that has this repository can be reached now.' }
  }
  if (!online || relay.kind !== 'ready') {
    return {
      tone: 'stale',
      words: `Offline copy, ${formatClock(lastKnown(state), now)}`,
      detail: 'Everything of this copy is here. Commits are kept and sent later.',
    }
  }
  if (state.maintainer) {
    return { tone: 'live', words: 'Live from here', detail: 'Others get it from this browser while the page is open.' }
  }
  return {
    tone: 'plain',
    words: 'Nobody online',
    detail: `Nobody else who has it is online. This is your copy from ${formatClock(lastKnown(state), now)}.`,
  }
}

/** Code of it can be shown. */
export function hasCopy(state: RepositoryState): boolean {
  return state.refs.length > 0 || state.status.kind === 'ready' || state.status.kind === 'updating'
}

/** When this copy was last known to be the newest: compared with a holder, or else signed. Unix milliseconds. */
export function lastKnown(state: RepositoryState): number {
  return state.comparedAt || state.signedAt
}
