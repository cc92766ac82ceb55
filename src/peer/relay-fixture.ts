import { generateKeyPair } from '@libp2p/crypto/keys'
import { webSockets } from '@libp2p/websockets'
import { createIdentity } from './identity.ts'
import { createNodePeer } from './node.ts'
import { webSocketDialler } from './websocket-transport.ts'
import type { NodePeer, NodePeerOptions } from './node.ts'
import type { PrivateKey } from '@libp2p/interface'

export interface TestRelay {
  peer: NodePeer
  /** Multiaddr with its PeerId. */
  address: string
  key: PrivateKey
  port: number
}

/** A started relay on a loopback port; the same port and key again are a restart. For tests. */
export async function startTestRelay(
  again: { port?: number; key?: PrivateKey } = {},
  options: Partial<NodePeerOptions> = {},
): Promise<TestRelay> {
  const key = again.key ?? (await generateKeyPair('Ed25519'))
  const peer = await createNodePeer({
    key,
    identity: await createIdentity('relay'),
    relayServer: true,
    transports: [webSockets()],
    listen: [`/ip4/127.0.0.1/tcp/${again.port ?? 0}/ws`],
    validateAnnouncement: async () => 'accept',
    ...options,
  })

  await peer.start()
  const address = peer.addresses().find((candidate) => candidate.includes('/ws'))

  if (address === undefined) {
    throw new Error('The relay does not listen')
  }

  return { peer, address, key, port: Number(/\/tcp\/(\d+)\//.exec(address)?.[1]) }
}

/** A started peer without WebRTC that uses these relays. For tests. */
export async function startTestPeer(
  name: string,
  relays: string[],
  options: Partial<NodePeerOptions> = {},
): Promise<NodePeer> {
  const peer = await createNodePeer({
    key: await generateKeyPair('Ed25519'),
    identity: await createIdentity(name),
    relayServer: false,
    transports: [webSocketDialler()],
    relays,
    validateAnnouncement: async () => 'accept',
    ...options,
  })

  await peer.start()
  return peer
}

/** Resolves when the peer has its reservation. */
export async function whenReserved(peer: NodePeer): Promise<void> {
  if (peer.relayStatus.kind === 'ready') {
    return
  }

  await new Promise<void>((resolve) => {
    const stop = peer.peers.on('relay:status', (status) => {
      if (status.kind === 'ready') {
        stop()
        resolve()
      }
    })
  })
}
