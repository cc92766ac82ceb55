import { MAX_BATCH_BYTES, type Row } from '../backend/backend.ts'

/** Milliseconds for which a row waits for others to be written with: what is not written yet comes again after a reload. */
const WRITE_AFTER = 500

/**
 * Writes a pack's rows as they come, many in one transaction. (Measured: written one by one as soon as they come, with the
 * indexer giving way to that, a clone took half as long again.)
 */
export class RowWriter {
  readonly #write: (rows: Row[]) => Promise<void>
  /** Rows that are not durable yet. */
  readonly #waiting = new Map<number, Uint8Array>()
  #waitingBytes = 0
  #writing: Promise<void> | undefined
  #stopped = false
  /** Writes what waits where it does not become enough soon. */
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `write` makes rows durable, `MAX_BATCH_BYTES` of them at most, and is called again only after it has settled. */
  constructor(write: (rows: Row[]) => Promise<void>) {
    this.#write = write
  }

  /** A row that is not durable yet. */
  waiting(n: number): Uint8Array | undefined {
    return this.#waiting.get(n)
  }

  /** The numbers of all of these. */
  get numbers(): Iterable<number> {
    return this.#waiting.keys()
  }

  /** Takes a row, whose bytes nobody changes. Resolves when more may come; rejects where too much waits and cannot be written. */
  async add({ n, bytes }: Row): Promise<void> {
    this.#waiting.set(n, bytes)
    this.#waitingBytes += bytes.length
    while (this.#waitingBytes >= MAX_BATCH_BYTES) await this.#writeBatch()
    if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => this.#writeSoon(), WRITE_AFTER)
  }

  /** All that came is durable. What cannot be written stays: the next call tries again. */
  async flush(): Promise<void> {
    while (this.#waiting.size > 0) await this.#writeBatch()
  }

  /** Nothing follows what is under way. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  /** That has come to its end, well or badly. */
  async stopped(): Promise<void> {
    this.stop()
    await this.#writing?.catch(() => undefined)
  }

  #writeSoon(): void {
    this.#timer = undefined
    if (this.#stopped) return
    // The rows stay where they cannot be written: whoever waits for them meets the same error.
    this.#writeBatch().catch(() => undefined)
  }

  /** One transaction of what waits, or the one that is under way. */
  #writeBatch(): Promise<void> {
    this.#writing ??= this.#next().finally(() => (this.#writing = undefined))
    return this.#writing
  }

  async #next(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const rows: Row[] = []
    let length = 0
    for (const [n, bytes] of [...this.#waiting].sort(([a], [b]) => a - b)) {
      length += bytes.length
      if (length > MAX_BATCH_BYTES) break
      rows.push({ n, bytes })
    }
    await this.#write(rows)
    for (const { n, bytes } of rows) {
      this.#waiting.delete(n)
      this.#waitingBytes -= bytes.length
    }
  }
}
