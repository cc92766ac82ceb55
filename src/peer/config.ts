import type { NetworkConfig } from './types.ts'

const KIB = 1024
const MIB = 1024 * KIB
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Guts' own defaults; the key pair has none. */
export const DEFAULT_NETWORK_CONFIG: Omit<NetworkConfig, 'keyPair'> = {
  listenAddress: '0.0.0.0:9000',
  bootstrapNodes: [],
  maximumConnections: 50,
  connectionTimeout: 10 * SECOND,
  keepaliveInterval: 30 * SECOND,
  iceServers: [],
}

export const HELLO_PROTOCOL = '/guts/hello/1.0.0'
export const KAD_PROTOCOL = '/guts/kad/1.0.0'
/** What all our own protocols begin with: they share one cap on streams. */
export const GUTS_PROTOCOL_PREFIX = '/guts/'
/** Fixed by `@libp2p/webrtc`, which does not export it. */
export const WEBRTC_SIGNALING_PROTOCOL = '/webrtc-signaling/0.0.1'

export const REPOSITORIES_TOPIC = '/guts/repositories/1'
export const REFS_TOPIC_PREFIX = '/guts/refs/1/'
/** A power of two: the first byte of the discovery key, masked, picks one. */
export const SHARD_COUNT = 64

export const HELLO_VERSION = 1
/** A Hello is three small messages; who takes longer than a slow relayed link needs is not going to answer. */
export const HELLO_TIMEOUT = 10 * SECOND
/** Holds 1,000 interests (8,000 bytes), the attestation and the rest with room for later fields. */
export const MAX_HELLO_BYTES = 16 * KIB
export const MAX_INTERESTS = 1000
export const INTEREST_TAG_BYTES = 8
export const NONCE_BYTES = 32
export const SESSION_BYTES = 8
export const MAX_CAPABILITIES = 32
export const MAX_CAPABILITY_BYTES = 32
export const MAX_AGENT_BYTES = 64
export const MAX_ATTESTATION_BYTES = KIB
export const MAX_NAME_BYTES = 64
/** Hellos of one peer: a burst for its connections and changes of interests, then one every two seconds. */
export const HELLO_BUCKET = { capacity: 10, perSecond: 0.5 }
/** Changes of interests within this time are told together. */
export const INTERESTS_DELAY = 200

/** Long enough that a tab renews it twice a day, short enough that a key handed back is soon forgotten. */
export const ATTESTATION_LIFETIME = 24 * HOUR
/** Clocks of laptops and phones are wrong by minutes, seldom by an hour. */
export const CLOCK_TOLERANCE = HOUR

/** How long a peer is refused after a proven fault. */
export const DENY_TIME = 4 * HOUR
/** A PeerId costs nothing to make: the list, read as a whole at the start, is bounded, the oldest go first. */
export const MAX_DENIED = 1000
/** What is held against a peer loses half its weight in this time. */
export const SCORE_HALF_LIFE = HOUR
/** A peer that fell silent does so on all of its streams at once: that counts once in this time. */
export const SILENCE_APART = 30 * SECOND
/** Peers remembered after they left, for the screen. */
export const MAX_REMEMBERED_PEERS = 500

/** Streams that a peer may hold open to us over our own protocols. */
export const MAX_PEER_STREAMS = 32
/** Streams that a peer may open of one protocol: a burst, then a steady rate that an active clone stays under. */
export const STREAM_BUCKET = { capacity: 64, perSecond: 16 }
/**
 * Streams of one protocol that a peer may have refused before it counts as a flood, and how many are forgiven a second: one
 * that shares a thousand repositories with us opens two streams for each when it connects, and goes on trying.
 */
export const REFUSED_STREAMS_BUCKET = { capacity: 2000, perSecond: 128 }
/** Keys that a set of buckets remembers: beyond it the fullest (idle) ones are dropped first. */
export const MAX_BUCKETS = 4096

/** Measured: one peer can use up a browser's 500 RTCPeerConnections in 7 s through this protocol. */
export const SIGNALLING_STREAMS_PER_CONNECTION = 2
export const SIGNALLING_OPEN = 64
export const SIGNALLING_BUCKET = { capacity: 64, perSecond: 8 }

/** One try of a WebRTC dial. When both sides dial at once a dial can hang; the second try then finds the other's. */
export const WEBRTC_DIAL_TIMEOUT = 8 * SECOND
export const WEBRTC_DIAL_TRIES = 2
/** A dial that is refused this soon met a busy peer, not a broken path. */
export const BUSY_WITHIN = 1500
/** How long to wait before a busy peer is asked again: at least, and up to so much more by chance. */
export const BUSY_RETRY = { least: SECOND, jitter: 3 * SECOND }
/**
 * Lanes to one peer, beside the direct connection. Measured at 50 ms over raw channels: four connections carry 20 MB in half
 * of the time that one takes.
 */
export const MAX_LANES = 3
/** Lanes that others may hold open to us, all together: each is an RTCPeerConnection, beside those of 50 peers. */
export const MAX_INBOUND_LANES = 24
/** Connections that one peer may hold open: all it needs, twice, for those of a tab that crashed end a while later. */
export const MAX_CONNECTIONS_PER_PEER = 2 * (1 + MAX_LANES)
/** One try of a lane's dial. What it is for goes on meanwhile over the others. */
export const LANE_DIAL_TIMEOUT = 8 * SECOND
/**
 * A relayed link that stays open is tried for WebRTC again after this, first and at most; twice as long after each failure.
 * Where a machine was busy, or many dialled at once, the second try succeeds.
 */
export const UPGRADE_RETRY = { first: 2 * SECOND, most: MINUTE }
/** How long the signalling and identify streams get to finish before an unused relayed link is closed. */
export const RELAYED_LINK_GRACE = SECOND

