import { RELAY_V2_STOP_CODEC } from '@libp2p/circuit-relay-v2'
import {
  SIGNALLING_BUCKET,
  SIGNALLING_OPEN,
  SIGNALLING_STREAMS_PER_CONNECTION,
  WEBRTC_SIGNALING_PROTOCOL,
} from './config.ts'
import { isOver } from './components.ts'
import { RateLimitedError } from './errors.ts'
import { TokenBucket } from './token-bucket.ts'
import type { PeerComponents } from './components.ts'
import type { ConfiguredRelays } from './relays.ts'
import type { Clock } from './token-bucket.ts'

type Components = Pick<PeerComponents, 'registrar' | 'logger'>

/** How many signalling streams are open, and how many were turned away. */
export interface SignallingLimit {
  readonly open: number
  readonly refused: number
}

/**
 * Bounds inbound WebRTC signalling: every stream costs an RTCPeerConnection, of which a browser has 500. What is beyond
 * is reset at once, so that the dialler, instead of waiting for its time-out, asks again a little later.
 *
 * The handler is wrapped in place, because `registrar.use` appends to the list that it is given and runs handlers once
 * more with every stream.
 */
export async function limitSignalling(components: Components, now: Clock = Date.now): Promise<SignallingLimit> {
  const { registrar, logger } = components
  const log = logger.forComponent('guts:signalling')
  const { handler, options } = registrar.getHandler(WEBRTC_SIGNALING_PROTOCOL)
  const bucket = new TokenBucket(SIGNALLING_BUCKET, now)
  let open = 0
  let refused = 0

  await registrar.handle(
    WEBRTC_SIGNALING_PROTOCOL,
    async (stream, connection) => {
      // Reset before it was handled: counted, it would take a place for ever.
      if (isOver(stream)) {
        return
      }
      if (open >= SIGNALLING_OPEN || !bucket.take()) {
        refused += 1
        const error = new RateLimitedError(
          connection.remotePeer.toString(),
          WEBRTC_SIGNALING_PROTOCOL,
          bucket.retryAfter(),
        )
        log('refuse signalling - %e', error)
        stream.abort(error)
        return
      }

      open += 1
      stream.addEventListener('close', () => (open -= 1), { once: true })
      await handler(stream, connection)
    },
    { ...options, maxInboundStreams: SIGNALLING_STREAMS_PER_CONNECTION, force: true },
  )

  return {
    get open() {
      return open
    },
    get refused() {
      return refused
    },
  }
}

/**
 * Takes relayed dials from configured relays only. The circuit transport otherwise answers anybody's STOP stream by
 * making a reservation on them, and then advertises addresses of their choice.
 */
export async function limitRelayedDials(components: Components, relays: ConfiguredRelays): Promise<void> {
  const { registrar, logger } = components
  const log = logger.forComponent('guts:signalling')
  const { handler, options } = registrar.getHandler(RELAY_V2_STOP_CODEC)

  await registrar.handle(
    RELAY_V2_STOP_CODEC,
    async (stream, connection) => {
      if (!relays.has(connection.remotePeer.toString())) {
        log('%p is no configured relay and may not relay to us', connection.remotePeer)
        stream.abort(new Error('Only a configured relay may relay connections to this peer'))
        return
      }

      await handler(stream, connection)
    },
    { ...options, force: true },
  )
}
