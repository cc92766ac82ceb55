import { generateKeyPair } from '@libp2p/crypto/keys'
import { pbStream } from '@libp2p/utils'
import { createIdentity, HELLO_PROTOCOL, rawKeyFromPeerId } from '../../src/peer/index.ts'
import { createNodePeer } from '../../src/peer/node.ts'
import { Hello, HelloAck, HelloStatus } from '../../src/peer/pb/hello.ts'

/** Multiaddr of the relay at `url`. */
export async function relayAddress(url: string): Promise<string> {
  const config = (await (await fetch(new URL('/config.json', url))).json()) as { relays: string[] }
  const [address] = config.relays
  if (address === undefined) throw new Error('The relay names no address')
  return address
}

/** A peer of a later version of the app, which says so to whoever says Hello; `hint` names it in a link. */
export async function startLaterVersion(
  relay: string,
  version: number,
): Promise<{ hint: string; stop: () => Promise<void> }> {
  const key = await generateKeyPair('Ed25519')
  const peer = await createNodePeer({
    key,
    identity: await createIdentity('Zoe'),
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
  const none = new Uint8Array(0)
  await peer.components.registrar.handle(
    HELLO_PROTOCOL,
    async (stream) => {
      const messages = pbStream(stream)
      await messages.read(Hello)
      const said = { agent: '', capabilities: [], attestation: none, nonce: none, session: none, interests: none }
      await messages.write({ ...said, status: HelloStatus.UNSUPPORTED_VERSION, version, retryAfter: 0 }, HelloAck)
      await stream.close()
    },
    { force: true, runOnLimitedConnection: true },
  )
  await reserved
  return {
    hint: Buffer.from(rawKeyFromPeerId(peer.peerId) ?? none).toString('base64url'),
    stop: () => peer.stop(),
  }
}
