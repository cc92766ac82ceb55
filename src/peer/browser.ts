import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { DEFAULT_NETWORK_CONFIG, TAB_OPTIONS, WAKE_DRIFT, YAMUX_INBOUND_STREAMS } from './config.ts'
import { DenyList } from './deny-list.ts'
import { createDialGater } from './dial-gater.ts'
import { GutsNode } from './guts-peer.ts'
import { loadIdentity, saveIdentity } from './identity.ts'
import { keepDenials } from './kept-denials.ts'
import { openKeyStorage } from './key-storage-indexeddb.ts'
import { isCrowded } from './lanes.ts'
import { nameHints } from './name-hints.ts'
import { createNode } from './libp2p-node.ts'
import { claimPeerKey, withPoolLock } from './peer-keys.ts'
import { ConfiguredRelays } from './relays.ts'
import { countRelayedInbound } from './relayed-inbound.ts'
import { loadWebRtc } from './webrtc.ts'
import { webSocketDialler } from './websocket-transport.ts'
import { Traffic } from './traffic.ts'
import type { PeerComponents } from './components.ts'
import type { KeyStorage } from './identity.ts'
import type { Locks } from './peer-keys.ts'
import type { AnnouncementValidator, Capability, GutsPeer, Identity } from './types.ts'

export { openKeyStorage } from './key-storage-indexeddb.ts'
export { loadWebRtc } from './webrtc.ts'

export interface TabPeerOptions {
  /** Multiaddrs of relays, from `/config.json` or the settings; the only hosts that are dialled. */
  relays: string[]
  /** Further relays of the same network, dialled where a peer is behind them. */
  furtherRelays?: string[]
  /** From `/config.json`. Empty means no third party is asked, and only networks without NAT work. */
  iceServers?: RTCIceServer[]
  /** Judges announcements before they are forwarded. */
  validateAnnouncement: AnnouncementValidator
  /** Display name of an identity that is made now; `rename` changes it later. */
  name?: string
  capabilities?: Capability[]
  agent?: string
  maximumConnections?: number
  /** Default: IndexedDB `guts-keys`. */
  storage?: KeyStorage
  /** Default: the browser's. */
  locks?: Locks
}

/** The place in the pool that this tab had; no key, so that a duplicated tab copies nothing of worth. */
const INDEX_HINT = 'guts-peer-key-index'
const DEFAULT_NAME = 'Anonymous'
/** Tabs of one storage tell each other that they go by another name. */
const NAME_CHANNEL = 'guts-name'
/** … and whom they refuse. */
const DENIALS_CHANNEL = 'guts-denials'

/**
 * A tab as a peer, not yet started. Needs a secure context: Web Locks and `crypto.subtle` exist nowhere else. The
 * identity is made silently on the first visit and kept.
 */
export async function createTabPeer(options: TabPeerOptions): Promise<GutsPeer> {
  const storage = options.storage ?? (await openKeyStorage(indexedDB))
  const locks = options.locks ?? webLocks(navigator.locks)
  const identity = await withPoolLock(locks, () => loadIdentity(storage, options.name ?? DEFAULT_NAME))
  const claimed = await claimPeerKey({ storage, locks, preferred: readIndexHint() })
  sessionStorage.setItem(INDEX_HINT, String(claimed.index))

  const names = nameHints(storage, new BroadcastChannel(NAME_CHANNEL))
  const relays = new ConfiguredRelays(options.relays, options.furtherRelays)
  const denied = new DenyList()
  const traffic = new Traffic()
  const agent = options.agent ?? 'guts-browser'
  const late: { components?: PeerComponents } = {}

  const { webRTC } = await loadWebRtc()
  const created = await createNode({
    key: claimed.key,
    agent,
    // The circuit addresses are listened on by RelayLinks, once a relay is there; never the bare `/p2p-circuit`.
    listen: ['/webrtc'],
    transports: [
      webSocketDialler(),
      circuitRelayTransport(),
      // Always given: the default is a list of third parties' servers.
      webRTC({ rtcConfiguration: { iceServers: options.iceServers ?? DEFAULT_NETWORK_CONFIG.iceServers } }),
    ],
    gater: createDialGater({
      relays,
      denied,
      own: claimed.own,
      relayedInbound: () => countRelayedInbound(late.components),
      crowded: (peer) => isCrowded(late.components, peer),
    }),
    connectionManager: { ...TAB_OPTIONS },
    traffic,
    maxInboundStreams: YAMUX_INBOUND_STREAMS,
  })
  late.components = created.components

  return new GutsNode(created.node, created.components, {
    role: 'tab',
    identity,
    saveIdentity: async (changed: Identity) => {
      await saveIdentity(storage, changed)
      names.tell()
    },
    onIdentity: (listener) => names.listen(identity, listener),
    agent,
    capabilities: options.capabilities ?? [],
    relays,
    denied,
    traffic,
    keepaliveInterval: DEFAULT_NETWORK_CONFIG.keepaliveInterval,
    keepDenials: keepDenials(denied, storage, new BroadcastChannel(DENIALS_CHANNEL)),
    maximumConnections: options.maximumConnections ?? DEFAULT_NETWORK_CONFIG.maximumConnections,
    webrtc: true,
    circuits: true,
    validateAnnouncement: options.validateAnnouncement,
    onWake,
    extras: [{ start: () => undefined, stop: () => claimed.release() }, sayGoodbye(created.components)],
  })
}

/** A page that goes away closes its connections while it still can: the others otherwise wait for ICE to fail. */
function sayGoodbye(components: PeerComponents): { start(): void; stop(): void } {
  const onPageHide = (event: PageTransitionEvent): void => {
    if (!event.persisted) {
      for (const connection of components.connectionManager.getConnections()) {
        connection.abort(new Error('The page goes away'))
      }
    }
  }

  return {
    start: () => addEventListener('pagehide', onPageHide),
    stop: () => removeEventListener('pagehide', onPageHide),
  }
}

function webLocks(manager: LockManager): Locks {
  return {
    request: async (name, { ifAvailable, signal }, held) =>
      manager.request(name, signal === undefined ? { ifAvailable } : { signal }, (lock) => held(lock !== null)),
  }
}

function readIndexHint(): number | undefined {
  const hint = Number.parseInt(sessionStorage.getItem(INDEX_HINT) ?? '', 10)

  return Number.isInteger(hint) && hint >= 0 ? hint : undefined
}

/** The network came back, the page became visible, or the machine slept: a timer that is late tells. */
function onWake(listener: () => void): () => void {
  let expected = Date.now() + WAKE_DRIFT
  const timer = setInterval(() => {
    const now = Date.now()

    if (now > expected + WAKE_DRIFT) {
      listener()
    }
    expected = now + WAKE_DRIFT
  }, WAKE_DRIFT)
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') {
      listener()
    }
  }

  addEventListener('online', listener)
  document.addEventListener('visibilitychange', onVisible)

  return () => {
    clearInterval(timer)
    removeEventListener('online', listener)
    document.removeEventListener('visibilitychange', onVisible)
  }
}
