import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Bytes, or an end, that wait for their tick. */
interface Waiting {
  to: Socket
  bytes: Buffer | null
}

/**
 * A clock that ticks when nothing moves any more. On a tick everything that was sent since the one before is delivered, so
 * one tick is the way across a link, two are a round trip, and how fast the machine is changes nothing: a slow one makes
 * more ticks at worst.
 */
export class LockstepClock {
  /** Ticks so far. */
  ticks = 0
  /** Milliseconds without anything new until everybody is taken to wait. */
  readonly #quiet: number
  #waiting: Waiting[] = []
  /** Connections that are being made: they keep the clock going, for nothing else may. */
  #opening = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(quiet: number) {
    this.#quiet = quiet
  }

  /** Round trips between two readings, a part of one counted as whole. */
  static roundTrips(from: number, to: number): number {
    return Math.ceil((to - from) / 2)
  }

  send(to: Socket, bytes: Buffer | null): void {
    this.#waiting.push({ to, bytes })
    this.#restart()
  }

  /** Resolves after so many ticks. */
  async after(ticks: number): Promise<void> {
    const until = this.ticks + ticks
    this.#opening++
    this.#restart()
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (this.ticks >= until) resolve()
        else setTimeout(check, 1)
      }
      check()
    })
    this.#opening--
  }

  /** Resolves when nothing is on its way. */
  async rest(): Promise<void> {
    for (let still = 0; still < 3; still++) {
      const { ticks } = this
      await new Promise((resolve) => setTimeout(resolve, 2 * this.#quiet))
      if (this.ticks !== ticks) still = 0
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #restart(): void {
    clearTimeout(this.#timer)
    // After the sockets were read: timers come before them in a loop that was busy.
    this.#timer = setTimeout(() => setImmediate(() => this.#tick(this.#waiting.length)), this.#quiet)
  }

  #tick(expected: number): void {
    // Something came while this one was already on its way.
    if (this.#waiting.length !== expected) return this.#restart()
    if (expected === 0 && this.#opening === 0) return
    this.ticks++
    for (const { to, bytes } of this.#waiting.splice(0)) {
      if (bytes === null) to.end()
      else if (!to.destroyed) to.write(bytes)
    }
    this.#restart()
  }
}

/** A TCP proxy whose link is as long as its clock says, in place of one that is so many milliseconds long. */
export class LockstepProxy {
  readonly port: number
  readonly #server: Server
  readonly #sockets: Set<Socket>

  private constructor(server: Server, port: number, sockets: Set<Socket>) {
    this.#server = server
    this.port = port
    this.#sockets = sockets
  }

  static async start(target: number, clock: LockstepClock): Promise<LockstepProxy> {
    const sockets = new Set<Socket>()
    const server = createServer((client) => {
      const upstream = connect(target, '127.0.0.1')
      for (const socket of [client, upstream]) {
        sockets.add(socket)
        socket.setNoDelay(true)
        socket.on('close', () => sockets.delete(socket))
      }
      client.on('error', () => upstream.destroy())
      upstream.on('error', () => client.destroy())
      upstream.on('data', (bytes: Buffer) => clock.send(client, bytes))
      upstream.on('end', () => clock.send(client, null))
      // TCP's own round trip: loopback answered the client at once.
      client.pause()
      void clock.after(2).then(() => {
        client.on('data', (bytes: Buffer) => clock.send(upstream, bytes))
        client.on('end', () => clock.send(upstream, null))
        client.resume()
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The proxy has no port.')
    return new LockstepProxy(server, address.port, sockets)
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
