import type {
  ComponentLogger,
  Connection,
  CreateListenerOptions,
  DialTransportOptions,
  Listener,
  Transport,
} from '@libp2p/interface'
import { serviceCapabilities, transportSymbol } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { WebSockets, WebSocketsSecure } from '@multiformats/multiaddr-matcher'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { MAX_WEBSOCKET_FRAGMENTS, MAX_WEBSOCKET_MESSAGE, UPGRADE_TIMEOUT } from './limits.ts'
import { webSocketUrl } from './websocket-address.ts'
import { WebSocketConnection } from './websocket-connection.ts'
import type { WebSocketConnectionInit } from './websocket-connection.ts'
import { WebSocketListener } from './websocket-listener.ts'
import type { WebSocketListenerInit } from './websocket-listener.ts'

export interface WebSocketTransportComponents {
  logger: ComponentLogger
}

export interface WebSocketTransportInit extends WebSocketListenerInit {
  /** Called with each listener that libp2p asks for, so that the program can count its connections. */
  onListener?: (listener: WebSocketListener) => void
}

/** The relay's WebSocket transport: listens on a server that is there already, dials other relays. */
class WebSocketTransport implements Transport {
  readonly [transportSymbol] = true as const
  readonly [Symbol.toStringTag] = 'guts-websockets'
  readonly [serviceCapabilities]: string[] = ['@libp2p/transport']
  readonly #components: WebSocketTransportComponents
  readonly #init: WebSocketTransportInit

  constructor(components: WebSocketTransportComponents, init: WebSocketTransportInit) {
    this.#components = components
    this.#init = init
  }

  async dial(address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const connection = await open(webSocketUrl(address), options.signal, {
      remoteAddr: address,
      direction: 'outbound',
      log: this.#components.logger.forComponent('guts:websocket:connection'),
    })
    try {
      return await options.upgrader.upgradeOutbound(connection, options)
    } catch (error) {
      connection.abort(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }

  createListener(options: CreateListenerOptions): Listener {
    const listener = new WebSocketListener(this.#init, options.upgrader, this.#components.logger)
    this.#init.onListener?.(listener)
    return listener
  }

  listenFilter(addresses: Multiaddr[]): Multiaddr[] {
    return addresses.filter((address) => WebSockets.exactMatch(address) || WebSocketsSecure.exactMatch(address))
  }

  dialFilter(addresses: Multiaddr[]): Multiaddr[] {
    return this.listenFilter(addresses)
  }
}

export function relayWebSockets(init: WebSocketTransportInit): (components: WebSocketTransportComponents) => Transport {
  return (components) => new WebSocketTransport(components, init)
}

/** Opens a WebSocket; rejects with the network's error, or the signal's reason. */
function open(
  url: string,
  signal: AbortSignal,
  init: Omit<WebSocketConnectionInit, 'websocket' | 'socket'>,
): Promise<WebSocketConnection> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    let socket: Socket | undefined
    const websocket = new WebSocket(url, {
      maxPayload: MAX_WEBSOCKET_MESSAGE,
      maxFragments: MAX_WEBSOCKET_FRAGMENTS,
      perMessageDeflate: false,
      followRedirects: false,
      handshakeTimeout: UPGRADE_TIMEOUT,
    })
    const onAbort = () => websocket.terminate()
    signal.addEventListener('abort', onAbort, { once: true })
    websocket.once('upgrade', (response) => (socket = response.socket))
    websocket.on('error', (error: Error) => {
      signal.removeEventListener('abort', onAbort)
      reject(signal.aborted ? (signal.reason as Error) : error)
    })
    // The connection is made in this very event: messages may follow before a promise's reaction runs.
    websocket.once('open', () => {
      signal.removeEventListener('abort', onAbort)
      if (socket !== undefined) return resolve(new WebSocketConnection({ ...init, websocket, socket }))
      websocket.terminate()
      reject(new TypeError(`${url} opened without a socket.`))
    })
  })
}
