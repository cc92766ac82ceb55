import { generateKeyPair } from '@libp2p/crypto/keys'
import { memory } from '@libp2p/memory'
import { multiaddr } from '@multiformats/multiaddr'
import { DEFAULT_NETWORK_CONFIG, TAB_OPTIONS } from './config.ts'
import { DenyList } from './deny-list.ts'
import { createDialGater } from './dial-gater.ts'
import { GutsNode } from './guts-peer.ts'
import { createIdentity } from './identity.ts'
import { createNode } from './libp2p-node.ts'
import { isCrowded } from './lanes.ts'
import { ConfiguredRelays } from './relays.ts'
import { Traffic } from './traffic.ts'
import type { PeerComponents } from './components.ts'
import type { DenialKeeper } from './kept-denials.ts'
import type { AnnouncementValidator, Capability, GutsPeer, Identity } from './types.ts'

export interface MemoryPeerOptions {
  /** Accepts everything unless given. */
  validateAnnouncement?: AnnouncementValidator
  identity?: Identity
  saveIdentity?: (identity: Identity) => Promise<void>
  onIdentity?: (listener: (identity: Identity) => void) => () => void
  /** Default `peer 1`, `peer 2`, … */
  name?: string
  capabilities?: Capability[]
  /** Milliseconds that every buffer waits on its way. */
  latency?: number
  maximumConnections?: number
  /** Milliseconds. */
  keepaliveInterval?: number
  keepDenials?: (list: DenyList) => DenialKeeper
}

/** A peer over `@libp2p/memory`, with what tests need of its inside. */
export interface MemoryPeer extends GutsPeer {
  readonly announcements: GutsNode['announcements']
  readonly components: PeerComponents
  /** Dials another peer of this process and resolves when Hello is done on both sides. */
  dial(other: MemoryPeer): Promise<void>
  hangUp(other: MemoryPeer): Promise<void>
}

let count = 0

/** One started peer, connected to nobody. Links between memory peers count as direct. */
export async function createMemoryPeer(options: MemoryPeerOptions = {}): Promise<MemoryPeer> {
  const number = ++count
  const identity = options.identity ?? (await createIdentity(options.name ?? `peer ${number}`))
  const relays = new ConfiguredRelays([])
  const denied = new DenyList()
  const traffic = new Traffic()
  const late: { components?: PeerComponents } = {}
  const { node, components } = await createNode({
    key: await generateKeyPair('Ed25519'),
    agent: 'guts-test',
    listen: [`/memory/guts-${number}`],
    transports: [memory(options.latency === undefined ? {} : { latency: options.latency })],
    gater: createDialGater({ relays, denied, allowMemory: true, crowded: (peer) => isCrowded(late.components, peer) }),
    connectionManager: { ...TAB_OPTIONS },
    traffic,
  })
  late.components = components
  const peer = new GutsNode(node, components, {
    role: 'tab',
    identity,
    saveIdentity: options.saveIdentity,
    onIdentity: options.onIdentity,
    agent: 'guts-test',
    capabilities: options.capabilities ?? [],
    relays,
    denied,
    traffic,
    keepaliveInterval: options.keepaliveInterval ?? DEFAULT_NETWORK_CONFIG.keepaliveInterval,
    keepDenials: options.keepDenials?.(denied),
    maximumConnections: options.maximumConnections ?? DEFAULT_NETWORK_CONFIG.maximumConnections,
    webrtc: false,
    circuits: false,
    validateAnnouncement: options.validateAnnouncement ?? (async () => 'accept'),
    onWake: () => () => undefined,
  })

  await peer.start()

  const testing = {
    components,
    async dial(other: MemoryPeer): Promise<void> {
      const ready = Promise.all([whenReady(peer, other.peerId.toString()), whenReady(other, peer.peerId.toString())])
      const address = other.addresses()[0]

      if (address === undefined) {
        throw new Error('The other peer does not listen')
      }

      await components.connectionManager.openConnection(multiaddr(address))
      await ready
    },
    async hangUp(other: MemoryPeer): Promise<void> {
      await components.connectionManager.closeConnections(other.peerId)
    },
  }

  return Object.assign(peer, testing)
}

/**
 * `n` started peers of one process, each connected to every other, with Hello done. They run the real Hello,
 * PeerManager, gossip and streams; there is no relay among them, so `connect` finds only who is connected already.
 */
export async function createMemoryPeers(
  n: number,
  options: MemoryPeerOptions | ((index: number) => MemoryPeerOptions) = {},
): Promise<MemoryPeer[]> {
  const peers = await Promise.all(
    Array.from({ length: n }, (_, index) => createMemoryPeer(typeof options === 'function' ? options(index) : options)),
  )

  for (const [index, peer] of peers.entries()) {
    await Promise.all(peers.slice(0, index).map((other) => peer.dial(other)))
  }

  return peers
}

/** Stops peers; for `afterEach`. */
export async function stopPeers(peers: GutsPeer[]): Promise<void> {
  await Promise.all(peers.map((peer) => peer.stop()))
}

/** Resolves when Hello is done with `id`. */
export async function whenReady(peer: GutsPeer, id: string): Promise<void> {
  const state = peer.peers.get(id)

  if (state?.link != null && state.identity !== null) {
    return
  }

  await new Promise<void>((resolve) => {
    const stop = peer.peers.on('peer:ready', (ready) => {
      if (ready.id === id) {
        stop()
        resolve()
      }
    })
  })
}
