import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { startTestPeer, whenReserved } from '../src/peer/relay-fixture.ts'
import type { NodePeer } from '../src/peer/node.ts'
import { parseConfig } from './config/config.ts'
import { startRelay } from './relay.ts'

const undo: Array<() => Promise<unknown>> = []

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A line to `port` that stops taking what comes from there while it is told so. */
async function line(port: number): Promise<{ port: number; stall: (isStalled: boolean) => void }> {
  const upstreams = new Set<Socket>()
  const server: Server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    upstreams.add(upstream)
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy())
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy())
    client.pipe(upstream)
    upstream.on('data', (bytes) => client.write(bytes))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.push(() => new Promise((resolve) => server.close(resolve)))
  return {
    port: (server.address() as AddressInfo).port,
    stall: (isStalled) => upstreams.forEach((upstream) => (isStalled ? upstream.pause() : upstream.resume())),
  }
}

const PROTOCOL = '/guts/test/1.0.0'
/** More than twice what the sockets of a system hold by themselves, and for each circuit less than it may carry. */
const [SENDERS, STREAMS, BYTES] = [6, 8, 460 * 1024]

it('holds little for a reader that has stopped, whatever is sent to it, and the rest arrives afterwards', async () => {
  const data = await mkdtemp(join(tmpdir(), 'guts-slow-'))
  undo.push(() => rm(data, { recursive: true }))
  const relay = await startRelay({ config: parseConfig(['--port', '0', '--data', data], {})!, root: data })
  undo.push(() => relay.stop())
  const id = relay.peer.peerId.toString()
  const { port, stall } = await line(Number(relay.url.port))
  const at = (number: number | string) => `/ip4/127.0.0.1/tcp/${number}/ws/p2p/${id}`
  const start = async (name: string, address: string): Promise<NodePeer> => {
    const peer = await startTestPeer(name, [address])
    undo.push(() => peer.stop())
    await whenReserved(peer)
    return peer
  }
  const reader = await start('reader', at(port))
  const other = await start('other', at(relay.url.port))
  let arrived = 0
  await reader.handle(
    PROTOCOL,
    (stream) => stream.addEventListener('message', ({ data: bytes }) => void (arrived += bytes.byteLength)),
    { allowRelayed: true },
  )
  const senders = await Promise.all(Array.from({ length: SENDERS }, () => start('sender', at(relay.url.port))))
  const signal = AbortSignal.timeout(60_000)
  const streams = await Promise.all(
    senders.map(async (sender) => {
      await sender.connect(reader.peerId.toString(), { signal })
      const open = () => sender.openStream(reader.peerId.toString(), PROTOCOL, { signal, allowRelayed: true })
      return Promise.all(Array.from({ length: STREAMS }, open))
    }),
  )
  const before = relay.peer.counts.circuits().bytes
  stall(true)
  for (const { stream } of streams.flat()) stream.send(new Uint8Array(BYTES))

  // What the relay took: a window of each circuit, and what the sockets hold.
  const taken = () => relay.peer.counts.circuits().bytes - before
  let last = -1
  await expect
    .poll(
      () => {
        const isQuiet = taken() === last && last > 0
        last = taken()
        return isQuiet
      },
      { timeout: 20_000, interval: 300 },
    )
    .toBe(true)
  const sent = SENDERS * STREAMS * BYTES
  expect(sent).toBeGreaterThan(20 * 2 ** 20)
  expect(taken()).toBeLessThan(sent / 2)
  expect(arrived).toBeLessThan(sent / 2)

  // Nobody else waits for it.
  expect((await fetch(new URL('/health', relay.url))).status).toBe(200)
  expect(await senders[0]!.connect(other.peerId.toString(), { signal })).toMatchObject({ link: 'relayed' })

  stall(false)
  await expect.poll(() => arrived, { timeout: 20_000 }).toBe(sent)
}, 90_000)
