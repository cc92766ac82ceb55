import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { ping } from '@libp2p/ping'
import { webSockets } from '@libp2p/websockets'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { Libp2p } from 'libp2p'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { TrustedProxies } from './forwarded-for.ts'
import { SocketGuard } from './socket-guard.ts'
import type { WebSocketListener } from './websocket-listener.ts'
import { relayWebSockets } from './websocket-transport.ts'

let server: Server
let guard: SocketGuard
let port: number
let node: Libp2p<{ ping: ReturnType<ReturnType<typeof ping>> }>
let listener: WebSocketListener
const clients: Array<{ stop(): Promise<void> | void }> = []

async function startNode(options: { upgradeTimeout?: number; maxSockets?: number; trusted?: string[] } = {}) {
  server = createServer(
    { connectionsCheckingInterval: 100, headersTimeout: 1_000, requestTimeout: 1_000 },
    (_, response) => {
      response.end('page')
    },
  )
  guard = new SocketGuard(server, options)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  node = await createLibp2p({
    addresses: { listen: [`/ip4/127.0.0.1/tcp/${port}/ws`] },
    transports: [
      relayWebSockets({
        server,
        secure: false,
        guard,
        proxies: new TrustedProxies(options.trusted),
        upgradeTimeout: options.upgradeTimeout,
        onListener: (made) => (listener = made),
      }),
    ],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { inboundConnectionThreshold: 100, maxIncomingPendingConnections: 200 },
    services: { ping: ping() },
  })
}

async function newClient() {
  const client = await createLibp2p({
    transports: [webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { ping: ping() },
  })
  clients.push(client)
  return client
}

/** A stock libp2p peer connects and pings: the listener serves. */
async function expectServing() {
  const client = await newClient()
  const address = multiaddr(`/ip4/127.0.0.1/tcp/${port}/ws/p2p/${node.peerId.toString()}`)
  expect(await client.services.ping.ping(address, { signal: AbortSignal.timeout(5_000) })).toBeGreaterThanOrEqual(0)
  await client.stop()
}

function rawSocket(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', reject)
    clients.push({ stop: () => void socket.destroy() })
  })
}

