import { serviceCapabilities, transportSymbol } from '@libp2p/interface'
import { WebSockets, WebSocketsSecure } from '@multiformats/multiaddr-matcher'
import { WebSocketConnection } from './websocket-connection.ts'
import type { TransportFactory } from './libp2p-node.ts'
import type {
  ComponentLogger,
  Connection,
  CreateListenerOptions,
  DialTransportOptions,
  Listener,
  Transport,
} from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * Dials WebSockets with the platform's own `WebSocket`. The stock transport's abort calls `close(1006)`, which throws and
 * leaves the socket open: a banned relay would stay connected.
 */
class WebSocketDialler implements Transport {
  readonly [transportSymbol] = true as const
  readonly [Symbol.toStringTag] = 'guts-websocket-dialler'
  readonly [serviceCapabilities]: string[] = ['@libp2p/transport']
  readonly #logger: ComponentLogger

  constructor(logger: ComponentLogger) {
    this.#logger = logger
  }

  async dial(address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const websocket = await open(webSocketUrl(address), options.signal)
    const connection = new WebSocketConnection({
      websocket,
      remoteAddr: address,
      direction: 'outbound',
      log: this.#logger.forComponent('guts:websocket'),
    })

    try {
      return await options.upgrader.upgradeOutbound(connection, options)
    } catch (error) {
      connection.abort(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }

  createListener(_options: CreateListenerOptions): Listener {
    throw new Error('This transport only dials')
  }

  listenFilter(): Multiaddr[] {
    return []
  }

  dialFilter(addresses: Multiaddr[]): Multiaddr[] {
    return addresses.filter((address) => WebSockets.exactMatch(address) || WebSocketsSecure.exactMatch(address))
  }
}

export function webSocketDialler(): TransportFactory {
  return (components) => new WebSocketDialler(components.logger)
}

/** The URL of a WebSocket multiaddr: `/dns4/relay.example/tcp/443/tls/ws/p2p/…` is `wss://relay.example/`. */
export function webSocketUrl(address: Multiaddr): string {
  const components = address.getComponents()
  const [host, tcp] = components
  const secure = components.some(({ name }) => name === 'tls' || name === 'wss')

  if (host?.value === undefined || tcp?.name !== 'tcp' || tcp.value === undefined) {
    throw new TypeError(`${address.toString()} is no WebSocket address`)
  }

  const name = host.name === 'ip6' ? `[${host.value}]` : host.value
  const port = tcp.value === (secure ? '443' : '80') ? '' : `:${tcp.value}`

  return `${secure ? 'wss' : 'ws'}://${name}${port}/`
}

async function open(url: string, signal: AbortSignal): Promise<WebSocket> {
  signal.throwIfAborted()
  const websocket = new WebSocket(url)
  websocket.binaryType = 'arraybuffer'

  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error): void => {
      websocket.removeEventListener('open', onOpen)
      websocket.removeEventListener('error', onError)
      signal.removeEventListener('abort', onAbort)

      if (error === undefined) {
        resolve()
      } else {
        websocket.close()
        reject(error)
      }
    }
    const onOpen = (): void => settle()
    // The platform tells pages no more than that it failed.
    const onError = (): void => settle(new Error(`Could not connect to ${url}`))
    const onAbort = (): void => settle(new Error(`Gave up connecting to ${url}`))

    websocket.addEventListener('open', onOpen)
    websocket.addEventListener('error', onError)
    signal.addEventListener('abort', onAbort)
  })

  return websocket
}
