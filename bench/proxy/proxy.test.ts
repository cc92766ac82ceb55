import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Random } from '../../playwright/fixtures/random.ts'
import { Between } from './between.ts'
import { measureCeiling } from './ceiling.ts'
import { lossy } from './link.ts'
import { TcpProxy } from './tcp.ts'
import { UdpProxy } from './udp.ts'

const undo: Array<() => unknown> = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function socket(host = '127.0.0.1'): Promise<Socket> {
  const made = createSocket('udp4')
  made.bind(0, host)
  await once(made, 'listening')
  undo.push(() => made.close())
  return made
}

/** Answers every datagram with the same, and says whom it was from. */
async function echo(seen: number[] = []): Promise<number> {
  const server = await socket()
  server.on('message', (bytes, { port, address }) => {
    seen.push(port)
    server.send(bytes, port, address)
  })
  return server.address().port
}

async function ask(from: Socket, port: number, text: string): Promise<string> {
  const answer = once(from, 'message') as Promise<[Buffer, { port: number }]>
  from.send(text, port, '127.0.0.1')
  const [bytes, sender] = await answer
  expect(sender.port).toBe(port)
  return bytes.toString()
}

describe('the UDP proxy', () => {
  it('passes datagrams on and their answers back, from its own port, a round trip later', async () => {
    const proxy = await UdpProxy.start('127.0.0.1', await echo(), { rtt: 40, loss: 0 })
    undo.push(() => proxy.stop())
    const start = performance.now()
    expect(await ask(await socket(), proxy.port, 'hello')).toBe('hello')
    // It may be late on a busy machine, and is never early.
    expect(performance.now() - start).toBeGreaterThanOrEqual(38)
  })

  it('keeps senders apart', async () => {
    const seen: number[] = []
    const proxy = await UdpProxy.start('127.0.0.1', await echo(seen), { rtt: 0, loss: 0 })
    undo.push(() => proxy.stop())
    const [a, b] = [await socket(), await socket()]
    expect([await ask(a, proxy.port, 'a'), await ask(b, proxy.port, 'b'), await ask(a, proxy.port, 'c')]).toEqual([
      'a',
      'b',
      'c',
    ])
    expect(seen[0]).toBe(seen[2])
    expect(seen[0]).not.toBe(seen[1])
  })

  it('loses the share that it is told to', () => {
    const isLost = lossy({ rtt: 0, loss: 2.5 }, new Random(3))
    const lost = Array.from({ length: 100_000 }, isLost).filter(Boolean).length
    expect(lost).toBeGreaterThan(2300)
    expect(lost).toBeLessThan(2700)
    expect(Array.from({ length: 1000 }, lossy({ rtt: 0, loss: 0 }, new Random(3))).some(Boolean)).toBe(false)
  })
})

describe('the TCP proxy', () => {
  it('carries all bytes and the end of both directions, connecting included, as much later', async () => {
    const bytes = new Random(5).bytes(3 << 20)
    // Says nothing before it has all, so that only half-open connections get an answer.
    const server = createServer({ allowHalfOpen: true }, (client) => {
      const parts: Buffer[] = []
      client.on('data', (part: Buffer) => parts.push(part))
      client.on('end', () => client.end(Buffer.concat(parts)))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    undo.push(() => server.close())
    const proxy = await TcpProxy.start((server.address() as AddressInfo).port, { rtt: 30, loss: 0 })
    undo.push(() => proxy.stop())
    const start = performance.now()
    const client = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
    const parts: Buffer[] = []
    client.on('data', (part: Buffer) => parts.push(part))
    client.end(bytes)
    await once(client, 'end')
    expect(Buffer.concat(parts).equals(bytes)).toBe(true)
    expect(performance.now() - start).toBeGreaterThanOrEqual(58)
  })

  it('ends one side where the other is reset', async () => {
    const server = createServer((client) => client.resetAndDestroy())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    undo.push(() => server.close())
    const proxy = await TcpProxy.start((server.address() as AddressInfo).port, { rtt: 4, loss: 0 })
    undo.push(() => proxy.stop())
    const client = connect(proxy.port, '127.0.0.1')
    client.on('error', () => undefined)
    await once(client, 'close')
  })
})

it('runs as a process of its own, stands for an address once, and knows its ceiling', async () => {
  const between = new Between({ rtt: 20, loss: 0 })
  undo.push(() => between.stop())
  const port = await echo()
  const first = await between.udp('127.0.0.1', port)
  expect(await between.udp('127.0.0.1', port)).toBe(first)
  expect(await ask(await socket(), first, 'x')).toBe('x')
  const { udp, tcp } = await measureCeiling(between, { datagrams: 2000, tcpBytes: 4 << 20 })
  expect(udp).toBeGreaterThan(0)
  expect(tcp).toBeGreaterThan(0)
})
