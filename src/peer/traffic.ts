import { MAX_REMEMBERED_PEERS } from './config.ts'
import type { PeerComponents } from './components.ts'
import type { Connection, Metrics, Stream } from '@libp2p/interface'

/** Payload of streams, without what transports and Noise add. */
export interface PeerTraffic {
  bytesIn: number
  bytesOut: number
  /** Unix milliseconds of the last byte that came; 0 before. */
  heardAt: number
}

const NONE: Readonly<PeerTraffic> = { bytesIn: 0, bytesOut: 0, heardAt: 0 }

/** A stream's own entry for what its transport received; every libp2p stream has it. */
type Receiving = Stream & { onData(data: { byteLength: number }): void; readBufferLength: number }

/** Counts what streams carry, by peer. Bounded: who was heard of longest ago is forgotten. */
export class Traffic {
  readonly #max: number
  readonly #peers = new Map<string, PeerTraffic>()

  constructor(max = MAX_REMEMBERED_PEERS) {
    this.#max = max
  }

  of(peer: string): Readonly<PeerTraffic> {
    return this.#peers.get(peer) ?? NONE
  }

  /** Counts from here on, and what is in the stream's buffer already. */
  track(stream: Stream, peer: string): void {
    const counts = this.#counts(peer)
    const receiving = stream as Receiving
    const onData = receiving.onData.bind(receiving)
    const send = stream.send.bind(stream)

    counts.bytesIn += receiving.readBufferLength
    receiving.onData = (data) => {
      counts.bytesIn += data.byteLength
      counts.heardAt = Date.now()
      onData(data)
    }
    stream.send = (data) => {
      counts.bytesOut += data.byteLength
      return send(data)
    }
  }

  #counts(peer: string): PeerTraffic {
    const counts = this.#peers.get(peer) ?? { ...NONE }

    // Re-inserted, so that the map's order is the order of use.
    this.#peers.delete(peer)
    this.#peers.set(peer, counts)
    const [oldest] = this.#peers.keys()
    if (this.#peers.size > this.#max && oldest !== undefined) {
      this.#peers.delete(oldest)
    }

    return counts
  }
}

/** As far as libp2p's metrics are used here: they are told of every stream, in both directions, and nothing else is. */
export function trafficMetrics(traffic: Traffic, components: Pick<PeerComponents, 'connectionManager'>): Metrics {
  const nothing = (): void => undefined
  const metric = { update: nothing, increment: nothing, decrement: nothing, reset: nothing, observe: nothing }
  const register = () => ({ ...metric, timer: () => nothing })

  return {
    trackMultiaddrConnection: nothing,
    trackProtocolStream(stream) {
      const owner = components.connectionManager.getConnections().find((open) => carries(open, stream))

      if (owner !== undefined) {
        traffic.track(stream, owner.remotePeer.toString())
      }
    },
    registerMetric: register,
    registerMetricGroup: register,
    registerCounter: register,
    registerCounterGroup: register,
    registerHistogram: register,
    registerHistogramGroup: register,
    registerSummary: register,
    registerSummaryGroup: register,
    traceFunction: <F>(_name: string, traced: F): F => traced,
    createTrace: nothing,
  }
}

function carries(connection: Connection, stream: Stream): boolean {
  return connection.streams.some((open) => open === stream)
}