/** Redial of a lost relay: the first wait, doubled each time, never more than the cap (a person is waiting). */
export const REDIAL_FIRST = 250
export const REDIAL_CAP = 3 * SECOND
export const RELAY_DIAL_TIMEOUT = 10 * SECOND
/** A relay that answers later than this after waking is gone with the network of before. */
export const WAKE_PING_TIMEOUT = 5 * SECOND
/** A timer that comes this much late means that the machine slept. */
export const WAKE_DRIFT = 5 * SECOND

/** How long a further relay's connection stays at least, and how often it is looked at whether it is still of use. */
export const PASSING_RELAY_TIME = MINUTE
export const PASSING_RELAY_INTERVAL = 15 * SECOND

/** A ping may wait behind a clone's window on a slow line; sooner than this says nothing about the link. */
export const PING_TIMEOUT = 10 * SECOND
/** How long an inbound connection's dialler has to say Hello before we do. */
export const HELLO_PATIENCE = 2 * SECOND
export const PING_PROTOCOL = '/ipfs/ping/1.0.0'
export const PING_NONCE_BYTES = 32
/** Pings of one connection that may be under way: ours, and the one that asks whether a relay is still there. */
export const PING_STREAMS = 2

/** How often peers that are connected for nothing are looked for. */
export const PRUNE_INTERVAL = 15 * SECOND
/** How long a peer may stay that shares nothing with us and asks nothing. */
export const IDLE_TIME = 5 * MINUTE
/** … and one that did not say Hello: longer than the tries for a direct link take. */
export const UNREADY_TIME = MINUTE

/** What one peer has to take a broadcast message. */
export const BROADCAST_TIMEOUT = 10 * SECOND

/** How often addresses of connected peers are renewed: libp2p forgets them after an hour. */
export const IDENTIFY_INTERVAL = 30 * MINUTE

export const MAX_ANNOUNCEMENT_BYTES = KIB
/** Announcements that one author may have forwarded: a burst after time offline, then a steady rate. */
export const ANNOUNCEMENT_BUCKET = { capacity: 40, perSecond: 8 }
/** Dropped announcements after which their sender is disconnected; they are forgiven at one a second. */
export const MAX_DROPPED_ANNOUNCEMENTS = 100
/**
 * Messages that one peer may hand us, its own and what it passes on, each neighbour's copy counted: they are dropped before
 * their signatures are verified.
 */
export const GOSSIP_BUCKET = { capacity: 512, perSecond: 128 }
/** So many times as much for who says that it is a relay, which carries everybody's. */
export const RELAY_GOSSIP_FACTOR = 16
/** Dropped before they were verified, after which their sender is disconnected: a moment of a flood. */
export const DROPPED_GOSSIP_BUCKET = { capacity: 512, perSecond: 16 }
/** Ids of messages that are remembered, and for how long: 65,536 take about 13 MB. */
export const MAX_SEEN_MESSAGES = 65_536
export const SEEN_TIME = 2 * MINUTE
/** A gossip score below this (the graylist) means disconnect. */
export const GRAYLIST_SCORE = -80

export const PROVIDE_INTERVAL = 10 * MINUTE
/** There is no withdrawal in the DHT, so records die young: after four and a half missed rounds. */
export const PROVIDE_VALIDITY = 45 * MINUTE
export const FIND_TIMEOUT = 15 * SECOND
export const MAX_FOUND_PROVIDERS = 20
/** How long a relay waits for what the other relays of its network know: a tab gives up after `FIND_TIMEOUT`. */
export const FIND_NETWORK_TIMEOUT = 3 * SECOND
/** Keys that one tab may have the other relays asked for: those that it holds at once, then one every second. */
export const LOOKUP_BUCKET = { capacity: 64, perSecond: 1 }
/** How long the other relays' answer serves for everybody: a classroom opens one link in one moment. */
export const LOOKUP_MEMORY = 5 * SECOND
/** And that they know nobody. */
export const EMPTY_LOOKUP_MEMORY = 500
export const MAX_LOOKUPS = 1024
/** Measured: without a cap one peer stores 40,000 records in 22 s. */
export const MAX_RECORDS_PER_PEER = 1024
export const MAX_RECORDS = 200_000

/** Where the WebSocket and relayed links' multiplexer stops: headroom for libp2p's own streams over our 32. */
export const YAMUX_INBOUND_STREAMS = 64

/** Relayed bytes that one PeerId, or one address, may cause in an hour. */
export const RELAYED_BYTES_PER_HOUR = 64 * MIB
export const MAX_CIRCUITS_PER_PEER = 8
/** PeerIds and addresses whose bytes are remembered: a hundred MB of new keys would make one forget what it spent. */
export const MAX_BUDGETS = 65_536

/** Relay options, measured; each in the relay's own units. */
export const RELAY_OPTIONS = {
  inboundConnectionThreshold: 100,
  maxIncomingPendingConnections: 200,
  maxConnections: 4000,
  maxReservations: 2000,
  reservationTtl: 30 * MINUTE,
  /** Bytes over one relayed link, both directions together. */
  dataLimit: 4_194_304n,
  durationLimit: 10 * MINUTE,
  maxInboundHopStreams: 8,
  maxOutboundStopStreams: 1000,
}

/** Relays that a person may name beside those of the page's server: each is a WebSocket, and a reservation. */
export const MAX_OWN_RELAYS = 8

/** Tab options, measured. The limits of libp2p itself (5 a second a host) let 5 of 30 tabs through. */
export const TAB_OPTIONS = {
  inboundConnectionThreshold: 100,
  maxIncomingPendingConnections: 100,
  maxConnections: 100,
}