const handshake = (path = '/', headers = '') =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n${headers}\r\n`

/** A raw TCP socket whose WebSocket handshake is done. */
async function upgradedSocket(headers = ''): Promise<Socket> {
  const socket = await rawSocket()
  socket.write(handshake('/', headers))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 101 /)
  return socket
}

async function eventually(check: () => boolean, milliseconds = 5_000) {
  const end = Date.now() + milliseconds
  while (!check()) {
    if (Date.now() > end) throw new Error(`Not so within ${milliseconds} ms: ${check.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const closed = (socket: Socket) => (socket.destroyed ? Promise.resolve() : once(socket, 'close').then(() => {}))

beforeEach(() => startNode())
afterEach(async () => {
  for (const client of clients.splice(0)) await client.stop()
  await node.stop()
  guard.destroyAll()
  server.close()
})

describe('the WebSocket listener', () => {
  it('serves a stock libp2p peer, and pages on the same port', async () => {
    await expectServing()
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('page')
    expect(listener.getAddrs().map(String)).toEqual([`/ip4/127.0.0.1/tcp/${port}/ws`])
  })

  it('dials too', async () => {
    const first = { node, server, guard, port }
    await startNode()
    try {
      const round = await node.services.ping.ping(
        multiaddr(`/ip4/127.0.0.1/tcp/${first.port}/ws/p2p/${first.node.peerId.toString()}`),
      )
      expect(round).toBeGreaterThanOrEqual(0)
      await expect(
        node.dial(multiaddr('/ip4/127.0.0.1/tcp/1/ws'), { signal: AbortSignal.timeout(5_000) }),
      ).rejects.toThrow()
    } finally {
      await first.node.stop()
      first.guard.destroyAll()
      first.server.close()
    }
  })

  it.each([
    ['reserved bits', Buffer.from([0xff, 0x80, 0, 0, 0, 0])],
    ['an unmasked frame', Buffer.from([0x82, 0x01, 0x00])],
    ['a text message', Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x61])],
    ['a giant frame announced', Buffer.from([0x82, 0xff, 0, 0, 0, 0, 5, 0, 0, 0, 1, 2, 3, 4])],
    ['one byte over the limit', Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 2, 0, 1, 1, 2, 3, 4])],
    ['a close frame of one byte', Buffer.from([0x88, 0x81, 0, 0, 0, 0, 0x03])],
  ])('cuts off who sends %s, and goes on', async (_, frame) => {
    const socket = await upgradedSocket()
    socket.resume().write(frame)
    await closed(socket)
    await eventually(() => listener.counts.connections === 0)
    await expectServing()
  })

  it('cuts off a message of many small fragments', async () => {
    const socket = await upgradedSocket()
    socket.on('error', () => socket.destroy())
    socket.resume().write(Buffer.from([0x02, 0x81, 0, 0, 0, 0, 1]))
    for (let i = 0; i < 100 && !socket.destroyed; i++) socket.write(Buffer.from([0x00, 0x81, 0, 0, 0, 0, 1]))
    await closed(socket)
    await expectServing()
  })

  it('survives a garbage upgrade, garbage after it, and a reset in the middle', async () => {
    for (const request of [
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: no\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      handshake('/elsewhere'),
      handshake('//'),
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      '\r\n\r\n',
    ]) {
      const socket = await rawSocket()
      socket.on('error', () => socket.destroy())
      socket.resume().write(request)
      await closed(socket)
    }
    const reset = await rawSocket()
    reset.write(handshake())
    reset.resetAndDestroy()
    const late = await upgradedSocket()
    late.write(randomBytes(4096))
    late.resetAndDestroy()
    await expectServing()
  })

  it('leaves an unfinished giant frame to the time-out without keeping its bytes', async () => {
    await node.stop()
    guard.destroyAll()
    server.close()
    await startNode({ upgradeTimeout: 300 })
    const socket = await upgradedSocket()
    socket.resume().write(Buffer.from([0x82, 0xfe, 0xff, 0xff, 0, 0, 0, 0]))
    socket.write(Buffer.alloc(1024))
    const started = Date.now()
    await closed(socket)
    expect(Date.now() - started).toBeLessThan(2_000)
    await expectServing()
  })

  it('cuts off who speaks but does not finish the upgrade', async () => {
    await node.stop()
    guard.destroyAll()
    server.close()
    await startNode({ upgradeTimeout: 300 })
    const socket = await upgradedSocket()
    const hello = Buffer.from('\x13/multistream/1.0.0\n')
    socket.resume().write(Buffer.concat([Buffer.from([0x82, 0x80 | hello.length, 0, 0, 0, 0]), hello]))
    await eventually(() => listener.counts.pending === 1)
    await closed(socket)
    await eventually(() => listener.counts.pending === 0)
    await expectServing()
  })

  it('serves with 1,000 half-open sockets of each kind', async () => {
    const silent = await Promise.all(Array.from({ length: 1000 }, rawSocket))
    for (const socket of silent) socket.on('error', () => socket.destroy())
    for (const socket of silent.slice(0, 500)) socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
    await expectServing()
    const upgraded = await Promise.all(Array.from({ length: 1000 }, () => upgradedSocket()))
    for (const socket of upgraded) socket.on('error', () => socket.destroy()).resume()
    await expectServing()
    // The silent ones are gone by the server's own time-out; of the upgraded ones the newest remain for theirs.
    await eventually(() => listener.counts.pending <= 50)
    for (const socket of silent) socket.resume()
    await Promise.all(silent.map(closed))
  })

  it('at the cap of sockets the oldest half-open one gives way, connected peers do not', async () => {
    await node.stop()
    guard.destroyAll()
    server.close()
    await startNode({ maxSockets: 20 })
    const client = await newClient()
    const connection = await client.dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}/ws`))
    await eventually(() => node.getConnections().length === 1)
    const sockets: Socket[] = []
    for (let i = 0; i < 60; i++) sockets.push((await rawSocket()).on('error', () => {}).resume())
    await eventually(() => guard.size <= 20)
    expect(guard.evicted).toBe(41)
    expect(connection.status).toBe('open')
    await expectServing()
    expect(sockets.at(-1)?.destroyed).toBe(false)
  })

  it('really closes the TCP socket when a connection is aborted', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
    await once(socket, 'open')
    const client = await newClient()
    await client.dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}/ws`))
    await eventually(() => node.getConnections().length === 1 && listener.counts.connections === 2)
    node.getConnections()[0]?.abort(new Error('banned'))
    await eventually(() => listener.counts.connections === 1 && guard.size === 1)
    await eventually(() => client.getConnections().length === 0)
    socket.terminate()
  })

  it('closes even if the other side does not answer the close frame', async () => {
    const deaf = await upgradedSocket()
    deaf.pause()
    await eventually(() => listener.counts.connections === 1)
    const stopped = node.stop()
    await stopped
    await eventually(() => guard.size === 0)
  })

  it('believes X-Forwarded-For from configured proxies only', async () => {
    const seen: string[] = []
    const watch = () =>
      node.addEventListener('connection:open', (event) => seen.push(event.detail.remoteAddr.toString()))
    const dial = async () => {
      const client = await createLibp2p({
        transports: [relayWebSocketsWithHeader('203.0.113.9, 198.51.100.7')],
        connectionEncrypters: [noise()],
        streamMuxers: [yamux()],
      })
      clients.push(client)
      await client.dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}/ws`))
    }
    watch()
    await dial()
    await eventually(() => seen.length === 1)
    expect(seen[0]).toMatch(/^\/ip4\/127\.0\.0\.1\//)
    await node.stop()
    guard.destroyAll()
    server.close()
    await startNode({ trusted: ['127.0.0.0/8'] })
    watch()
    await dial()
    await eventually(() => seen.length === 2)
    expect(seen[1]).toMatch(/^\/ip4\/198\.51\.100\.7\//)
  })
})

/** A dialler as a proxy would forward it: the stock adapter cannot add headers, so the socket's path is rewritten here. */
function relayWebSocketsWithHeader(value: string) {
  const proxy = createServer()
  proxy.on('upgrade', (request, socket: Socket, head: Buffer) => {
    const upstream = connect(port, '127.0.0.1', () => {
      const lines = request.rawHeaders.flatMap((text, i) =>
        i % 2 === 0 ? [`${text}: ${request.rawHeaders[i + 1]}`] : [],
      )
      upstream.write(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\nX-Forwarded-For: ${value}\r\n\r\n`)
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    for (const end of [socket, upstream]) end.on('error', () => end.destroy())
    clients.push({ stop: () => void (socket.destroy(), upstream.destroy(), proxy.close()) })
  })
  const transport = webSockets()
  return (components: Parameters<typeof transport>[0]) => {
    const inner = transport(components)
    const dial = inner.dial.bind(inner)
    inner.dial = async (_, options) => {
      proxy.listen(0, '127.0.0.1')
      await once(proxy, 'listening')
      return dial(multiaddr(`/ip4/127.0.0.1/tcp/${(proxy.address() as AddressInfo).port}/ws`), options)
    }
    return inner
  }
}
