import { generateKeyPair } from '@libp2p/crypto/keys'
import { forgeRpcs, GOSSIP_PROTOCOL } from '../../src/peer/forged-gossip.ts'
import { createIdentity } from '../../src/peer/index.ts'
import { createNodePeer } from '../../src/peer/node.ts'

/**
 * Floods a relay with gossip, as one peer after the other: `node flooder-main.js <relay> <topic> <good> <a second> <peers>`.
 * Prints `armed`, waits for a line, then prints for each peer how many milliseconds it lasted, and goes on for as long as its
 * standard input is open.
 */
const [relay = '', topic = '', good = '', rate = '', peers = ''] = process.argv.slice(2)
const input = process.stdin[Symbol.asyncIterator]()
/** Made beforehand: signing costs more than the flood does. */
const forged = await Promise.all(
  Array.from({ length: Number(peers) }, () => forgeRpcs({ topic, count: Number(rate), good: good === 'true' })),
)
let isOver = false

console.log('armed')
await input.next()
process.stdin.once('end', () => (isOver = true))
process.stdin.resume()

for (const rpcs of forged) {
  if (!isOver) console.log(String(await flood(rpcs)))
}
process.exit(0)

/** Sends what it has within a second, and waits until the relay's end of the socket is closed. */
async function flood(rpcs: Uint8Array[]): Promise<number> {
  const peer = await createNodePeer({
    key: await generateKeyPair('Ed25519'),
    identity: await createIdentity('Eve'),
    relayServer: false,
    relays: [relay],
    validateAnnouncement: async () => 'ignore',
  })
  const reserved = new Promise<void>((resolve) => {
    peer.peers.on('relay:status', ({ kind }) => {
      if (kind === 'ready') resolve()
    })
  })
  await peer.start()
  await reserved
  const [connection] = peer.components.connectionManager.getConnections()
  if (connection === undefined) throw new Error('Not connected')
  const closed = new Promise((resolve) => connection.addEventListener('close', resolve, { once: true }))
  const stream = await connection.newStream(GOSSIP_PROTOCOL)
  const began = performance.now()

  for (const [n, rpc] of rpcs.entries()) {
    while (stream.status === 'open' && performance.now() - began < (n / rpcs.length) * 1000) {
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    if (stream.status !== 'open') break
    stream.send(rpc)
  }
  await closed
  const lasted = Math.round(performance.now() - began)
  await peer.stop()
  return lasted
}
