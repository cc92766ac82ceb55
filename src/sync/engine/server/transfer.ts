import { asError, toHex } from '../bytes.ts'
import { TransferMeter } from '../transfer-log.ts'
import { IdleTimer } from '../timing.ts'
import { Mutex } from '../mutex.ts'
import {
  Filter,
  HEAD_WANT,
  MAX_PART_BYTES,
  Status,
  type GetChunks,
  type GetObjects,
  type SyncMessage,
} from '../../wire/index.ts'
import { RELAYED_TAIL_BYTES } from '../relayed.ts'
import { unreachable } from '../unreachable.ts'
import { statusOf } from './status.ts'
import type { GitStore, ObjectsRequest } from '../../../git/index.ts'
import type { MessageChannel } from '../message-channel.ts'
import type { ServerConnection } from './connection.ts'
import type { ServerControl } from './control.ts'

/** Bytes that are read from a pack writer at once: few trips to the worker, little memory. */
const READ_BYTES = 4 * MAX_PART_BYTES

/** Where the chunks of a request come from, and who is told as they go out. */
export interface ChunkReader {
  read(chunk: number): Promise<Uint8Array>
  sent(chunk: number): void
}

/** One transfer stream that a peer opened to us: packs and chunks go out on it one request after another. */
export class ServerTransfer {
  readonly number: number
  /** The control stream that it is bound to, and with it the repository. */
  readonly control: ServerControl
  readonly #connection: ServerConnection
  readonly #channel: MessageChannel
  readonly #turn = new Mutex()
  /** Payload that went out. */
  readonly meter = new TransferMeter()

  constructor(number: number, control: ServerControl, connection: ServerConnection, channel: MessageChannel) {
    this.number = number
    this.control = control
    this.#connection = connection
    this.#channel = channel
  }

  async chunks(request: GetChunks, signal: AbortSignal, reader: ChunkReader): Promise<void> {
    await this.#run(request.id, signal, async () => {
      for (const { first, count } of request.ranges) {
        for (let chunk = first; chunk < first + count; chunk++) {
          signal.throwIfAborted()
          const bytes = await reader.read(chunk)
          await this.#payload(bytes, signal, (part, offset) => ({
            chunk: { id: request.id, chunk, offset, bytes: part },
          }))
          reader.sent(chunk)
        }
      }
      return Status.OK
    })
  }

  async objects(store: GitStore, token: string, request: GetObjects, signal: AbortSignal): Promise<void> {
    await this.#run(request.id, signal, async () => {
      const pack = await store.openObjects(token, objectsRequest(request), { signal })
      try {
        await this.#send({ objects: { id: request.id, objects: pack.objects, bytes: pack.bytes ?? 0 } })
        // Somebody waits for a single file, but a whole history is in no hurry.
        const credit = request.filter === Filter.CLOSURE ? this.#connection.credit : this.#connection.urgentCredit
        let sent = 0
        for (;;) {
          signal.throwIfAborted()
          const bytes = await store.readPack(pack.reader, READ_BYTES)
          if (bytes == null) return Status.OK
          sent += bytes.byteLength
          if (this.#connection.relayed && sent > RELAYED_TAIL_BYTES) return Status.TOO_LARGE
          await this.#payload(bytes, signal, (part) => ({ objectsPart: { id: request.id, bytes: part } }), credit)
        }
      } finally {
        await store.closeReader(pack.reader)
      }
    })
  }

  abort(error: Error): void {
    this.#channel.abort(error)
  }

  async #run(id: number, signal: AbortSignal, work: () => Promise<Status>): Promise<void> {
    await this.#turn.run(async () => {
      let status = Status.CANCELLED
      try {
        if (!signal.aborted) status = await work()
      } catch (error) {
        if (!this.#channel.open) throw error
        status = statusOf(error, signal)
      }
      await this.#send({ end: { id, status } })
    })
  }

  /** Cuts `bytes` into parts within the connection's credit. What was taken from the credit is always sent. */
  async #payload(
    bytes: Uint8Array,
    signal: AbortSignal,
    wrap: (part: Uint8Array<ArrayBuffer>, offset: number) => Partial<SyncMessage>,
    credit = this.#connection.credit,
  ): Promise<void> {
    const idle = new IdleTimer(undefined, signal)
    let offset = 0
    let slow = 0
    try {
      while (offset < bytes.byteLength) {
        const length = await credit.take(Math.min(MAX_PART_BYTES, bytes.byteLength - offset), idle.signal)
        await this.#send(wrap(bytes.slice(offset, offset + length), offset))
        this.meter.add(length)
        offset += length
        slow += length
        // Not at every part: a peer that takes a byte now and then would keep others from being served.
        if (slow < MAX_PART_BYTES) continue
        slow = 0
        idle.touch()
      }
    } finally {
      idle.stop()
    }
  }

  /** A peer that takes nothing for the idle time-out is gone. */
  async #send(message: Partial<SyncMessage>): Promise<void> {
    const idle = new IdleTimer()
    try {
      await this.#channel.write(message, idle.signal)
    } catch (error) {
      this.#channel.abort(asError(error))
      throw error
    } finally {
      idle.stop()
    }
  }
}

function objectsRequest(request: GetObjects): ObjectsRequest {
  const wants = request.wants.map(toHex)
  return {
    // The store takes none for HEAD.
    wants: request.filter === Filter.SNAPSHOT && wants.length === 1 && wants[0] === toHex(HEAD_WANT) ? [] : wants,
    haves: request.haves.map(toHex),
    filter: filterOf(request.filter),
    thin: request.thin,
    negotiate: request.negotiate ?? false,
  }
}

function filterOf(filter: Filter): ObjectsRequest['filter'] {
  switch (filter) {
    case Filter.CLOSURE:
      return 'closure'
    case Filter.OBJECTS:
      return 'objects'
    case Filter.SNAPSHOT:
      return 'snapshot'
    default:
      return unreachable(filter)
  }
}
