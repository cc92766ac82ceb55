import { CODE_MEMORY, CODE_P2P_CIRCUIT } from '@multiformats/multiaddr'
import { SIGNALLING_BUCKET, SIGNALLING_OPEN } from './config.ts'
import { TokenBucket } from './token-bucket.ts'
import type { DenyList } from './deny-list.ts'
import type { ConfiguredRelays } from './relays.ts'
import type { Clock } from './token-bucket.ts'
import type { ConnectionGater, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface DialGaterOptions {
  relays: ConfiguredRelays
  denied: DenyList
  /** PeerIds of this storage's own tabs: they share everything already and do not dial each other. */
  own?: ReadonlySet<string>
  /** Our own PeerId where this node is a relay: addresses through it are kept for the DHT. */
  relayOf?: string
  /** Peers over `@libp2p/memory`, which never leave the process. */
  allowMemory?: boolean
  /** Open relayed links that others dialled; given once the node exists. */
  relayedInbound?: () => number
  /** No more connections of this peer are let in; given once the node exists. */
  crowded?: (peer: PeerId) => boolean
  /** May `source` have another circuit to `destination`? For relays. */
  allowCircuit?: (source: PeerId, destination: PeerId) => boolean
  /** May somebody connect from this address, and may this peer have a reservation? For relays. */
  allowConnection?: (address: Multiaddr) => boolean
  allowReservation?: (peer: PeerId) => boolean
  now?: Clock
}

/**
 * Decides who is dialled, let in and remembered. A hostile hint or address otherwise reaches hosts of the local
 * network through this page, so a WebSocket is dialled to configured relays only, and nothing else is stored.
 */
export function createDialGater(options: DialGaterOptions): ConnectionGater {
  const { relays, denied, own = new Set<string>() } = options
  const relayedDials = new TokenBucket(SIGNALLING_BUCKET, options.now)
  const refused = (peer: PeerId): boolean => denied.has(peer.toString())

  const isAllowed = (address: Multiaddr): boolean => {
    const components = address.getComponents()

    if (components.some((component) => component.code === CODE_P2P_CIRCUIT)) {
      return relays.isCircuit(address) || isThrough(address, options.relayOf)
    }
    if (options.allowMemory === true && components[0]?.code === CODE_MEMORY) {
      return true
    }

    return relays.isAddress(address)
  }

  return {
    denyDialPeer: (peer) => refused(peer) || own.has(peer.toString()),
    denyDialMultiaddr: (address) => !isAllowed(address),
    denyInboundEncryptedConnection: refused,
    denyOutboundEncryptedConnection: refused,
    denyInboundUpgradedConnection: (peer) => refused(peer) || options.crowded?.(peer) === true,
    denyOutboundUpgradedConnection: refused,
    denyInboundConnection: ({ remoteAddr }) => options.allowConnection?.(remoteAddr) === false,
    denyInboundRelayReservation: (peer) => refused(peer) || options.allowReservation?.(peer) === false,
    denyOutboundRelayedConnection: (source, destination) =>
      refused(source) || refused(destination) || options.allowCircuit?.(source, destination) === false,
    denyInboundRelayedConnection: (relay, remote) =>
      refused(remote) ||
      !relays.has(relay.toString()) ||
      (options.relayedInbound?.() ?? 0) >= SIGNALLING_OPEN ||
      !relayedDials.take(),
    filterMultiaddrForPeer: (_peer, address) => isAllowed(address),
  }
}

function isThrough(address: Multiaddr, relay: string | undefined): boolean {
  return relay !== undefined && address.toString().includes(`/p2p/${relay}/p2p-circuit`)
}
