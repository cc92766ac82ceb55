import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import * as Digest from 'multiformats/hashes/digest'
import { sha256 } from 'multiformats/hashes/sha2'
import { KAD_PROTOCOL, PROVIDE_VALIDITY } from './config.ts'
import { capRecords } from './capped-datastore.ts'
import { sleep } from './sleep.ts'
import type { PeerComponents } from './components.ts'
import type { ConfiguredRelays } from './relays.ts'
import type { PeerInfo, Startable } from '@libp2p/interface'
import type { KadDHTComponents, SingleKadDHT } from '@libp2p/kad-dht'

export interface DhtOptions {
  role: 'tab' | 'relay'
  relays: ConfiguredRelays
}

export type Dht = SingleKadDHT & Startable

/** A record's cleanup must not lag: expired ones are given out until it runs. */
const CLEANUP_INTERVAL = 5 * 60 * 1000

/** The CID under which holders of a discovery key are found: the key is a SHA-256, so it is the digest itself. */
export function discoveryCid(discoveryKey: Uint8Array): CID {
  return CID.createV1(raw.code, Digest.create(sha256.code, discoveryKey))
}

/** Starts the DHT on a node that already runs: as a server on relays, as a client of configured relays in tabs. */
export async function startDht(components: PeerComponents, options: DhtOptions): Promise<Dht> {
  const { role, relays } = options
  const isServer = (info: PeerInfo): boolean => role === 'relay' || relays.has(info.id.toString())

  const dht = kadDHT({
    protocol: KAD_PROTOCOL,
    clientMode: role === 'tab',
    // Private and circuit addresses are what tabs have: nothing is mapped away, but only relays are asked by tabs.
    peerInfoMapper: (info) => (isServer(info) ? passthroughMapper(info) : { ...info, multiaddrs: [] }),
    // A lone relay has nobody to ask first; a client waits for its relays by `whenPeered`, without a second's self-query.
    allowQueryWithZeroPeers: true,
    // Only provider records: values would be storage for strangers.
    validators: { pk: refuseValue, ipns: refuseValue },
    reprovide: { validity: PROVIDE_VALIDITY, interval: CLEANUP_INTERVAL, threshold: 0 },
  })(dhtComponents(components, role, relays)) as Dht

  await dht.start()
  return dht
}

/** How often the routing table is looked at while it is empty. */
const PEERED_POLL = 50

/** Resolves when there is a server to ask; a query before that would end at once with nothing. */
export async function whenPeered(dht: Dht, signal: AbortSignal): Promise<void> {
  while (dht.routingTable.size === 0) {
    await sleep(PEERED_POLL, signal)
  }
}

function refuseValue(): never {
  throw new Error('This network keeps provider records only')
}

function dhtComponents(
  components: PeerComponents,
  role: DhtOptions['role'],
  relays: ConfiguredRelays,
): KadDHTComponents {
  const { peerId, privateKey, registrar, addressManager, peerStore, events, logger, ping } = components

  return {
    peerId,
    privateKey,
    registrar,
    addressManager,
    peerStore,
    events,
    logger,
    ping,
    datastore: capRecords(components.datastore),
    connectionManager:
      role === 'relay' ? components.connectionManager : onlyRelays(components.connectionManager, relays),
  }
}

/** A query follows whatever peers an answer names; a tab asks its configured relays and nobody else. */
function onlyRelays(
  manager: PeerComponents['connectionManager'],
  relays: ConfiguredRelays,
): PeerComponents['connectionManager'] {
  const openStream: typeof manager.openStream = async (peer, protocol, options) => {
    if (!relays.has(String(peer))) {
      throw new Error(`${String(peer)} is no configured relay`)
    }

    return manager.openStream(peer, protocol, options)
  }

  return new Proxy(manager, {
    get(target, property) {
      if (property === 'openStream') {
        return openStream
      }
      const value: unknown = Reflect.get(target, property)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
