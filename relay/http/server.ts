import { createServer as createHttpServer } from 'node:http'
import type { Server as HttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { PortError } from '../errors.ts'
import { UPGRADE_TIMEOUT } from '../limits.ts'
import { SocketGuard } from '../socket-guard.ts'
import type { RequestHandler } from './handler.ts'

export interface WebServer {
  server: HttpServer | HttpsServer
  guard: SocketGuard
  /** The port that is open: another than asked for where that was 0. */
  port: number
  /** Speaks TLS with another certificate from the next connection on. */
  renew(tls: { cert: string; key: string }): void
  /** Takes no more requests, finishes those under way, and cuts off what remains after `milliseconds`. */
  close(milliseconds: number): Promise<void>
}

/** Opens the one port of the relay. Rejects with `PortError`. */
export async function openWebServer(
  options: { host: string; port: number; tls: { cert: string; key: string } | null },
  handler: RequestHandler,
): Promise<WebServer> {
  const limits = {
    // Whoever connects has this long to send a request's head.
    headersTimeout: UPGRADE_TIMEOUT,
    requestTimeout: UPGRADE_TIMEOUT,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: 5_000,
    maxHeaderSize: 16 * 1024,
  }
  const listener = (...[request, response]: Parameters<RequestHandler>) => void handler(request, response)
  const server =
    options.tls === null
      ? createHttpServer(limits, listener)
      : createHttpsServer(
          { ...limits, ...options.tls, handshakeTimeout: UPGRADE_TIMEOUT, minVersion: 'TLSv1.2' },
          listener,
        )
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
    if (socket.writable && error.code !== 'ECONNRESET') {
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy())
    } else socket.destroy()
  })
  server.on('tlsClientError', (_: Error, socket: Socket) => socket.destroy())
  const guard = new SocketGuard(server)
  await listen(server, options.host, options.port)
  return {
    server,
    guard,
    port: (server.address() as AddressInfo).port,
    renew: ({ cert, key }) => {
      if ('setSecureContext' in server) server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' })
    },
    close: (milliseconds) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => guard.destroyAll(), milliseconds)
        server.close(() => {
          clearTimeout(timer)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

function listen(server: HttpServer | HttpsServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(new PortError('--port', host, port, error.code))
    server.once('error', failed)
    server.listen({ host, port }, () => {
      server.off('error', failed)
      resolve()
    })
  })
}
