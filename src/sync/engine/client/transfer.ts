import type { Stream } from '@libp2p/interface'
import { ChannelClosedError, PeerFaultError, UnexpectedMessageError } from '../../errors.ts'
import type { Filter } from '../../wire/index.ts'
import {
  CHUNK_BYTES,
  MAX_TRANSFER_MESSAGE_BYTES,
  openTransfer,
  SYNC_PROTOCOL,
  type Chunk,
  type Range,
  type SyncMessage,
} from '../../wire/index.ts'
import { asError, fromHex } from '../bytes.ts'
import { MAX_WINDOW, type ReceiveCredit } from '../credit.ts'
import { MessageChannel } from '../message-channel.ts'
import type { ClientSession } from './session.ts'
import type { RequestOptions } from './requests.ts'

/** Milliseconds until the acceptor's first message. */
const OPEN_TIMEOUT = 10_000

export interface ObjectsQuery {
  wants: string[]
  haves: string[]
  /** More of them can be named: `MORE_HAVES` may be the answer. */
  negotiate?: boolean
  filter: Filter
}

export interface ObjectsSink {
  begin(pack: { objects: number; bytes: number | null }): void
  /** The next bytes of the pack: the caller's own. */
  part(bytes: Uint8Array<ArrayBuffer>): Promise<void>
}

export interface ChunkSink {
  /** Bytes came. */
  progress(bytes: number): void
  /** A whole chunk: the caller's own. Its promise is awaited before much more is read. */
  chunk(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>
}

/** One transfer stream to a holder: what `GetObjects` and `GetChunks` of its control stream are answered on. */
export class ClientTransfer {
  readonly number: number
  readonly #session: ClientSession
  readonly #credit: ReceiveCredit
  readonly #channel: MessageChannel
  #challenged = false

  private constructor(session: ClientSession, number: number, credit: ReceiveCredit, stream: Stream) {
    this.#session = session
    this.number = number
    this.#credit = credit
    this.#channel = new MessageChannel(stream, {
      maxFrameBytes: MAX_TRANSFER_MESSAGE_BYTES,
      maxQueuedBytes: 2 * MAX_WINDOW,
    })
  }

  static async open(
    session: ClientSession,
    number: number,
    credit: ReceiveCredit,
    signal: AbortSignal,
  ): Promise<ClientTransfer> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(OPEN_TIMEOUT)])
    const stream = await session.connection.newStream(SYNC_PROTOCOL, {
      signal: limit,
      runOnLimitedConnection: session.relayed,
    })
    return ClientTransfer.over(session, number, credit, stream, limit)
  }

  /** Makes a transfer of a stream that was opened before its session was. */
  static async over(
    session: ClientSession,
    number: number,
    credit: ReceiveCredit,
    stream: Stream,
    signal: AbortSignal,
  ): Promise<ClientTransfer> {
    const transfer = new ClientTransfer(session, number, credit, stream)
    try {
      // The session's key proves enough: the acceptor's challenge is not waited for.
      await transfer.#channel.write({ openTransfer: await openTransfer(session.wire, number) }, signal)
      credit.refresh()
    } catch (error) {
      transfer.#channel.abort(asError(error))
      throw error
    }
    void transfer.#run()
    return transfer
  }

  get open(): boolean {
    return this.#channel.open
  }

  /** A pack of what `wants` reach and `haves` do not. */
  async objects(query: ObjectsQuery, sink: ObjectsSink, options?: RequestOptions): Promise<void> {
    const { filter } = query
    await this.#session.requests.run(
      (id) => ({
        getObjects: {
          id,
          transfer: this.number,
          wants: query.wants.map(fromHex),
          haves: query.haves.map(fromHex),
          filter,
          thin: true,
          negotiate: query.negotiate ?? false,
        },
      }),
      async ({ objects, objectsPart, end }) => {
        if (objects != null) {
          sink.begin({ objects: objects.objects, bytes: objects.bytes === 0 ? null : objects.bytes })
        } else if (objectsPart != null) {
          await sink.part(objectsPart.bytes.slice())
        } else if (end == null) {
          throw new UnexpectedMessageError('in answer to GetObjects')
        }
        return end != null
      },
      { ...options, transfer: this.number },
    )
  }

  /** The chunks of `ranges`, each once, in that order. */
  async chunks(packId: string, ranges: Range[], sink: ChunkSink, options?: RequestOptions): Promise<void> {
    const wanted = ranges.flatMap(({ first, count }) => Array.from({ length: count }, (_, n) => first + n))
    const assembly = new ChunkAssembly(this.#session.peer, wanted)
    await this.#session.requests.run(
      (id) => ({ getChunks: { id, transfer: this.number, pack: fromHex(packId), ranges } }),
      async ({ chunk, end }) => {
        if (end != null) {
          const last = assembly.flush()
          if (last != null) await sink.chunk(last.index, last.bytes)
          return true
        }
        if (chunk == null) throw new UnexpectedMessageError('in answer to GetChunks')
        sink.progress(chunk.bytes.byteLength)
        const whole = assembly.add(chunk)
        if (whole != null) await sink.chunk(whole.index, whole.bytes)
        return false
      },
      { ...options, transfer: this.number },
    )
    if (!assembly.complete) throw new PeerFaultError(this.#session.peer, 'ended before all chunks were sent')
  }

  /** No more requests: ends the stream. */
  async close(): Promise<void> {
    if (!this.#channel.open) return
    try {
      await this.#channel.close(AbortSignal.timeout(OPEN_TIMEOUT))
    } catch (error) {
      this.#channel.abort(asError(error))
    }
  }

  async #run(): Promise<void> {
    let error: Error = new ChannelClosedError()
    try {
      for (;;) {
        const message = await this.#channel.read()
        if (message == null) break
        await this.#take(message)
      }
    } catch (thrown) {
      error = asError(thrown)
      this.#channel.abort(error)
      this.#credit.forfeit()
    } finally {
      this.#session.requests.failTransfer(this.number, error)
    }
  }

  async #take(message: SyncMessage): Promise<void> {
    if (message.challenge != null && !this.#challenged) {
      this.#challenged = true
      return
    }
    const payload = message.chunk?.bytes.byteLength ?? message.objectsPart?.bytes.byteLength ?? 0
    this.#credit.received(payload)
    const id = message.chunk?.id ?? message.objects?.id ?? message.objectsPart?.id ?? message.end?.id
    if (id == null) throw new UnexpectedMessageError('on a transfer stream')
    await this.#session.requests.dispatch(id, message)
    if (payload > 0) this.#credit.consumed(payload)
  }
}

