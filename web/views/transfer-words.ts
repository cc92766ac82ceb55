import type { SourceState, TransferRecord } from '../../src/sync/index.ts'
import { unreachable } from '../router/index.ts'
import { formatBytes, formatSpeed } from '../ui/format.ts'

/** A row of what comes in at this moment. */
export interface SourceWords {
  amount: string
  speed: string
  path: string
}

export function describeSource({ bytes, speed, link }: SourceState): SourceWords {
  return { amount: formatBytes(bytes), speed: formatSpeed(speed), path: pathOf(link) }
}

/** A row of what went between this device and another. */
export interface RecordWords {
  /** `received`, `sent`. */
  direction: string
  amount: string
  /** '' where it was over at once, or nothing came. */
  speed: string
  path: string
  /** How it ended. */
  outcome: string
  /** It was refused: shown as such. */
  refused: boolean
}

export function describeRecord({ direction, bytes, milliseconds, link, outcome }: TransferRecord): RecordWords {
  return {
    direction,
    amount: bytes === 0 ? 'nothing' : formatBytes(bytes),
    // Less than a tenth of a second says more of the clock than of the line.
    speed: bytes === 0 || milliseconds < 100 ? '' : formatSpeed((bytes * 1000) / milliseconds),
    path: pathOf(link),
    outcome: outcomeOf(outcome),
    refused: outcome.kind === 'blocked',
  }
}

function pathOf(link: SourceState['link']): string {
  return link === 'direct' ? 'directly' : 'through the relay'
}

function outcomeOf(outcome: TransferRecord['outcome']): string {
  switch (outcome.kind) {
    case 'done':
      return 'complete'
    case 'stopped':
      return 'stopped before the end'
    case 'slow':
      return 'too slow: others were asked'
    case 'refused':
      return 'did not give what it said it has'
    case 'blocked':
      return 'blocked: it sent data that does not match its signature'
    default:
      return unreachable(outcome)
  }
}
