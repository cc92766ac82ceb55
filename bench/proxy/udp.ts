import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { Random } from '../../playwright/fixtures/random.ts'
import { DelayLine } from './delay-line.ts'
import { type LinkQuality, lossy } from './link.ts'

/** Room for bursts, as much as the system gives: what overruns it is lost though nobody asked for that. */
const BUFFER_BYTES = 4 * 1024 * 1024
const SEED = 1

/**
 * Stands for one UDP address: what comes to `port` goes on to it, later and less some, and its answers come back from
 * `port`. Each sender has a socket of its own towards the address, so that the address can tell them apart.
 */
export class UdpProxy {
  readonly port: number
  readonly #front: Socket
  readonly #host: string
  readonly #target: number
  readonly #lines: { there: DelayLine; back: DelayLine }
  readonly #isLost: () => boolean
  readonly #backs = new Map<string, Promise<Socket>>()

  private constructor(front: Socket, host: string, target: number, quality: LinkQuality) {
    this.#front = front
    this.port = front.address().port
    this.#host = host
    this.#target = target
    this.#lines = { there: new DelayLine(quality.rtt / 2), back: new DelayLine(quality.rtt / 2) }
    this.#isLost = lossy(quality, new Random(SEED))
    front.on('message', (bytes, { address, port }) => void this.#forward(bytes, address, port))
  }

  /** On the address's own interface, so that whoever reaches that reaches this. */
  static async start(host: string, target: number, quality: LinkQuality): Promise<UdpProxy> {
    return new UdpProxy(await bound(host), host, target, quality)
  }

  async stop(): Promise<void> {
    this.#front.close()
    for (const back of this.#backs.values()) (await back).close()
  }

  async #forward(bytes: Buffer, address: string, port: number): Promise<void> {
    if (this.#isLost()) return
    const sender = `${address} ${port}`
    let opening = this.#backs.get(sender)
    if (opening === undefined) {
      opening = this.#open(address, port)
      this.#backs.set(sender, opening)
    }
    const back = await opening
    this.#lines.there.push(() => back.send(bytes))
  }

  async #open(address: string, port: number): Promise<Socket> {
    const back = await bound(this.#host)
    const connected = once(back, 'connect')
    back.connect(this.#target, this.#host)
    await connected
    // An end that is closed answers with an error of the system's, which says nothing new.
    back.on('error', () => undefined)
    back.on('message', (bytes) => {
      if (this.#isLost()) return
      this.#lines.back.push(() => this.#front.send(bytes, port, address))
    })
    return back
  }
}

async function bound(host: string): Promise<Socket> {
  const version = isIPv6(host) ? 6 : 4
  const socket = createSocket({
    type: `udp${version}`,
    recvBufferSize: BUFFER_BYTES,
    sendBufferSize: BUFFER_BYTES,
    // Addresses only: nothing is looked up for every datagram.
    lookup: (address, _options, found) => found(null, address, version),
  })
  // Where nothing is looked up, it happens at once.
  const listening = once(socket, 'listening')
  socket.bind(0, host)
  await listening
  return socket
}
