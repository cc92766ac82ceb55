import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import type { Between } from './between.ts'

/** Bytes of a datagram, as WebRTC sends them. */
const DATAGRAM = 1200
/** Datagrams on the way: so few that no buffer overruns. */
const WINDOW = 64
/** The other side tells of every so many that came. */
const TELL_EVERY = 8
/** Milliseconds without an answer after which what is on the way counts as lost. */
const GIVE_UP = 200
/** Enough for a second or so of each. */
const LOAD: CeilingLoad = { datagrams: 60_000, tcpBytes: 256 * 1024 * 1024 }

/** What is sent through it to find out. */
export interface CeilingLoad {
  datagrams: number
  tcpBytes: number
}

/** What the proxy itself carries when nothing is delayed or lost, in MB a second: figures near it are the proxy's. */
export interface Ceiling {
  udp: number
  tcp: number
}

export async function measureCeiling(between: Between, { datagrams, tcpBytes } = LOAD): Promise<Ceiling> {
  return { udp: await udpCeiling(between, datagrams), tcp: await tcpCeiling(between, tcpBytes) }
}

async function udpCeiling(between: Between, datagrams: number): Promise<number> {
  const [sender, receiver] = [await socket(), await socket()]
  try {
    const port = await between.udp('127.0.0.1', receiver.address().port, { rtt: 0, loss: 0 })
    const bytes = Buffer.alloc(DATAGRAM)
    let came = 0
    receiver.on('message', (_bytes, { port: from }) => {
      came++
      if (came % TELL_EVERY === 0) receiver.send(String(came), from, '127.0.0.1')
    })
    const start = performance.now()
    await new Promise<void>((done) => {
      let sent = 0
      let told = 0
      let heard = performance.now()
      const pump = (): void => {
        while (sent < datagrams && sent - told < WINDOW) {
          sender.send(bytes, port, '127.0.0.1')
          sent++
        }
      }
      const timer = setInterval(() => {
        // Something was lost all the same: goes on without it.
        if (performance.now() - heard < GIVE_UP) return
        told = sent
        if (sent < datagrams) pump()
        else finish()
      }, GIVE_UP)
      const finish = (): void => {
        clearInterval(timer)
        done()
      }
      sender.on('message', (text) => {
        heard = performance.now()
        told = Math.max(told, Number(text.toString()))
        if (told >= datagrams - TELL_EVERY) finish()
        else pump()
      })
      pump()
    })
    return (came * DATAGRAM) / 1000 / (performance.now() - start)
  } finally {
    sender.close()
    receiver.close()
  }
}

async function socket(): Promise<Socket> {
  const made = createSocket('udp4')
  made.bind(0, '127.0.0.1')
  await once(made, 'listening')
  return made
}

async function tcpCeiling(between: Between, total: number): Promise<number> {
  const block = Buffer.alloc(256 * 1024)
  const server = createServer((client) => {
    let left = total
    const send = (): void => {
      while (left > 0) {
        left -= block.length
        if (!client.write(block)) return
      }
      client.end()
    }
    client.on('drain', send)
    client.on('error', () => undefined)
    send()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const port = await between.tcp((server.address() as AddressInfo).port, { rtt: 0, loss: 0 })
    const start = performance.now()
    const client = connect(port, '127.0.0.1')
    let bytes = 0
    client.on('data', (part: Buffer) => (bytes += part.length))
    await once(client, 'end')
    client.destroy()
    return bytes / 1000 / (performance.now() - start)
  } finally {
    server.close()
  }
}
