import { BROADCAST_TIMEOUT } from './config.ts'
import type { GutsPeer } from './types.ts'

export interface BroadcastResult {
  /** PeerIds of those that took it. */
  sent: string[]
  /** Why it did not reach the others. */
  failed: Array<{ peer: string; error: Error }>
}

/**
 * Sends `bytes` to each of `peers` on a stream of `protocol` of its own. One that fails, or takes longer than 10 s, fails
 * nobody else; never rejects.
 */
export async function broadcast(
  openStream: GutsPeer['openStream'],
  peers: string[],
  protocol: string,
  bytes: Uint8Array,
  options: { signal?: AbortSignal; allowRelayed?: boolean } = {},
): Promise<BroadcastResult> {
  const result: BroadcastResult = { sent: [], failed: [] }

  await Promise.all(
    peers.map(async (peer) => {
      try {
        await sendOne(openStream, peer, protocol, bytes, options)
        result.sent.push(peer)
      } catch (error) {
        result.failed.push({ peer, error: error instanceof Error ? error : new Error(String(error)) })
      }
    }),
  )

  return result
}

async function sendOne(
  openStream: GutsPeer['openStream'],
  peer: string,
  protocol: string,
  bytes: Uint8Array,
  options: { signal?: AbortSignal; allowRelayed?: boolean },
): Promise<void> {
  const timeout = AbortSignal.timeout(BROADCAST_TIMEOUT)
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout])
  const { stream } = await openStream(peer, protocol, { signal, allowRelayed: options.allowRelayed })

  try {
    if (!stream.send(bytes)) {
      await stream.onDrain({ signal })
    }
    await stream.close({ signal })
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}
