import { rawKeyFromPeerId } from '../../../peer/index.ts'
import { MAX_HOLDERS } from '../../wire/index.ts'
import type { ClientSession, NamedHolder } from '../client/session.ts'

/**
 * Of those that we are connected with, whom to name to `asker`; who fetches it itself only where it is reached directly: while
 * its first links are being made, more would be in their way. Where there are more than may be named, everybody is named
 * others: so that they do not all dial the same ones.
 */
export function namedHolders(
  sessions: ClientSession[],
  asker: string,
  isComplete: (session: ClientSession) => boolean,
): NamedHolder[] {
  const others = sessions.filter((session) => session.peer !== asker && (!session.relayed || isComplete(session)))
  if (others.length > MAX_HOLDERS) others.sort((a, b) => mixed(asker, a.peer) - mixed(asker, b.peer))
  return others.slice(0, MAX_HOLDERS).flatMap((session) => {
    const key = rawKeyFromPeerId(session.connection.remotePeer)
    return key == null ? [] : [{ key, complete: isComplete(session) }]
  })
}

/** An order of others that is another for everybody: FNV-1a, 32 bits. */
export function mixed(a: string, b: string): number {
  let hash = 0x811c9dc5
  for (const character of a + b) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return hash
}
