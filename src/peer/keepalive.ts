import { AdaptiveTimeout, byteStream } from '@libp2p/utils'
import { equals } from 'uint8arrays/equals'
import { PING_NONCE_BYTES, PING_PROTOCOL, PING_STREAMS, PING_TIMEOUT } from './config.ts'
import { directConnections } from './components.ts'
import { WrongPongError } from './errors.ts'
import type { PeerComponents } from './components.ts'
import type { Peers } from './peer-manager.ts'
import type { Connection, Logger } from '@libp2p/interface'

type Components = Pick<PeerComponents, 'connectionManager' | 'logger'>

/**
 * Pings every connection, each time with a fresh nonce, when its peer becomes ready and at an interval: a quiet one stays
 * alive, one that nobody answers on ends, and how long a round trip takes is shown. (libp2p's own monitor does not compare
 * what comes back.)
 */
export class Keepalive {
  readonly #components: Components
  readonly #peers: Peers
  readonly #interval: number
  readonly #log: Logger
  /** Longer where round trips are: a ping may wait behind a clone. */
  readonly #timeout = new AdaptiveTimeout({ minTimeout: PING_TIMEOUT })
  readonly #pinging = new Set<Connection>()
  #shutdown = new AbortController()
  #timer: ReturnType<typeof setInterval> | undefined
  #stopListening: (() => void) | undefined

  /** `interval` in milliseconds. */
  constructor(components: Components, peers: Peers, interval: number) {
    this.#components = components
    this.#peers = peers
    this.#interval = interval
    this.#log = components.logger.forComponent('guts:keepalive')
  }

  start(): void {
    this.#shutdown = new AbortController()
    this.#stopListening = this.#peers.on('peer:ready', ({ id, link }) => {
      if (link === 'direct') {
        this.#pingAll((connection) => connection.remotePeer.toString() === id)
      }
    })
    this.#timer = setInterval(() => this.#pingAll(() => true), this.#interval)
  }

  stop(): void {
    this.#shutdown.abort(new Error('Stopped'))
    this.#stopListening?.()
    clearInterval(this.#timer)
  }

  #pingAll(which: (connection: Connection) => boolean): void {
    for (const connection of this.#components.connectionManager.getConnections()) {
      if (connection.status === 'open' && which(connection) && !this.#pinging.has(connection)) {
        void this.#ping(connection)
      }
    }
  }

  /** Never rejects. */
  async #ping(connection: Connection): Promise<void> {
    const signal = this.#timeout.getTimeoutSignal({ signal: this.#shutdown.signal })
    const began = performance.now()

    this.#pinging.add(connection)
    try {
      await exchange(connection, signal)
      this.#alive(connection, performance.now() - began)
    } catch (error) {
      this.#failed(connection, error instanceof Error ? error : new Error(String(error)), signal.aborted)
    } finally {
      this.#timeout.cleanUp(signal)
      this.#pinging.delete(connection)
    }
  }

  #alive(connection: Connection, roundTrip: number): void {
    connection.rtt = roundTrip
    const best = directConnections(this.#components, connection.remotePeer)[0] ?? connection

    if (best.id === connection.id) {
      this.#peers.roundTrip(connection.remotePeer.toString(), roundTrip)
    }
  }

  /** Who resets the stream, or does not speak ping, answers: only silence and a wrong answer end the connection. */
  #failed(connection: Connection, error: Error, silent: boolean): void {
    if (this.#shutdown.signal.aborted) {
      return
    }

    this.#log('could not ping %p - %e', connection.remotePeer, error)

    if (error instanceof WrongPongError) {
      this.#peers.penalise(connection.remotePeer.toString(), 'protocol')
      connection.abort(error)
    } else if (silent) {
      connection.abort(error)
    }
  }
}

async function exchange(connection: Connection, signal: AbortSignal): Promise<void> {
  const stream = await connection.newStream(PING_PROTOCOL, {
    signal,
    runOnLimitedConnection: true,
    maxOutboundStreams: PING_STREAMS,
  })

  try {
    const bytes = byteStream(stream)
    const nonce = crypto.getRandomValues(new Uint8Array(PING_NONCE_BYTES))
    const [pong] = await Promise.all([bytes.read({ bytes: PING_NONCE_BYTES, signal }), bytes.write(nonce, { signal })])

    if (!equals(pong.subarray(), nonce)) {
      throw new WrongPongError(connection.remotePeer.toString())
    }

    await stream.close({ signal })
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}
