import { MAX_RECORDS, MAX_RECORDS_PER_PEER } from './config.ts'
import type { PeerComponents } from './components.ts'

type Datastore = PeerComponents['datastore']
type Key = Parameters<Datastore['put']>[0]

/**
 * A DHT server's records, capped for each peer and in all: what is one too many is not stored. The DHT keeps provider
 * records under `/dht/provider/<CID>/<PeerId>` and takes no other kind from us.
 */
export class RecordCaps {
  readonly #perPeer: number
  readonly #total: number
  readonly #records = new Map<string, Set<string>>()
  #count = 0
  /** Records that were one too many. */
  refused = 0

  constructor(perPeer = MAX_RECORDS_PER_PEER, total = MAX_RECORDS) {
    this.#perPeer = perPeer
    this.#total = total
  }

  get size(): number {
    return this.#count
  }

  /** Counts a record; false if it is one too many. */
  add(key: string): boolean {
    const peer = peerOf(key)
    const records = this.#records.get(peer) ?? new Set()

    if (records.has(key)) {
      return true
    }
    if (records.size >= this.#perPeer || this.#count >= this.#total) {
      this.refused += 1
      return false
    }

    this.#records.set(peer, records.add(key))
    this.#count += 1
    return true
  }

  delete(key: string): void {
    const peer = peerOf(key)
    const records = this.#records.get(peer)

    if (records?.delete(key) === true) {
      this.#count -= 1
    }
    if (records?.size === 0) {
      this.#records.delete(peer)
    }
  }
}

/** The same datastore, with provider records held to `caps`. */
export function capRecords(datastore: Datastore, caps = new RecordCaps()): Datastore {
  const put: Datastore['put'] = async (key, value, options) => {
    if (isProviderRecord(key) && !caps.add(key.toString())) {
      return key
    }

    return datastore.put(key, value, options)
  }
  const remove: Datastore['delete'] = async (key, options) => {
    caps.delete(key.toString())
    await datastore.delete(key, options)
  }

  return new Proxy(datastore, {
    get(target, property) {
      switch (property) {
        case 'put':
          return put
        case 'delete':
          return remove
        default: {
          const value: unknown = Reflect.get(target, property)
          return typeof value === 'function' ? (value.bind(target) as unknown) : value
        }
      }
    },
  })
}

function isProviderRecord(key: Key): boolean {
  return key.toString().startsWith('/dht/provider/')
}

function peerOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}
