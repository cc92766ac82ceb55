import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { webSockets } from '@libp2p/websockets'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { Connection, Libp2p } from '@libp2p/interface'

const SIGNALING = '/webrtc-signaling/0.0.1'

export class Attacker {
  #node: Libp2p | undefined
  #connection: Connection | undefined

  async start(target: string): Promise<string> {
    this.#node = await createLibp2p({
      transports: [webSockets(), circuitRelayTransport()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionGater: { denyDialMultiaddr: () => false },
      services: { identify: identify() },
    })
    this.#connection = await this.#node.dial(multiaddr(target))

    return this.#node.peerId.toString()
  }

  /** Opens signalling streams that never say anything sensible; how many were open at once at the end. */
  async flood(count: number): Promise<{ opened: number; open: number }> {
    const connection = this.#connection

    if (connection === undefined) {
      throw new Error('Not started')
    }

    let opened = 0

    await Promise.all(
      Array.from({ length: count }, async () => {
        try {
          const stream = await connection.newStream(SIGNALING, {
            runOnLimitedConnection: true,
            maxOutboundStreams: count,
            signal: AbortSignal.timeout(5000),
          })
          opened += 1
          // A frame's length and no protobuf after it.
          stream.send(Uint8Array.of(4, 0xff, 0xff, 0xff, 0xff))
        } catch (error) {
          console.info('refused', error)
        }
      }),
    )

    return { opened, open: connection.streams.filter((stream) => stream.status === 'open').length }
  }

  async stop(): Promise<void> {
    await this.#node?.stop()
  }
}
