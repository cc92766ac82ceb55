import type { Stream } from '@libp2p/interface'
import { ChannelClosedError, FrameTooLongError, QueueOverrunError } from '../errors.ts'
import { FrameParser, framePrefix } from './frames.ts'
import { race } from './timing.ts'

/**
 * Bytes of `maxQueuedBytes` for each frame that may wait: what a frame costs beside its bytes is a few times this, and
 * those of a byte or two would otherwise be bounded by nothing.
 */
const QUEUED_BYTES_PER_FRAME = 64

export interface FrameChannelInit {
  /** Bytes of the longest frame that is taken; a longer one aborts the stream. */
  maxFrameBytes: number
  /** Bytes of frames that may wait unread; more than that is a peer that ignores its credit, and aborts the stream. */
  maxQueuedBytes: number
}

interface Waiter {
  resolve: (frame: Uint8Array | undefined) => void
  reject: (error: Error) => void
}

/**
 * Length-prefixed frames over one libp2p stream, with bounded reading and back-pressure on writing.
 *
 * js-libp2p's own `onDrain()` resolves at once after the first drain of a stream (its promise is never renewed), so the
 * `drain` event is awaited here instead.
 */
export class FrameChannel {
  readonly stream: Stream
  readonly #init: FrameChannelInit
  readonly #parser: FrameParser
  readonly #queue: Uint8Array[] = []
  readonly #closed = Promise.withResolvers<Error | undefined>()
  #queuedBytes = 0
  #waiter: Waiter | undefined
  #ended = false
  #error: Error | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(stream: Stream, init: FrameChannelInit) {
    this.stream = stream
    this.#init = init
    this.#parser = new FrameParser(init.maxFrameBytes)
    stream.addEventListener('remoteCloseWrite', () => {
      // What arrived before it is dispatched first: js-libp2p empties its read buffer before the next macrotask.
      setTimeout(() => this.#end(undefined), 0)
    })
    stream.addEventListener('close', (event) => this.#end(event.error))
    stream.addEventListener('message', (event) => this.#take(event.data.subarray()))
    if (stream.status !== 'open') this.#end(undefined)
  }

  /** Resolves when no more frames will come, with the error that ended the stream, if one did. */
  get closed(): Promise<Error | undefined> {
    return this.#closed.promise
  }

  get open(): boolean {
    return !this.#ended && this.stream.status === 'open'
  }

  /** The next frame; undefined at the end of the stream. One reader at a time. Rejects with what broke the stream. */
  async read(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    signal?.throwIfAborted()
    const frame = this.#queue.shift()
    if (frame != null) {
      this.#queuedBytes -= frame.byteLength
      return frame
    }
    if (this.#ended) {
      if (this.#error != null) throw this.#error
      return undefined
    }
    const waiter = Promise.withResolvers<Uint8Array | undefined>()
    this.#waiter = waiter
    const onAbort = (): void => waiter.reject(signal?.reason as Error)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      return await waiter.promise
    } finally {
      signal?.removeEventListener('abort', onAbort)
      if (this.#waiter === waiter) this.#waiter = undefined
    }
  }

  /** Sends one frame after those before it, and resolves when the next may be sent. */
  async write(frame: Uint8Array, signal?: AbortSignal): Promise<void> {
    const turn = this.#writing.then(() => this.#send(frame, signal))
    // A failed write ends the stream; those queued behind it find it closed and fail by themselves.
    this.#writing = turn.catch(() => undefined)
    return turn
  }

  /** Closes the writing side once everything is sent. Rejects with the signal's reason where that takes too long. */
  async close(signal: AbortSignal): Promise<void> {
    // What waits for a peer that does not read never goes out.
    await race(this.#writing, signal)
    if (this.stream.status === 'open') await this.stream.close({ signal })
  }

  abort(error: Error): void {
    this.stream.abort(error)
    this.#end(error)
  }

  async #send(frame: Uint8Array, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (this.stream.status !== 'open' || this.stream.writeStatus !== 'writable') throw new ChannelClosedError()
    const prefix = framePrefix(frame.byteLength)
    const whole = new Uint8Array(prefix.byteLength + frame.byteLength)
    whole.set(prefix)
    whole.set(frame, prefix.byteLength)
    if (!this.stream.send(whole)) await this.#drain(signal)
  }

  async #drain(signal?: AbortSignal): Promise<void> {
    const drained = Promise.withResolvers<void>()
    // Our listener runs before the queue is worked off (a microtask later), which may fill the channel again.
    const onDrain = (): void => {
      setTimeout(() => {
        if (!this.stream.writableNeedsDrain) drained.resolve()
      }, 0)
    }
    const onClose = (): void => drained.reject(this.#error ?? new ChannelClosedError())
    const onAbort = (): void => drained.reject(signal?.reason as Error)
    this.stream.addEventListener('drain', onDrain)
    this.stream.addEventListener('close', onClose)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      if (this.stream.status !== 'open') throw new ChannelClosedError()
      if (this.stream.writableNeedsDrain) await drained.promise
    } finally {
      this.stream.removeEventListener('drain', onDrain)
      this.stream.removeEventListener('close', onClose)
      signal?.removeEventListener('abort', onAbort)
    }
  }

  #take(bytes: Uint8Array): void {
    if (this.#ended) return
    try {
      for (const frame of this.#parser.push(bytes)) this.#deliver(frame)
    } catch (error) {
      this.abort(error instanceof FrameTooLongError ? error : new QueueOverrunError(this.#init.maxQueuedBytes))
    }
  }

  #deliver(frame: Uint8Array): void {
    const waiter = this.#waiter
    if (waiter != null) {
      this.#waiter = undefined
      waiter.resolve(frame)
      return
    }
    this.#queuedBytes += frame.byteLength
    this.#queue.push(frame)
    const { maxQueuedBytes } = this.#init
    if (this.#queuedBytes > maxQueuedBytes || this.#queue.length > maxQueuedBytes / QUEUED_BYTES_PER_FRAME) {
      throw new QueueOverrunError(maxQueuedBytes)
    }
  }

  #end(error: Error | undefined): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    const waiter = this.#waiter
    this.#waiter = undefined
    if (error != null) waiter?.reject(error)
    else waiter?.resolve(undefined)
    this.#closed.resolve(error)
  }
}
