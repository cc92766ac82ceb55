import { AbstractMultiaddrConnection } from '@libp2p/utils'
import type { AbortOptions } from '@libp2p/interface'
import type { AbstractMultiaddrConnectionInit, SendResult } from '@libp2p/utils'
import type { Uint8ArrayList } from 'uint8arraylist'

/** Unsent bytes above which a sender waits: a WebSocket to a relay carries little, and its buffer is the page's memory. */
const MAX_BUFFERED = 1024 * 1024
/** The platform has no event for a drained buffer. */
const DRAIN_POLL = 20

export interface WebSocketConnectionInit extends AbstractMultiaddrConnectionInit {
  /** Open, with `binaryType` `arraybuffer`. */
  websocket: WebSocket
}

/** A platform `WebSocket` as libp2p's `MultiaddrConnection`, whose abort really ends it. */
export class WebSocketConnection extends AbstractMultiaddrConnection {
  readonly #websocket: WebSocket
  #polling: ReturnType<typeof setInterval> | undefined

  constructor(init: WebSocketConnectionInit) {
    super(init)
    this.#websocket = init.websocket
    this.#websocket.addEventListener('message', this.#onMessage)
    this.#websocket.addEventListener('close', this.#onClose, { once: true })
  }

  override sendData(data: Uint8ArrayList): SendResult {
    for (const bytes of data) {
      this.#websocket.send(bytes as Uint8Array<ArrayBuffer>)
    }

    const canSendMore = this.#websocket.bufferedAmount < MAX_BUFFERED

    if (!canSendMore) {
      this.#pollForDrain()
    }

    return { sentBytes: data.byteLength, canSendMore }
  }

  override async sendClose(options?: AbortOptions): Promise<void> {
    this.#websocket.close(1000)
    options?.signal?.throwIfAborted()
  }

  override sendReset(): void {
    // A page cannot cut a socket: it stops listening to it and closes, and the browser cuts off who does not answer.
    this.#websocket.removeEventListener('message', this.#onMessage)
    this.#websocket.close()
    this.#stopPolling()
  }

  override sendPause(): void {
    // A WebSocket cannot be paused; `maxReadBufferLength` bounds what collects meanwhile.
  }

  override sendResume(): void {
    // See sendPause.
  }

  readonly #onMessage = (event: MessageEvent<unknown>): void => {
    if (event.data instanceof ArrayBuffer) {
      this.onData(new Uint8Array(event.data))
    } else {
      this.abort(new Error('The relay sent text; libp2p sends bytes'))
    }
  }

  readonly #onClose = (event: CloseEvent): void => {
    this.#stopPolling()

    if (this.status !== 'open' && this.status !== 'closing') {
      return
    }
    if (event.wasClean) {
      this.onTransportClosed()
    } else {
      this.onRemoteReset()
    }
  }

  #pollForDrain(): void {
    this.#polling ??= setInterval(() => {
      if (this.#websocket.bufferedAmount < MAX_BUFFERED / 2) {
        this.#stopPolling()
        this.safeDispatchEvent('drain')
      }
    }, DRAIN_POLL)
  }

  #stopPolling(): void {
    clearInterval(this.#polling)
    this.#polling = undefined
  }
}