/** Puts the parts of chunks together; they come in the order that they were asked for. */
class ChunkAssembly {
  readonly #peer: string
  readonly #wanted: number[]
  #position = 0
  #bytes = new Uint8Array(CHUNK_BYTES)
  #filled = 0

  constructor(peer: string, wanted: number[]) {
    this.#peer = peer
    this.#wanted = wanted
  }

  get complete(): boolean {
    return this.#position === this.#wanted.length && this.#filled === 0
  }

  /** The chunk that this part completes, or the shorter one before it. */
  add({ chunk, offset, bytes }: Chunk): { index: number; bytes: Uint8Array<ArrayBuffer> } | undefined {
    const before = offset === 0 && this.#filled > 0 ? this.flush() : undefined
    if (chunk !== this.#wanted[this.#position] || offset !== this.#filled || offset + bytes.byteLength > CHUNK_BYTES) {
      throw new PeerFaultError(this.#peer, 'sent a chunk that was not asked for')
    }
    this.#bytes.set(bytes, offset)
    this.#filled += bytes.byteLength
    if (before != null) return before
    return this.#filled === CHUNK_BYTES ? this.flush() : undefined
  }

  /** The chunk as far as it came: the last one of a pack is shorter, which only its end tells. */
  flush(): { index: number; bytes: Uint8Array<ArrayBuffer> } | undefined {
    const index = this.#wanted[this.#position]
    if (this.#filled === 0 || index == null) return undefined
    // It is given away: the next chunk gets a buffer of its own. Only the last one of a pack is shorter, and copied.
    const bytes = this.#filled === CHUNK_BYTES ? this.#bytes : this.#bytes.slice(0, this.#filled)
    if (this.#filled === CHUNK_BYTES) this.#bytes = new Uint8Array(CHUNK_BYTES)
    this.#position++
    this.#filled = 0
    return { index, bytes }
  }
}
