import type { Oid, RepositoryKey } from '../types.ts'
import type { LooseObject } from './backend.ts'

/** One object that came before the closed set of its repository: what is known without its bytes. */
export interface PartialRow {
  oid: Oid
  /** When it came: Unix milliseconds. */
  at: number
  /** Bytes that it takes here. */
  size: number
}

/** How much of one repository is kept. */
export interface PartialLimits {
  bytes: number
  objects: number
}

/**
 * Objects that somebody looks at before the closed set is here, in rows of their own that no `snapshot` has. They need not be
 * durable: what is lost is fetched again.
 */
export interface PartialRows {
  /** Oldest first. */
  list(id: RepositoryKey): Promise<PartialRow[]>
  /** The bytes of a row; undefined where it is gone. */
  read(id: RepositoryKey, row: PartialRow): Promise<Uint8Array | undefined>
  /**
   * Adds those that are not here yet; beyond the limits the oldest go. Rejects with `RepositoryNotFoundError` where there is
   * no such repository (any more), with `QuotaError` where there is no room.
   */
  add(id: RepositoryKey, objects: LooseObject[], at: number, limits: PartialLimits): Promise<void>
  drop(id: RepositoryKey): Promise<void>
}

/** What adding `objects` to `rows` (oldest first) means. No side effects. */
export function planPartials(
  rows: PartialRow[],
  objects: LooseObject[],
  at: number,
  limits: PartialLimits,
): { add: Array<{ row: PartialRow; bytes: Uint8Array }>; drop: PartialRow[] } {
  const here = new Set(rows.map(({ oid }) => oid))
  const add = objects
    .filter(({ oid }) => !here.has(oid))
    .map(({ oid, bytes }) => ({ row: { oid, at, size: bytes.length }, bytes }))
  let bytes = [...rows, ...add.map(({ row }) => row)].reduce((sum, { size }) => sum + size, 0)
  let count = rows.length + add.length
  const drop: PartialRow[] = []
  for (const row of rows) {
    if (bytes <= limits.bytes && count <= limits.objects) break
    drop.push(row)
    bytes -= row.size
    count--
  }
  return { add, drop }
}
