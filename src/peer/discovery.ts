import { FIND_TIMEOUT, MAX_FOUND_PROVIDERS, PROVIDE_INTERVAL } from './config.ts'
import { isDirect } from './components.ts'
import { toString } from 'uint8arrays/to-string'
import type { PeerComponents } from './components.ts'
import type { Dht } from './dht.ts'
import type { ConfiguredRelays } from './relays.ts'
import type { Discovery } from './types.ts'
import type { Logger, PeerId, PeerInfo } from '@libp2p/interface'

export interface DiscoveryOptions {
  role: 'tab' | 'relay'
  relays: ConfiguredRelays
  /** Is this peer a relay, by configuration or as it says? */
  isRelay: (id: string) => boolean
}

/** Records under discovery keys. They are hints: whoever is found must prove what it holds. */
export class DhtDiscovery implements Discovery {
  readonly #components: PeerComponents
  readonly #options: DiscoveryOptions
  readonly #log: Logger
  readonly #provided = new Map<string, { key: Uint8Array; count: number }>()
  readonly #shutdown = new AbortController()
  #timer: ReturnType<typeof setInterval> | undefined
  #dht: Promise<Dht> | undefined
  #running: Dht | undefined

  constructor(components: PeerComponents, options: DiscoveryOptions) {
    this.#components = components
    this.#options = options
    this.#log = components.logger.forComponent('guts:discovery')
  }

  async start(): Promise<void> {
    this.#timer = setInterval(() => this.provideAll(), PROVIDE_INTERVAL)

    if (this.#options.role === 'relay') {
      await this.#load()
    } else {
      this.provideAll()
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#shutdown.abort()
    const dht = await this.#dht
    await dht?.stop()
  }

  /** Servers that the DHT knows, records that are kept here for others, and those that were one too many. */
  get counts(): { servers: number; records: number; refused: number } {
    const { size = 0, refused = 0 } = this.#running?.records ?? {}

    return { servers: this.#running?.routingTable.size ?? 0, records: size, refused }
  }

  provide(discoveryKey: Uint8Array): () => void {
    const name = toString(discoveryKey, 'hex')
    const entry = this.#provided.get(name) ?? { key: discoveryKey, count: 0 }
    entry.count += 1
    this.#provided.set(name, entry)

    if (entry.count === 1) {
      this.#provideNow(discoveryKey)
    }

    let stopped = false

    return () => {
      if (stopped) {
        return
      }
      stopped = true
      entry.count -= 1

      if (entry.count === 0) {
        this.#provided.delete(name)
      }
    }
  }

  async *find(discoveryKey: Uint8Array, options: { signal: AbortSignal }): AsyncIterable<PeerId> {
    const dht = await this.#load()
    const { discoveryCid } = await import('./dht.ts')
    const signal = AbortSignal.any([options.signal, this.#shutdown.signal, AbortSignal.timeout(FIND_TIMEOUT)])
    const found = new Set<string>([this.#components.peerId.toString()])

    try {
      await this.#whenPeered(dht, signal)

      for await (const event of dht.findProviders(discoveryCid(discoveryKey), { signal })) {
        if (event.name !== 'PROVIDER') {
          continue
        }

        for (const provider of event.providers) {
          if (found.size > MAX_FOUND_PROVIDERS) {
            return
          }
          if (!found.has(provider.id.toString())) {
            found.add(provider.id.toString())
            await this.#remember(provider)
            yield provider.id
          }
        }
      }
    } catch (error) {
      // The time is over or nobody could be asked: what was found is what there is. The caller's own abort it gets.
      options.signal.throwIfAborted()
      this.#log('finding ended early - %e', error)
    }
  }

  /** Addresses of a peer, if the DHT already runs here. */
  async findPeer(peer: PeerId, options: { signal: AbortSignal }): Promise<PeerInfo | undefined> {
    const dht = await this.#dht

    if (dht === undefined) {
      return undefined
    }

    for await (const event of dht.findPeer(peer, options)) {
      if (event.name === 'FINAL_PEER') {
        return event.peer
      }
    }

    return undefined
  }

  /** Provides everything again: after a relay came back it knows nothing. */
  provideAll(): void {
    for (const { key } of this.#provided.values()) {
      this.#provideNow(key)
    }
  }

  #provideNow(discoveryKey: Uint8Array): void {
    this.#provide(discoveryKey).catch((error: unknown) => {
      this.#log('could not provide - %e', error)
    })
  }

  async #provide(discoveryKey: Uint8Array): Promise<void> {
    const dht = await this.#load()
    const { discoveryCid } = await import('./dht.ts')
    const signal = AbortSignal.any([this.#shutdown.signal, AbortSignal.timeout(FIND_TIMEOUT)])

    await this.#whenPeered(dht, signal)

    for await (const event of dht.provide(discoveryCid(discoveryKey), { signal })) {
      if (event.name === 'QUERY_ERROR') {
        this.#log('providing: %e', event.error)
      }
    }
  }

  async #whenPeered(dht: Dht, signal: AbortSignal): Promise<void> {
    if (this.#options.role === 'tab') {
      const { whenPeered } = await import('./dht.ts')
      await whenPeered(dht, signal)
    }
  }

  async #remember(provider: PeerInfo): Promise<void> {
    if (provider.multiaddrs.length > 0) {
      // The gater's filter keeps only circuits through configured relays.
      await this.#components.peerStore.merge(provider.id, { multiaddrs: provider.multiaddrs })
    }
  }

  #load(): Promise<Dht> {
    this.#dht ??= this.#startDht().catch((error: unknown) => {
      this.#dht = undefined
      throw error
    })

    return this.#dht
  }

  async #startDht(): Promise<Dht> {
    const { startDht } = await import('./dht.ts')
    const dht = await startDht(this.#components, this.#options)
    this.#running = dht

    // Connections that were open before are not known to speak the DHT's protocol until they are identified again.
    await Promise.all(
      this.#components.connectionManager
        .getConnections()
        .filter(isDirect)
        .map(async (connection) => {
          try {
            await this.#components.identify.identify(connection)
          } catch (error) {
            this.#log('could not identify %p again - %e', connection.remotePeer, error)
          }
        }),
    )

    return dht
  }
}
