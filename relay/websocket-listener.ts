import type { IncomingHttpHeaders, IncomingMessage, Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { ComponentLogger, Listener, ListenerEvents, Logger, Upgrader } from '@libp2p/interface'
import { TypedEventEmitter } from '@libp2p/interface'
import { getThinWaistAddresses } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import type { TrustedProxies } from './forwarded-for.ts'
import { MAX_PENDING_PER_ADDRESS, MAX_WEBSOCKET_FRAGMENTS, MAX_WEBSOCKET_MESSAGE, UPGRADE_TIMEOUT } from './limits.ts'
import type { SocketGuard } from './socket-guard.ts'
import { webSocketPeerAddress } from './websocket-address.ts'
import { WebSocketConnection } from './websocket-connection.ts'

export interface WebSocketListenerInit {
  /** Listens already; page, configuration and WebSocket share its port. */
  server: HttpServer | HttpsServer
  /** `server` speaks TLS itself. */
  secure: boolean
  guard: SocketGuard
  proxies: TrustedProxies
  /** Turns new ones away with 503 while it is true. */
  isDraining?: () => boolean
  /** May who sends these headers connect? Default: everybody. */
  allows?: (headers: IncomingHttpHeaders) => boolean
  /** Milliseconds; default `UPGRADE_TIMEOUT`. */
  upgradeTimeout?: number
}

export interface WebSocketListenerCounts {
  connections: number
  pending: number
  /** Sockets whose upgrade failed or took too long. */
  failed: number
  /** Upgrades with an `X-Forwarded-For` from somebody who is no configured proxy. */
  unbelieved: number
}

class UpgradeTimeoutError extends Error {
  static override readonly name = 'UpgradeTimeoutError'
  override readonly name = 'UpgradeTimeoutError'
  constructor(message = 'The peer did not finish the upgrade in time.') {
    super(message)
  }
}

class DisplacedError extends Error {
  static override readonly name = 'DisplacedError'
  override readonly name = 'DisplacedError'
  constructor(message = 'Its address has too many upgrades under way; this is the oldest.') {
    super(message)
  }
}

/**
 * libp2p's listener over an `http.Server` that we have. `@libp2p/websockets` makes its own servers, and its listener has
 * no error handler (one malformed frame before Noise ends the process), no message limit and an abort that leaves the
 * socket open.
 */
export class WebSocketListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  readonly #init: WebSocketListenerInit
  readonly #upgrader: Upgrader
  readonly #logger: ComponentLogger
  readonly #log: Logger
  readonly #shutdown = new AbortController()
  readonly #connections = new Set<WebSocketConnection>()
  /** Upgrades under way by the peer's address, oldest first. */
  readonly #pending = new Map<string, Set<WebSocketConnection>>()
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_WEBSOCKET_MESSAGE,
    maxFragments: MAX_WEBSOCKET_FRAGMENTS,
  })
  #address: Multiaddr | undefined
  #failed = 0
  #unbelieved = 0

  constructor(init: WebSocketListenerInit, upgrader: Upgrader, logger: ComponentLogger) {
    super()
    this.#init = init
    this.#upgrader = upgrader
    this.#logger = logger
    this.#log = logger.forComponent('guts:websocket:listener')
  }

  get counts(): WebSocketListenerCounts {
    const pending = [...this.#pending.values()].reduce((sum, { size }) => sum + size, 0)
    return { connections: this.#connections.size, pending, failed: this.#failed, unbelieved: this.#unbelieved }
  }

  listen(address: Multiaddr): Promise<void> {
    this.#address = address
    this.#init.server.on('upgrade', this.#onUpgrade)
    this.safeDispatchEvent('listening')
    return Promise.resolve()
  }

  getAddrs(): Multiaddr[] {
    const bound = this.#init.server.address()
    if (this.#address === undefined || bound === null || typeof bound === 'string') return []
    const suffix = this.#init.secure ? '/tls/ws' : '/ws'
    return getThinWaistAddresses(this.#address, bound.port).map((address) => address.encapsulate(suffix))
  }

  /** Nothing beyond runtime is known of our addresses. */
  updateAnnounceAddrs(): void {}

  /** Cuts every connection off. The server stays, it is not ours. */
  close(): Promise<void> {
    this.#init.server.off('upgrade', this.#onUpgrade)
    this.#shutdown.abort(new Error('The relay is stopping.'))
    for (const connection of this.#connections) connection.abort(new Error('The relay is stopping.'))
    this.#address = undefined
    this.safeDispatchEvent('close')
    return Promise.resolve()
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // `ws` takes its own error handler off between the handshake and the WebSocket.
    socket.on('error', () => socket.destroy())
    // No `new URL`: it throws on `//`.
    if (request.url?.split('?')[0] !== '/') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    if (this.#init.isDraining?.() === true) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n')
      return
    }
    if (this.#init.allows?.(request.headers) === false) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#onWebSocket(webSocket, request, socket))
  }

  #onWebSocket(webSocket: WebSocket, request: IncomingMessage, socket: Socket): void {
    if (socket.remoteAddress === undefined || socket.remotePort === undefined) {
      webSocket.on('error', () => webSocket.terminate())
      webSocket.terminate()
      return
    }
    const forwardedFor = request.headers['x-forwarded-for']
    if (forwardedFor !== undefined && !this.#init.proxies.trusts(socket.remoteAddress)) this.#unbelieved++
    const host = this.#init.proxies.client(socket.remoteAddress, forwardedFor)
    const connection = new WebSocketConnection({
      websocket: webSocket,
      socket,
      remoteAddr: webSocketPeerAddress(host, socket.remotePort),
      direction: 'inbound',
      log: this.#logger.forComponent('guts:websocket:connection'),
    })
    this.#connections.add(connection)
    const settled = this.#track(host, connection)
    const timer = setTimeout(
      () => connection.abort(new UpgradeTimeoutError()),
      this.#init.upgradeTimeout ?? UPGRADE_TIMEOUT,
    )
    connection.addEventListener('close', () => {
      clearTimeout(timer)
      settled()
      this.#connections.delete(connection)
    })

    // The dialler speaks first. Only then does it take one of libp2p's places for upgrades under way.
    webSocket.once('message', () => {
      this.#upgrader.upgradeInbound(connection, { signal: this.#shutdown.signal }).then(
        () => {
          clearTimeout(timer)
          settled()
          this.#init.guard.establish(socket)
        },
        (error: Error) => {
          this.#failed++
          this.#log('upgrade of %s failed - %e', connection.remoteAddr.toString(), error)
          connection.abort(error)
        },
      )
    })
  }

  /** Counts an upgrade under way; at its address's limit the oldest gives way. Returns how to count it no more. */
  #track(host: string, connection: WebSocketConnection): () => void {
    const pending = this.#pending.get(host) ?? new Set()
    this.#pending.set(host, pending.add(connection))
    if (pending.size > MAX_PENDING_PER_ADDRESS) {
      const [oldest] = pending
      oldest?.abort(new DisplacedError())
    }
    return () => {
      pending.delete(connection)
      if (pending.size === 0 && this.#pending.get(host) === pending) this.#pending.delete(host)
    }
  }
}
