import type { ImportState } from '../../src/sync/index.ts'
import { formatBytesOf, formatSpeed } from '../ui/format.ts'

const PHASES: Record<ImportState['phase'], string> = {
  ask: 'Asking the server',
  read: 'Reading',
  receive: 'Receiving',
  index: 'Checking every object',
  resolve: 'Working out the differences between objects',
  check: 'Checking that nothing is missing',
  write: 'Writing',
  store: 'Storing in this browser',
  sign: 'Signing with your key',
}

export interface ImportWords {
  phase: string
  /** `3 of 18 MB, 1,204 of 5,000 objects, 24 MB/s`; '' while nothing is counted. */
  amount: string
  /** Between 0 and 1; null while the total is unknown. */
  fraction: number | null
}

export function describeImport(state: ImportState): ImportWords {
  const { bytes, totalBytes, objects, totalObjects, speed } = state
  const parts: string[] = []
  if (bytes !== undefined) parts.push(formatBytesOf(bytes, totalBytes))
  if (objects !== undefined) {
    const total = totalObjects === undefined ? '' : ` of ${totalObjects.toLocaleString('en')}`
    parts.push(`${objects.toLocaleString('en')}${total} objects`)
  }
  if (speed > 0) parts.push(bytes === undefined ? `${Math.round(speed).toLocaleString('en')}/s` : formatSpeed(speed))
  return { phase: PHASES[state.phase], amount: parts.join(' · '), fraction: fractionOf(state) }
}

function fractionOf({ bytes, totalBytes, objects, totalObjects }: ImportState): number | null {
  if (bytes !== undefined && totalBytes) return Math.min(1, bytes / totalBytes)
  if (objects !== undefined && totalObjects) return Math.min(1, objects / totalObjects)
  return null
}
