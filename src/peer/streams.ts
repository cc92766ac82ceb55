import { GUTS_PROTOCOL_PREFIX, MAX_PEER_STREAMS, REFUSED_STREAMS_BUCKET, STREAM_BUCKET } from './config.ts'
import { directConnections, relayedConnections } from './components.ts'
import { NoDirectConnectionError, RateLimitedError, TooManyStreamsError } from './errors.ts'
import { TokenBuckets } from './token-bucket.ts'
import type { PeerComponents } from './components.ts'
import type { Clock } from './token-bucket.ts'
import type { OpenStreamOptions, StreamHandler } from './types.ts'
import type { Connection, Logger, PeerId, Stream } from '@libp2p/interface'

type Components = Pick<PeerComponents, 'connectionManager' | 'registrar' | 'logger'>

export interface StreamsOptions {
  /** Called for each stream beyond the many that a peer may have refused. */
  onFlood: (peer: string) => void
  now?: Clock
}

export interface HandleOptions {
  allowRelayed?: boolean
  maxInboundStreams?: number
}

/** Opens our protocols' streams on direct connections, and bounds what others may open to us. */
export class Streams {
  readonly #components: Components
  readonly #log: Logger
  readonly #buckets: TokenBuckets
  readonly #refused: TokenBuckets
  readonly #onFlood: (peer: string) => void

  constructor(components: Components, options: StreamsOptions) {
    this.#components = components
    this.#log = components.logger.forComponent('guts:streams')
    this.#buckets = new TokenBuckets(STREAM_BUCKET, options.now)
    this.#refused = new TokenBuckets(REFUSED_STREAMS_BUCKET, options.now)
    this.#onFlood = options.onFlood
  }

  /** Rejects with `NoDirectConnectionError`, or with what libp2p says of the negotiation. */
  async open(
    peer: PeerId,
    protocol: string,
    options: OpenStreamOptions,
  ): Promise<{ stream: Stream; connection: Connection }> {
    const { signal, allowRelayed = false } = options
    const direct = directConnections(this.#components, peer)
    const connection = direct[0] ?? (allowRelayed ? relayedConnections(this.#components, peer)[0] : undefined)

    if (connection === undefined) {
      throw new NoDirectConnectionError(peer.toString())
    }

    const stream = await connection.newStream(protocol, {
      signal,
      runOnLimitedConnection: allowRelayed,
      maxOutboundStreams: MAX_PEER_STREAMS,
    })

    return { stream, connection }
  }

  async handle(protocol: string, handler: StreamHandler, options: HandleOptions = {}): Promise<void> {
    await this.#components.registrar.handle(
      protocol,
      async (stream, connection) => {
        try {
          this.#admit(protocol, connection)
          await handler(stream, connection)
        } catch (error) {
          this.#log.error('%s from %p - %e', protocol, connection.remotePeer, error)
          stream.abort(error instanceof Error ? error : new Error(String(error)))
        }
      },
      {
        // One more than the cap, so that it is our error and not libp2p's that ends the one too many.
        maxInboundStreams: options.maxInboundStreams ?? MAX_PEER_STREAMS + 1,
        maxOutboundStreams: MAX_PEER_STREAMS,
        runOnLimitedConnection: options.allowRelayed ?? false,
      },
    )
  }

  #admit(protocol: string, connection: Connection): void {
    const id = connection.remotePeer.toString()

    // The stream that is being admitted is already in the list.
    if (countStreams(this.#components.connectionManager.getConnections(connection.remotePeer)) > MAX_PEER_STREAMS) {
      this.#noteRefused(id, protocol)
      throw new TooManyStreamsError(id, MAX_PEER_STREAMS)
    }

    const bucket = this.#buckets.get(`${id} ${protocol}`)

    if (!bucket.take()) {
      this.#noteRefused(id, protocol)
      throw new RateLimitedError(id, protocol, bucket.retryAfter())
    }
  }

  #noteRefused(id: string, protocol: string): void {
    if (!this.#refused.take(`${id} ${protocol}`)) {
      this.#onFlood(id)
    }
  }
}

function countStreams(connections: Connection[]): number {
  return connections
    .flatMap((connection) => connection.streams)
    .filter((stream) => stream.direction === 'inbound' && (stream.protocol ?? '').startsWith(GUTS_PROTOCOL_PREFIX))
    .length
}
