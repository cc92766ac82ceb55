import { StagingNotFoundError } from '../errors.ts'
import type { PackReader, PackReaderId } from './git-store.ts'
import { randomKey } from './pack-storage.ts'

/** A pack, or a bundle, that can be read. */
export interface Output {
  objects: number
  bytes: AsyncGenerator<Uint8Array, void, undefined>
  /** Rejects with `NotServedError` once what is read may not leave any more: refs have moved away from it. */
  check: () => Promise<void>
  /** Called once it is read to its end, or nobody reads it any more. */
  release: () => Promise<void>
}

interface OpenReader {
  check: Output['check']
  release: Output['release']
  bytes: AsyncGenerator<Uint8Array, void, undefined>
  /** What the writer gave and nobody took yet. */
  rest: Uint8Array
  /** Reads follow one another. */
  turn: Promise<unknown>
}

/** Packs and bundles that are being read: written as far as somebody asks. */
export class PackReaders {
  readonly #readers = new Map<PackReaderId, OpenReader>()

  open(output: Output): PackReader {
    const reader = randomKey()
    this.#readers.set(reader, {
      check: output.check,
      release: output.release,
      bytes: output.bytes,
      rest: new Uint8Array(),
      turn: Promise.resolve(),
    })
    return { reader, objects: output.objects, bytes: null }
  }

  async read(reader: PackReaderId, maxBytes: number): Promise<Uint8Array | null> {
    const open = this.#readers.get(reader)
    if (open === undefined) throw new StagingNotFoundError()
    const next = open.turn.then(() => this.#next(reader, open, Math.max(1, maxBytes)))
    open.turn = next.catch(() => undefined)
    return await next
  }

  async close(reader: PackReaderId): Promise<void> {
    const open = this.#readers.get(reader)
    this.#readers.delete(reader)
    await open?.turn
    try {
      await open?.bytes.return()
    } finally {
      await open?.release()
    }
  }

  async closeAll(): Promise<void> {
    for (const reader of [...this.#readers.keys()]) await this.close(reader)
  }

  async #next(reader: PackReaderId, open: OpenReader, maxBytes: number): Promise<Uint8Array | null> {
    await open.check()
    const parts: Uint8Array[] = []
    let length = 0
    while (length < maxBytes) {
      if (open.rest.length === 0) {
        const { done, value } = await open.bytes.next()
        if (done === true) break
        open.rest = value
      }
      const part = open.rest.subarray(0, maxBytes - length)
      open.rest = open.rest.subarray(part.length)
      parts.push(part)
      length += part.length
    }
    if (length === 0) {
      if (this.#readers.delete(reader)) await open.release()
      return null
    }
    const bytes = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }
}
