import { kadDHT, MessageType, passthroughMapper } from '@libp2p/kad-dht'
import { peerIdFromString } from '@libp2p/peer-id'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import * as Digest from 'multiformats/hashes/digest'
import { sha256 } from 'multiformats/hashes/sha2'
import { KAD_PROTOCOL, PROVIDE_VALIDITY } from './config.ts'
import { capRecords, RecordCaps } from './capped-datastore.ts'
import { isDirect } from './components.ts'
import { RelayLookups } from './relay-lookups.ts'
import { sleep } from './sleep.ts'
import type { PeerComponents } from './components.ts'
import type { ProvidersHandler, ProvidersMessage } from './relay-lookups.ts'
import type { ConfiguredRelays } from './relays.ts'
import type { PeerId, PeerInfo, Startable } from '@libp2p/interface'
import type { KadDHTComponents, QueryEvent, SingleKadDHT } from '@libp2p/kad-dht'

export interface DhtOptions {
  role: 'tab' | 'relay'
  relays: ConfiguredRelays
  /** Is this peer a relay, by configuration or as it says? */
  isRelay: (id: string) => boolean
}

export type Dht = SingleKadDHT & Startable & { records: RecordCaps }

/** A record's cleanup must not lag: expired ones are given out until it runs. */
const CLEANUP_INTERVAL = 5 * 60 * 1000

/** The CID under which holders of a discovery key are found: the key is a SHA-256, so it is the digest itself. */
export function discoveryCid(discoveryKey: Uint8Array): CID {
  return CID.createV1(raw.code, Digest.create(sha256.code, discoveryKey))
}

/** Starts the DHT on a node that already runs: as a server on relays, as a client of configured relays in tabs. */
export async function startDht(components: PeerComponents, options: DhtOptions): Promise<Dht> {
  const { role, relays } = options
  const records = new RecordCaps()
  const isServer = (info: PeerInfo): boolean => role === 'relay' || relays.isOwn(info.id.toString())

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
  })(dhtComponents(components, role, relays, records)) as SingleKadDHT & Startable

  await dht.start()
  if (role === 'relay') {
    lookUpForTabs(components, dht, options)
  }
  return Object.assign(dht, { records })
}

/** What of `@libp2p/kad-dht` is not in its interface. */
interface DhtInside {
  rpc: { handlers: Record<string, ProvidersHandler<ProvidersMessage>> }
  network: {
    sendRequest(
      to: PeerId,
      message: { type: MessageType; key: Uint8Array },
      options: { signal: AbortSignal; path: { index: number; queued: number; running: number; total: number } },
    ): AsyncIterable<QueryEvent>
  }
}

function lookUpForTabs(components: PeerComponents, dht: SingleKadDHT, { relays, isRelay }: DhtOptions): void {
  const { rpc, network } = dht as unknown as DhtInside
  const log = components.logger.forComponent('guts:dht')
  const handler = rpc.handlers[MessageType.GET_PROVIDERS]

  if (handler === undefined) {
    throw new Error('The DHT answers no GET_PROVIDERS')
  }

  new RelayLookups({
    isRelay,
    others: () =>
      relays
        .ids()
        .map((id) => peerIdFromString(id))
        .filter((relay) => components.connectionManager.getConnections(relay).some(isDirect)),
    ask: async (relay, key, signal) => {
      const path = { index: 0, queued: 0, running: 1, total: 1 }

      for await (const event of network.sendRequest(
        relay,
        { type: MessageType.GET_PROVIDERS, key },
        { signal, path },
      )) {
        if (event.name === 'QUERY_ERROR') {
          throw event.error
        }
        if (event.name === 'PEER_RESPONSE') {
          return event.providers.map(({ id, multiaddrs }) => ({
            id: id.toMultihash().bytes,
            multiaddrs: multiaddrs.map((address) => address.bytes),
          }))
        }
      }

      return []
    },
    onError: (relay, error) => log('%p did not say what it knows - %e', relay, error),
  }).attach(handler)
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
  records: RecordCaps,
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
    datastore: capRecords(components.datastore, records),
    connectionManager:
      role === 'relay' ? components.connectionManager : onlyRelays(components.connectionManager, relays),
  }
}

/**
 * A query follows whatever peers an answer names; a tab asks its own relays and nobody else. These ask the others in its
 * place (`lookup-for-tabs.ts`).
 */
function onlyRelays(
  manager: PeerComponents['connectionManager'],
  relays: ConfiguredRelays,
): PeerComponents['connectionManager'] {
  const openStream: typeof manager.openStream = async (peer, protocol, options) => {
    if (!relays.isOwn(String(peer))) {
      throw new Error(`${String(peer)} is no relay of our own`)
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
