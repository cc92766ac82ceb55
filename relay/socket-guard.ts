import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { MAX_SOCKETS } from './limits.ts'

/**
 * Caps the TCP sockets of a server. At the cap the oldest that carries no libp2p connection gives way, so that a flood of
 * half-open sockets displaces itself and not the peers that are connected.
 */
export class SocketGuard {
  readonly #max: number
  /** By remote address and port, oldest first. A `Map`, because a TLS socket and the TCP socket below share them. */
  readonly #sockets = new Map<string, Socket>()
  readonly #established = new Set<string>()
  /** Sockets that gave way. */
  evicted = 0

  constructor(server: HttpServer | HttpsServer, options: { maxSockets?: number } = {}) {
    this.#max = options.maxSockets ?? MAX_SOCKETS
    server.on('connection', (socket: Socket) => this.#add(socket))
  }

  get size(): number {
    return this.#sockets.size
  }

  /** From here on the socket carries a libp2p connection and does not give way. */
  establish(socket: Socket): void {
    const key = keyOf(socket)
    if (this.#sockets.has(key)) this.#established.add(key)
  }

  destroyAll(): void {
    for (const socket of this.#sockets.values()) socket.destroy()
  }

  #add(socket: Socket): void {
    // A reset between two listeners of the HTTP server would otherwise end the process.
    socket.on('error', () => socket.destroy())
    socket.setKeepAlive(true, 30_000)
    socket.setNoDelay(true)
    const key = keyOf(socket)
    this.#sockets.set(key, socket)
    socket.once('close', () => {
      if (this.#sockets.get(key) !== socket) return
      this.#sockets.delete(key)
      this.#established.delete(key)
    })
    if (this.#sockets.size > this.#max) this.#evict(key)
  }

  #evict(newest: string): void {
    this.evicted++
    for (const [key, socket] of this.#sockets) {
      if (this.#established.has(key)) continue
      socket.destroy()
      this.#sockets.delete(key)
      return
    }
    this.#sockets.get(newest)?.destroy()
  }
}

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress ?? ''} ${socket.remotePort ?? 0}`
}
