import type { PeerState } from './types.ts'

/**
 * Connected peers that share a repository (hex discovery key), the best first: direct before relayed, then by score, then
 * by round trip, an unknown one last.
 */
export function peersWithRepository(peers: PeerState[], discoveryKey: string): PeerState[] {
  return peers
    .filter((peer) => peer.link !== null && peer.repositories.includes(discoveryKey))
    .sort(
      (a, b) =>
        Number(b.link === 'direct') - Number(a.link === 'direct') ||
        b.score - a.score ||
        (a.roundTrip ?? Infinity) - (b.roundTrip ?? Infinity),
    )
}

/** `count` of `peers`, each as likely as any other, in random order; all where there are no more. */
export function randomPeers(peers: PeerState[], count: number, random: () => number = Math.random): PeerState[] {
  const left = [...peers]
  const chosen: PeerState[] = []

  while (chosen.length < count && left.length > 0) {
    chosen.push(...left.splice(Math.floor(random() * left.length), 1))
  }

  return chosen
}
