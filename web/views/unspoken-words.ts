import type { PeerState } from '../../src/peer/index.ts'

/** Milliseconds for which it is said that a device cannot be spoken with: it is tried again meanwhile, or has left. */
const RECENT = 300_000

/** Why a device cannot be spoken with, and what helps. Follows "It" or "A device". */
export function describeUnspoken({ ours, theirs }: NonNullable<PeerState['unspoken']>): string {
  if (theirs === null) return 'runs a version of this app that has nothing in common with this one, or another app.'
  return theirs > ours
    ? 'runs a newer version of this app, so the two cannot talk. Reload this page to get it.'
    : 'runs an older version of this app, so the two cannot talk. It has to be reloaded there.'
}

/** The versions that keep devices from being spoken with at `now` (Unix milliseconds), the newest first. */
export function findUnspoken(peers: PeerState[], now: number): NonNullable<PeerState['unspoken']> | null {
  const found = peers.filter(({ unspoken, lastSeen }) => unspoken !== null && now - lastSeen < RECENT)
  const [newest] = found.sort((a, b) => (b.unspoken?.theirs ?? -1) - (a.unspoken?.theirs ?? -1))
  return newest?.unspoken ?? null
}
