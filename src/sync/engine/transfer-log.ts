import type { HolderState, TransferRecord } from '../types.ts'

/** Records of one repository: a day's worth, in some 50 KB. */
export const MAX_RECORDS = 200

/** Who sent what, how fast, and what was refused: newest first, in memory, bounded. */
export class TransferLog {
  readonly #records: TransferRecord[] = []

  add(record: TransferRecord): void {
    this.#records.unshift(record)
    this.#records.length = Math.min(this.#records.length, MAX_RECORDS)
  }

  /** What went at the same time to or from the same peer went over several streams or connections: it is one record. */
  join(record: TransferRecord): void {
    const at = this.#records.findIndex((other) => isPartOf(record, other))
    const [other] = at < 0 ? [] : this.#records.splice(at, 1)
    if (other == null) return this.add(record)
    const from = Math.min(other.at - other.milliseconds, record.at - record.milliseconds)
    this.add({ ...record, bytes: other.bytes + record.bytes, milliseconds: record.at - from })
  }

  list(): TransferRecord[] {
    return [...this.#records]
  }
}

function isPartOf(record: TransferRecord, other: TransferRecord): boolean {
  const alike = record.peer === other.peer && record.link === other.link && record.direction === other.direction
  return alike && record.outcome.kind === other.outcome.kind && record.at - record.milliseconds <= other.at
}

export function recordOf(
  { peer, name, link }: Pick<HolderState, 'peer' | 'name' | 'link'>,
  direction: TransferRecord['direction'],
  { bytes, milliseconds }: Pick<TransferMeter, 'bytes' | 'milliseconds'>,
  outcome: TransferRecord['outcome'],
): TransferRecord {
  return { at: Date.now(), peer, name, link, direction, bytes, milliseconds, outcome }
}

/** Counts the payload that one side of a transfer carries, from its first byte to its last. */
export class TransferMeter {
  bytes = 0
  #first: number | undefined
  #last = 0

  add(bytes: number): void {
    const now = performance.now()
    this.#first ??= now
    this.#last = now
    this.bytes += bytes
  }

  get milliseconds(): number {
    return Math.round(this.#last - (this.#first ?? this.#last))
  }
}
