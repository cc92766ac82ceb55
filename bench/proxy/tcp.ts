import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { DelayLine, realClock } from './delay-line.ts'
import type { LinkQuality } from './link.ts'

/** Bytes on the way in one direction of a connection before its sender has to wait: 50 ms at 2.5 Gbit/s. */
const MAX_IN_FLIGHT = 16 * 1024 * 1024

/**
 * Stands for one TCP port of this machine: passes connections on, all bytes later by half a round trip, and a connection's
 * first ones by another whole, which connecting takes. It loses nothing and starts at full speed: a real link would be
 * slower, so whoever comes over it is flattered.
 */
export class TcpProxy {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  static async start(target: number, { rtt }: LinkQuality): Promise<TcpProxy> {
    const server = createServer({ noDelay: true, allowHalfOpen: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const proxy = new TcpProxy(server)
    server.on('connection', (client) => proxy.#pass(client, target, rtt))
    return proxy
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((closed) => this.#server.close(closed))
  }

  #pass(client: Socket, target: number, rtt: number): void {
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    const connected = realClock.now() + rtt
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    }
    carry(client, upstream, rtt / 2, connected)
    carry(upstream, client, rtt / 2, connected)
  }
}

/** What `from` says reaches `to` as much later. */
function carry(from: Socket, to: Socket, delay: number, connected: number): void {
  const line = new DelayLine(delay)
  let inFlight = 0
  from.on('data', (bytes: Buffer) => {
    inFlight += bytes.length
    if (inFlight > MAX_IN_FLIGHT) from.pause()
    line.push(() => {
      if (to.destroyed) return
      to.write(bytes, () => {
        inFlight -= bytes.length
        if (inFlight <= MAX_IN_FLIGHT) from.resume()
      })
    }, connected)
  })
  from.on('end', () => line.push(() => to.end(), connected))
  // Reset, or gone: so is the other side.
  from.on('error', () => to.destroy())
  from.on('close', (failed) => {
    if (failed) to.destroy()
  })
}
