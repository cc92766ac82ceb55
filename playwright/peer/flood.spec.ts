import { generateKeyPair } from '@libp2p/crypto/keys'
import { createIdentity, shardTopic } from '../../src/peer/index.ts'
import { createNodePeer, type NodePeer } from '../../src/peer/node.ts'
import { type BareRelay, expect, test } from './rig.ts'

const LONG = process.env.GUTS_LONG === '1'
/** Milliseconds. */
const QUIET = 2000
const FLOOD = LONG ? 30_000 : 5000
/** Messages a second; one of a flooder is 400 bytes. */
const ASKED = LONG ? 10_000 : 4000
/** More than there is time for. */
const FLOODERS = LONG ? 60 : 12
/** Five authors with six messages a second each: less than anybody may. */
const AUTHORS = 5
const PAUSE = 1000 / 6
const KEY = new Uint8Array(32).fill(3)

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

/** Publishes for `duration` milliseconds, as people do who commit all the time: how long each took, in milliseconds. */
async function deliver(authors: NodePeer[], listener: NodePeer, duration: number): Promise<number[]> {
  const sent = new Map<string, number>()
  const times: number[] = []
  const stop = listener.announcements.on(({ bytes }) => {
    const id = Buffer.from(bytes).toString('hex')
    const at = sent.get(id)
    if (at !== undefined && sent.delete(id)) times.push(performance.now() - at)
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
  await expect.poll(() => sent.size, { message: 'announcements that never came', timeout: 5000 }).toBe(0)
  stop()
  return times
}

/** The value that 95 of 100 do not exceed. */
function p95(times: number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? Infinity
}

for (const kind of ['badly', 'well']) {
  test(`a flood of ${kind} signed gossip: its sender is gone within a second, and nobody else notices`, async ({
    relay,
  }) => {
    test.setTimeout(FLOOD + 90_000)
    const peers = await Promise.all(Array.from({ length: AUTHORS + 1 }, (_, n) => join(relay, `peer ${n}`)))
    const [listener, ...authors] = peers as [NodePeer, ...NodePeer[]]
    for (const peer of peers) peer.announcements.follow(KEY)
    // The relay follows every shard: it hands on what comes from now on.
    await expect.poll(() => peers.every(({ components }) => isGossiping(components)), { timeout: 10_000 }).toBe(true)
    await deliver(authors, listener, 500)

    const flooder = await relay.floodWith([shardTopic(KEY), String(kind === 'well'), String(ASKED), String(FLOODERS)])
    const quiet = await deliver(authors, listener, QUIET)
    const before = await relay.residentBytes()
    flooder.go()
    const busy = await deliver(authors, listener, FLOOD)
    const lasted = await flooder.stop()
    const grown = (await relay.residentBytes()) - before
    for (const peer of peers) await peer.stop()

    console.log(
      `      ${kind} signed, ${ASKED}/s asked: ${lasted.length} flooders, the slowest gone after ${Math.max(...lasted)} ms; ` +
        `honest p95 ${p95(quiet).toFixed(1)} → ${p95(busy).toFixed(1)} ms, all ${busy.length} delivered; ` +
        `relay memory +${(grown / 1e6).toFixed(1)} MB`,
    )
    expect(lasted.length).toBeGreaterThan(1)
    expect(Math.max(...lasted)).toBeLessThan(1000)
    expect(grown).toBeLessThan(50e6)
    // A ratio of times means something where nothing else runs: in the long run, asked for by itself.
    if (LONG) expect(p95(busy)).toBeLessThan(Math.max(2 * p95(quiet), 50))
  })
}

function isGossiping({ connectionManager }: NodePeer['components']): boolean {
  const streams = connectionManager.getConnections().flatMap((connection) => connection.streams)
  return ['inbound', 'outbound'].every((way) =>
    streams.some(({ protocol, direction }) => protocol.startsWith('/meshsub/') && direction === way),
  )
}
