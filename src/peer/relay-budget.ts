import { RELAY_V2_HOP_CODEC } from '@libp2p/circuit-relay-v2'
import { peerIdFromMultihash } from '@libp2p/peer-id'
import * as Digest from 'multiformats/hashes/digest'
import { MAX_BUDGETS, MAX_CIRCUITS_PER_PEER, RELAYED_BYTES_PER_HOUR } from './config.ts'
import { addressKey } from './address-key.ts'
import { isOver } from './components.ts'
import { TokenBuckets } from './token-bucket.ts'
import type { PeerComponents } from './components.ts'
import type { Clock } from './token-bucket.ts'
import type { Logger, PeerId, Stream } from '@libp2p/interface'

type Components = Pick<PeerComponents, 'connectionManager' | 'registrar' | 'logger'>

/** The method of `@libp2p/circuit-relay-v2`'s server that opens a circuit's second half; not in its interface. */
export interface StopHop {
  stopHop(
    init: { request: { peer?: { id: Uint8Array } } },
    options: { signal?: AbortSignal },
  ): Promise<Stream | undefined>
}

export interface RelayBudgetOptions {
  bytesPerHour?: number
  circuitsPerPeer?: number
  now?: Clock
}

/** A source has used up the bytes that are relayed for it in an hour. */
export class RelayedBytesError extends Error {
  static override name = 'RelayedBytesError'

  constructor(
    readonly source: string,
    readonly bytesPerHour: number,
    message = `More than ${bytesPerHour} bytes were relayed for ${source} within an hour.`,
  ) {
    super(message)
    this.name = 'RelayedBytesError'
  }
}

/**
 * What is relayed for one source (the peer that opens circuits) and for one address. Circuit limits are per link, so
 * that a source that opens one after the other would have no limit at all. Both directions count, as they do in the
 * link's own cap.
 */
export class RelayBudget {
  /** Circuits that are open now, and since the start: opened, refused, bytes relayed, circuits cut for their bytes. */
  readonly counts = { open: 0, opened: 0, refused: 0, bytes: 0, exceeded: 0 }
  readonly #components: Components
  readonly #options: Required<RelayBudgetOptions>
  readonly #log: Logger
  readonly #bytes: TokenBuckets
  readonly #circuits = new Map<string, number>()

  constructor(components: Components, options: RelayBudgetOptions = {}) {
    this.#components = components
    this.#options = {
      bytesPerHour: options.bytesPerHour ?? RELAYED_BYTES_PER_HOUR,
      circuitsPerPeer: options.circuitsPerPeer ?? MAX_CIRCUITS_PER_PEER,
      now: options.now ?? Date.now,
    }
    this.#log = components.logger.forComponent('guts:relay-budget')
    const { bytesPerHour, now } = this.#options
    this.#bytes = new TokenBuckets({ capacity: bytesPerHour, perSecond: bytesPerHour / 3600 }, now, MAX_BUDGETS)
  }

  /** May `source` have another circuit? The gater asks before the second half is opened. */
  allows(source: PeerId): boolean {
    if ((this.#circuits.get(source.toString()) ?? 0) >= this.#options.circuitsPerPeer) {
      this.#log('%p has %d circuits already', source, this.#options.circuitsPerPeer)
      this.counts.refused += 1
      return false
    }

    const isLeft = this.#keys(source).every((key) => this.#bytes.get(key).retryAfter() === 0)
    this.counts.refused += isLeft ? 0 : 1
    return isLeft
  }

  /** Open circuits of a source. */
  circuits(source: PeerId): number {
    return this.#circuits.get(source.toString()) ?? 0
  }

  /** Wraps the relay service; after it was started. */
  async attach(service: StopHop): Promise<void> {
    const stopHop = service.stopHop.bind(service)

    service.stopHop = async (init, options) => {
      const stream = await stopHop(init, options)
      const id = init.request.peer?.id

      // A destination may end it in the very moment: counted, the circuit would keep its source's place for ever.
      if (stream !== undefined && id !== undefined && !isOver(stream)) {
        const source = peerIdFromMultihash(Digest.decode(id))
        this.#count(source, stream)
        this.#charge(source, stream)
      }

      return stream
    }

    const { handler, options } = this.#components.registrar.getHandler(RELAY_V2_HOP_CODEC)

    await this.#components.registrar.handle(
      RELAY_V2_HOP_CODEC,
      async (stream, connection) => {
        this.#charge(connection.remotePeer, stream)
        await handler(stream, connection)
      },
      { ...options, force: true },
    )
  }

  #count(source: PeerId, stream: Stream): void {
    const name = source.toString()

    this.counts.open += 1
    this.counts.opened += 1
    this.#circuits.set(name, this.circuits(source) + 1)
    stream.addEventListener(
      'close',
      () => {
        const left = this.circuits(source) - 1

        this.counts.open -= 1
        if (left > 0) {
          this.#circuits.set(name, left)
        } else {
          this.#circuits.delete(name)
        }
      },
      { once: true },
    )
  }

  /** Each half of a circuit charges what is sent on it: together they are both directions. */
  #charge(source: PeerId, stream: Stream): void {
    const send = stream.send.bind(stream)
    const keys = this.#keys(source)

    stream.send = (data) => {
      const spent = keys.map((key) => this.#bytes.get(key).spend(data.byteLength))

      if (spent.includes(false)) {
        const error = new RelayedBytesError(source.toString(), this.#options.bytesPerHour)
        this.#log('%e', error)
        this.counts.exceeded += 1
        stream.abort(error)
        throw error
      }

      this.counts.bytes += data.byteLength
      return send(data)
    }
  }

  /** The buckets of a source: its PeerId's and its address's, because a PeerId costs nothing. */
  #keys(source: PeerId): string[] {
    const [connection] = this.#components.connectionManager.getConnections(source)
    const address = connection === undefined ? undefined : addressKey(connection.remoteAddr)

    return address === undefined ? [source.toString()] : [source.toString(), address]
  }
}
