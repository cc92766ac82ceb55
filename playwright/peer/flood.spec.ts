import { generateKeyPair } from '@libp2p/crypto/keys'
import { forgeRpcs, GOSSIP_PROTOCOL } from '../../src/peer/forged-gossip.ts'
import { createIdentity, shardTopic } from '../../src/peer/index.ts'
import { createNodePeer, type NodePeer } from '../../src/peer/node.ts'
import { type BareRelay, expect, test } from './rig.ts'

const LONG = process.env.GUTS_LONG === '1'
/** Milliseconds. */
const QUIET = 2000
const FLOOD = LONG ? 30_000 : 5000
/** A second; a gossip message of a flooder is 400 bytes. */
const ASKED = LONG ? 10_000 : 4000
/** Five authors with six messages a second each: less than anybody may. */
const AUTHORS = 5
const PAUSE = 1000 / 6
const KEY = new Uint8Array(32).fill(3)
const TOPIC = shardTopic(KEY)

async function join(relay: BareRelay, name: string): Promise<NodePeer> {
  const peer = await createNodePeer({
    key: await generateKeyPair('Ed25519'),
    identity: await createIdentity(name),
    relayServer: false,
    relays: [relay.address],
    validateAnnouncement: async () => 'accept',
  })
  await peer.start()
  return peer
}

/** Milliseconds from a publication to its arrival, and how many never came. */
interface Delivery {
  times: number[]
  lost: number
}

/** Publishes for `duration` milliseconds, as people do who commit all the time. */
async function deliver(authors: NodePeer[], listener: NodePeer, duration: number): Promise<Delivery> {
  const sent = new Map<string, number>()
  const times: number[] = []
  const stop = listener.announcements.on(({ bytes }) => {
    const id = Buffer.from(bytes).toString('hex')
    const at = sent.get(id)
    if (at === undefined) return
    times.push(performance.now() - at)
    sent.delete(id)
  })
  const end = performance.now() + duration
  while (performance.now() < end) {
    for (const author of authors) {
      const bytes = crypto.getRandomValues(new Uint8Array(200))
      sent.set(Buffer.from(bytes).toString('hex'), performance.now())
      await author.announcements.publish(KEY, bytes)
      await new Promise((resolve) => setTimeout(resolve, PAUSE / authors.length))
    }
  }
  await expect.poll(() => sent.size, { timeout: 5000 }).toBe(0)
  stop()
  return { times, lost: sent.size }
}

/** The value that 95 of 100 do not exceed. */
function p95(times: number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? Infinity
}

/** One flooder after the other until `signal` aborts; how long each lasted, in milliseconds. */
async function flood(relay: BareRelay, good: boolean, signal: AbortSignal): Promise<number[]> {
  const lasted: number[] = []
  while (!signal.aborted) {
    const [eve, rpcs] = await Promise.all([join(relay, 'Eve'), forgeRpcs({ topic: TOPIC, count: 2 * ASKED, good })])
    await expect.poll(() => eve.relayStatus.kind).toBe('ready')
    const [connection] = eve.components.connectionManager.getConnections()
    if (connection === undefined) throw new Error('Not connected')
    // Its end here is that of the socket: the relay asks for nothing and waits for nothing.
    const closed = new Promise<void>((resolve) => connection.addEventListener('close', () => resolve(), { once: true }))
    const stream = await connection.newStream(GOSSIP_PROTOCOL)
    const began = performance.now()
    for (const [n, rpc] of rpcs.entries()) {
      const due = (n / rpcs.length) * 2000
      while (performance.now() - began < due && stream.status === 'open')
        await new Promise((next) => setTimeout(next, 1))
      if (stream.status !== 'open') break
      stream.send(rpc)
    }
    await closed
    lasted.push(performance.now() - began)
    await eve.stop()
  }
  return lasted
}

for (const good of [false, true]) {
  test(`a flood of ${good ? 'well' : 'badly'} signed gossip: its sender is gone within a second, and nobody else notices`, async ({
    relay,
  }) => {
    test.setTimeout(FLOOD + 60_000)
    const peers = await Promise.all(Array.from({ length: AUTHORS + 1 }, (_, n) => join(relay, `peer ${n}`)))
    const [listener, ...authors] = peers as [NodePeer, ...NodePeer[]]
    for (const peer of peers) peer.announcements.follow(KEY)
    for (const peer of peers) await expect.poll(() => peer.announcements.subscribers(TOPIC).length).toBeGreaterThan(0)

    const quiet = await deliver(authors, listener, QUIET)
    const before = await relay.residentBytes()
    const flooding = new AbortController()
    const flooders = flood(relay, good, flooding.signal)
    const busy = await deliver(authors, listener, FLOOD)
    flooding.abort()
    const lasted = await flooders
    const grown = (await relay.residentBytes()) - before
    for (const peer of peers) await peer.stop()

    console.log(
      `      ${good ? 'well' : 'badly'} signed, ${ASKED}/s asked: ${lasted.length} flooders, the slowest gone after ` +
        `${Math.round(Math.max(...lasted))} ms; honest p95 ${p95(quiet.times).toFixed(1)} → ${p95(busy.times).toFixed(1)} ms, ` +
        `${busy.times.length} delivered, ${busy.lost} lost; relay memory ${(grown / 1e6).toFixed(1)} MB`,
    )
    expect(busy.lost).toBe(0)
    expect(Math.max(...lasted)).toBeLessThan(1000)
    expect(grown).toBeLessThan(50e6)
    // On two shared cores a few milliseconds double by themselves.
    expect(p95(busy.times)).toBeLessThan(Math.max(2 * p95(quiet.times), 50))
  })
}
