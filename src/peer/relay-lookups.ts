import {
  EMPTY_LOOKUP_MEMORY,
  FIND_NETWORK_TIMEOUT,
  LOOKUP_BUCKET,
  LOOKUP_MEMORY,
  MAX_FOUND_PROVIDERS,
  MAX_LOOKUPS,
} from './config.ts'
import { TokenBuckets } from './token-bucket.ts'
import { toString } from 'uint8arrays/to-string'
import type { Clock } from './token-bucket.ts'
import type { PeerId } from '@libp2p/interface'

/** A peer in a DHT message: `id` is a multihash, `multiaddrs` are bytes. */
export interface RecordedPeer {
  id: Uint8Array
  multiaddrs: Uint8Array[]
}

/** The fields of a DHT message that matter here. */
export interface ProvidersMessage {
  key?: Uint8Array
  providers: RecordedPeer[]
}

/** The handler of GET_PROVIDERS inside `@libp2p/kad-dht`; not in its interface. */
export interface ProvidersHandler<M extends ProvidersMessage> {
  handle(asker: PeerId, message: M): Promise<M>
}

export interface RelayLookupsOptions {
  /** Configured relays that are connected now. */
  others: () => PeerId[]
  /** Is this peer a relay (by configuration, or as it says)? It gets our own records only, or two would ask in circles. */
  isRelay: (id: string) => boolean
  /** Asks one other relay for its own records. */
  ask: (relay: PeerId, key: Uint8Array, signal: AbortSignal) => Promise<RecordedPeer[]>
  onError: (relay: PeerId, error: unknown) => void
  now?: Clock
}

/** Addresses of one peer that are passed on: a tab has one behind each of its relays, twice. */
const MAX_ADDRESSES = 16

/**
 * Answers what tabs ask for with what the other relays know, too: a tab dials and asks its own relays only, and provides
 * to these only. What one key is asked for is remembered for a moment, and everybody's questions are counted, so that
 * one tab's question is not worth much as a flood of the others.
 */
export class RelayLookups {
  readonly #options: Required<RelayLookupsOptions>
  readonly #askers: TokenBuckets
  readonly #remembered = new Map<string, { until: number; found: Promise<RecordedPeer[]> }>()

  constructor(options: RelayLookupsOptions) {
    this.#options = { now: Date.now, ...options }
    this.#askers = new TokenBuckets(LOOKUP_BUCKET, this.#options.now)
  }

  /** Extends a handler in place. */
  attach<M extends ProvidersMessage>(handler: ProvidersHandler<M>): void {
    const local = handler.handle.bind(handler)

    handler.handle = async (asker, message) => {
      const answer = await local(asker, message)

      if (message.key === undefined || this.#options.isRelay(asker.toString())) {
        return answer
      }

      return { ...answer, providers: merge(answer.providers, await this.#find(asker, message.key)) }
    }
  }

  async #find(asker: PeerId, key: Uint8Array): Promise<RecordedPeer[]> {
    const others = this.#options.others()

    if (others.length === 0) {
      return []
    }

    const name = toString(key, 'base64')
    const known = this.#remembered.get(name)

    if (known !== undefined && known.until > this.#options.now()) {
      return known.found
    }
    // Beyond it a tab still gets what this relay knows itself.
    if (!this.#askers.take(asker.toString())) {
      return []
    }

    return this.#remember(name, this.#askAll(others, key))
  }

  async #askAll(others: PeerId[], key: Uint8Array): Promise<RecordedPeer[]> {
    const signal = AbortSignal.timeout(FIND_NETWORK_TIMEOUT)
    const answers = await Promise.all(
      others.map(async (relay) => {
        try {
          return await this.#options.ask(relay, key, signal)
        } catch (error) {
          // The others' answers are worth having without this one's.
          this.#options.onError(relay, error)
          return []
        }
      }),
    )

    return merge(...answers)
  }

  #remember(name: string, answer: Promise<RecordedPeer[]>): Promise<RecordedPeer[]> {
    const { now } = this.#options
    const found = answer.then((peers) => {
      // Somebody may be about to provide it, whom others wait for.
      if (peers.length === 0) {
        remembered.until = now() + EMPTY_LOOKUP_MEMORY
      }
      return peers
    })
    const remembered = { until: now() + LOOKUP_MEMORY, found }

    this.#remembered.delete(name)
    this.#remembered.set(name, remembered)
    for (const [other, { until }] of this.#remembered) {
      if (until > now() && this.#remembered.size <= MAX_LOOKUPS) {
        break
      }
      this.#remembered.delete(other)
    }

    return found
  }
}

/** Each peer once, with the addresses that anybody knows; at most as many as a tab looks at. */
function merge(...lists: RecordedPeer[][]): RecordedPeer[] {
  const peers = new Map<string, RecordedPeer>()

  for (const { id, multiaddrs } of lists.flat()) {
    const name = toString(id, 'base64')
    const known = peers.get(name)

    if (known === undefined && peers.size >= MAX_FOUND_PROVIDERS) {
      continue
    }

    const addresses = new Map([...(known?.multiaddrs ?? []), ...multiaddrs].map((bytes) => [toString(bytes), bytes]))
    peers.set(name, { id, multiaddrs: [...addresses.values()].slice(0, MAX_ADDRESSES) })
  }

  return [...peers.values()]
}
