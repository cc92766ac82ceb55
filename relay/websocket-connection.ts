import type { Socket } from 'node:net'
import type { AbortOptions } from '@libp2p/interface'
import { AbstractMultiaddrConnection } from '@libp2p/utils'
import type { AbstractMultiaddrConnectionInit, SendResult } from '@libp2p/utils'
import type { Uint8ArrayList } from 'uint8arraylist'
import { WebSocket } from 'ws'
import type { RawData } from 'ws'
import { CLOSE_TIMEOUT, MAX_READ_BUFFER, MAX_WRITE_BUFFER } from './limits.ts'

export class UnexpectedTextMessageError extends Error {
  static override readonly name = 'UnexpectedTextMessageError'
  override readonly name = 'UnexpectedTextMessageError'
  constructor(message = 'The peer sent a text message; libp2p sends binary ones.') {
    super(message)
  }
}

export interface WebSocketConnectionInit extends Omit<
  AbstractMultiaddrConnectionInit,
  'maxReadBufferLength' | 'maxWriteBufferLength'
> {
  websocket: WebSocket
  /** The TCP or TLS socket below: its high-water mark is the back-pressure. */
  socket: Socket
}

/**
 * A `ws` WebSocket as libp2p's `MultiaddrConnection`. Unlike the stock adapter an abort destroys the socket (a close
 * frame leaves it open for as long as the peer likes), reading can be paused, and both buffers are bounded.
 */
export class WebSocketConnection extends AbstractMultiaddrConnection {
  readonly #websocket: WebSocket
  readonly #socket: Socket

  constructor(init: WebSocketConnectionInit) {
    super({ ...init, maxReadBufferLength: MAX_READ_BUFFER, maxWriteBufferLength: MAX_WRITE_BUFFER })
    this.#websocket = init.websocket
    this.#socket = init.socket

    // Without a listener `error` would be thrown and end the process: one malformed frame is enough.
    this.#websocket.on('error', (error) => this.abort(error))
    this.#websocket.on('message', (data, isBinary) => this.#onMessage(data, isBinary))
    this.#websocket.once('close', (code) => this.#onClose(code))
    this.#socket.on('drain', this.#onDrain)
  }

  override sendData(data: Uint8ArrayList): SendResult {
    for (const bytes of data) this.#websocket.send(bytes, { binary: true }, this.#onSent)
    return { sentBytes: data.byteLength, canSendMore: !this.#socket.writableNeedDrain }
  }

  /** A closing handshake; whoever does not answer it in time is cut off. */
  override async sendClose(options?: AbortOptions): Promise<void> {
    if (this.#websocket.readyState === WebSocket.CLOSED) return
    const signals = [AbortSignal.timeout(CLOSE_TIMEOUT), ...(options?.signal == null ? [] : [options.signal])]
    const signal = AbortSignal.any(signals)
    await new Promise<void>((resolve) => {
      const cut = () => this.#websocket.terminate()
      this.#websocket.once('close', () => {
        signal.removeEventListener('abort', cut)
        resolve()
      })
      signal.addEventListener('abort', cut, { once: true })
      if (signal.aborted) cut()
      else this.#websocket.close(1000)
    })
  }

  override sendReset(): void {
    this.#websocket.terminate()
  }

  override sendPause(): void {
    this.#websocket.pause()
  }

  override sendResume(): void {
    this.#websocket.resume()
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (!isBinary) return this.abort(new UnexpectedTextMessageError())
    for (const part of Array.isArray(data) ? data : [data]) {
      this.onData(
        part instanceof ArrayBuffer
          ? new Uint8Array(part)
          : new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
      )
    }
  }

  #onClose(code: number): void {
    this.#socket.off('drain', this.#onDrain)
    if (this.status !== 'open' && this.status !== 'closing') return
    // 1006: the TCP connection went away without a close frame.
    if (code === 1006) this.onRemoteReset()
    else this.onTransportClosed()
  }

  readonly #onDrain = () => {
    this.safeDispatchEvent('drain')
  }

  readonly #onSent = (error?: Error | null) => {
    if (error != null) this.abort(error)
  }
}
