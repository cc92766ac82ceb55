import type { PeerState } from './types.ts'

/**
 * Which peers to leave when more than `maximum` are connected: relays never, then those that share nothing with us
 * before those that do, relayed before direct, the worse score before the better, and the longest silent first.
 */
export function peersToPrune(peers: PeerState[], maximum: number): string[] {
  const connected = peers.filter((peer) => peer.link !== null && !peer.isRelay)

  if (connected.length <= maximum) {
    return []
  }

  return connected
    .sort((a, b) => worth(a) - worth(b) || a.score - b.score || a.lastSeen - b.lastSeen)
    .slice(0, connected.length - maximum)
    .map((peer) => peer.id)
}

function worth(peer: PeerState): number {
  return (peer.repositories.length > 0 ? 2 : 0) + (peer.link === 'direct' ? 1 : 0)
}
