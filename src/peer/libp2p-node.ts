import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify, identifyPush } from '@libp2p/identify'
import { FaultTolerance } from '@libp2p/interface'
import { ping } from '@libp2p/ping'
import { createLibp2p } from 'libp2p'
import { DEFAULT_NETWORK_CONFIG, WEBRTC_DIAL_TIMEOUT } from './config.ts'
import { trafficMetrics } from './traffic.ts'
import type { Traffic } from './traffic.ts'
import type { PeerComponents } from './components.ts'
import type { ConnectionGater, Libp2p, PrivateKey, Transport } from '@libp2p/interface'
import type { Libp2pOptions } from 'libp2p'

export type TransportFactory = (components: PeerComponents) => Transport

export interface NodeInit {
  key: PrivateKey
  agent: string
  /** Multiaddrs. */
  listen: string[]
  announce?: string[]
  transports: TransportFactory[]
  gater: ConnectionGater
  connectionManager: NonNullable<Libp2pOptions['connectionManager']>
  /** Counts what streams carry; omitted: nobody does. */
  traffic?: Traffic
  /** Milliseconds; default Guts' own. */
  connectionTimeout?: number
  maxInboundStreams?: number
  services?: Record<string, (components: PeerComponents) => unknown>
}

/** A stopped libp2p node and its components. */
export async function createNode(init: NodeInit): Promise<{ node: Libp2p; components: PeerComponents }> {
  let components: PeerComponents | undefined

  const node = await createLibp2p({
    start: false,
    privateKey: init.key,
    nodeInfo: { name: 'guts', userAgent: init.agent },
    addresses: { listen: init.listen, announce: init.announce ?? [] },
    transports: init.transports as unknown as NonNullable<Libp2pOptions['transports']>,
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux(
        init.maxInboundStreams === undefined ? {} : { streamOptions: {}, maxInboundStreams: init.maxInboundStreams },
      ),
    ],
    connectionGater: init.gater,
    // Our own links redial; a keep-alive tag gives up at once on WebSocket anyway.
    connectionManager: {
      ...init.connectionManager,
      reconnectRetries: 0,
      dialTimeout: init.connectionTimeout ?? DEFAULT_NETWORK_CONFIG.connectionTimeout,
      addressDialTimeout: WEBRTC_DIAL_TIMEOUT,
    },
    // `Keepalive` does this, and compares what comes back.
    connectionMonitor: { enabled: false },
    metrics:
      init.traffic === undefined
        ? undefined
        : (given: unknown) => trafficMetrics(init.traffic!, given as PeerComponents),
    // A relay that is down when the node starts is tried again; nothing else may keep a node from starting.
    transportManager: { faultTolerance: FaultTolerance.NO_FATAL },
    services: {
      identify: identify(),
      identifyPush: identifyPush(),
      ping: ping(),
      ...(init.services as unknown as NonNullable<Libp2pOptions['services']>),
      // libp2p hands its components to services only; this one does no more than keep them.
      guts: (given: unknown) => {
        components = given as PeerComponents
        return {}
      },
    },
  })

  if (components === undefined) {
    throw new Error('libp2p did not construct its services')
  }

  return { node, components }
}
