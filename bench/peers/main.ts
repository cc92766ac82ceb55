import { generateKeyPair } from '@libp2p/crypto/keys'
import { createIdentity } from '../../src/peer/index.ts'
import { createNodePeer, type NodePeer } from '../../src/peer/node.ts'
import { createRelayValidator } from '../../src/sync/announce/index.ts'
import { fanOut } from './fan-out.ts'
import { Deliveries } from './deliveries.ts'
import type { Answers, Delivered, Joined, PeersCommand } from './protocol.ts'

// Many peers in one process, as many tabs' Node twins would be: WebSocket to the relay, a reservation there, gossip. The
// scenario tells it what to do over IPC.

/** Peers that start at a time: a class that opens a page does not do it in the same millisecond, either. */
const AT_ONCE = 25
/** Milliseconds until a peer counts as not having joined, and one that was lost as gone for good. */
const PATIENCE = 120_000

const peers: NodePeer[] = []
const discoveryKey = crypto.getRandomValues(new Uint8Array(32))

process.on('message', (command: PeersCommand) => {
  obey(command).then(
    (value) => process.send?.({ value }),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})

async function obey(command: PeersCommand): Promise<Answers[PeersCommand['kind']]> {
  switch (command.kind) {
    case 'join':
      return await join(command.count, command.relay)
    case 'follow':
      for (const peer of peers) peer.announcements.follow(discoveryKey)
      await sleep(command.settleMs)
      return null
    case 'announce':
      return await announce(command)
    case 'fan-out':
      return await fanOut(command)
    case 'lost':
      return { at: await whenAll((peer) => peer.relayStatus.kind !== 'ready') }
    case 'healed':
      return { at: await whenAll((peer) => peer.relayStatus.kind === 'ready') }
  }
}

async function join(count: number, relay: string): Promise<Joined> {
  const start = performance.now()
  let left = count
  let joined = 0
  const work = async (): Promise<void> => {
    while (left > 0) {
      left--
      const peer = await newPeer(relay)
      peers.push(peer)
      if (await isReserved(peer)) joined++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { joined, seconds: (performance.now() - start) / 1000 }
}

async function newPeer(relay: string): Promise<NodePeer> {
  const peer = await createNodePeer({
    key: await generateKeyPair('Ed25519'),
    identity: await createIdentity(`peer ${peers.length}`),
    relayServer: false,
    relays: [relay],
    listen: [`${relay}/p2p-circuit`],
    // Nobody here knows what is announced: it is judged as relays do.
    validateAnnouncement: createRelayValidator(),
  })
  await peer.start()
  return peer
}

async function isReserved(peer: NodePeer): Promise<boolean> {
  const until = performance.now() + PATIENCE
  while (peer.relayStatus.kind !== 'ready') {
    if (performance.now() > until) return false
    await sleep(20)
  }
  return true
}

/** Unix milliseconds at which `holds` was true of all peers. */
async function whenAll(holds: (peer: NodePeer) => boolean): Promise<number> {
  const until = performance.now() + PATIENCE
  while (!peers.every(holds)) {
    if (performance.now() > until) throw new Error(`Only ${peers.filter(holds).length} of ${peers.length} peers.`)
    await sleep(10)
  }
  return performance.timeOrigin + performance.now()
}

async function announce({ messages, bytes, everyMs, lastMs }: PeersCommand & { kind: 'announce' }): Promise<Delivered> {
  const deliveries = new Deliveries(bytes)
  const stops = peers.map((peer, receiver) =>
    peer.announcements.on((announcement) => deliveries.came(announcement.bytes, receiver)),
  )
  for (let n = 0; n < messages; n++) {
    const author = n % peers.length
    await peers[author]?.announcements.publish(discoveryKey, deliveries.next(author))
    await sleep(everyMs)
  }
  await sleep(lastMs)
  for (const stop of stops) stop()
  return { delays: deliveries.delays, expected: messages * (peers.length - 1) }
}

async function sleep(milliseconds: number): Promise<void> {
  await new Promise((done) => setTimeout(done, milliseconds))
}
