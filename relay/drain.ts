import type { Connection } from '@libp2p/interface'
import type { NodePeer } from '../src/peer/node.ts'

/** Connections that are closed at once, so that a thousand tabs do not come to the next relay in one moment. */
const AT_ONCE = 50
/** Milliseconds between two such lots, and between two looks at what is under way. */
const PAUSE = 100
/** Milliseconds for one connection's goodbye. */
const GOODBYE = 1_000

export interface DrainOptions {
  /** Milliseconds in all; 0: nobody is waited for. */
  milliseconds: number
  /** Is something under way that ends by itself? */
  isBusy: () => boolean
}

/**
 * Takes nobody new, lets end what is under way (relayed links: tabs that are about to connect), then says goodbye to
 * everybody: they turn to another relay. Resolves within `milliseconds` and one goodbye.
 */
export async function drain(peer: NodePeer, { milliseconds, isBusy }: DrainOptions): Promise<void> {
  peer.drain()
  if (milliseconds === 0) return
  const deadline = Date.now() + milliseconds
  // The second half is for goodbyes.
  while (isBusy() && Date.now() < deadline - milliseconds / 2) await pause()
  const open = shuffled(peer.components.connectionManager.getConnections())
  while (open.length > 0 && Date.now() < deadline) {
    await Promise.all(open.splice(0, AT_ONCE).map(sayGoodbye))
    if (open.length > 0) await pause()
  }
}

async function sayGoodbye(connection: Connection): Promise<void> {
  try {
    await connection.close({ signal: AbortSignal.timeout(GOODBYE) })
  } catch (error) {
    connection.abort(error instanceof Error ? error : new Error(String(error)))
  }
}

function shuffled<T>(values: T[]): T[] {
  return values
    .map((value) => ({ value, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value)
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE))
}
