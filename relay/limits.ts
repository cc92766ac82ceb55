/** Bytes of one WebSocket message. Noise frames are 64 KiB; twice that leaves room for a peer that joins two. */
export const MAX_WEBSOCKET_MESSAGE = 128 * 1024

/** Fragments of one message. libp2p peers send none; a few are allowed for proxies that split messages. */
export const MAX_WEBSOCKET_FRAGMENTS = 64

/** Milliseconds from the TCP connection to the end of the libp2p upgrade (HTTP, WebSocket, Noise, muxer). */
export const UPGRADE_TIMEOUT = 10_000

/** TCP sockets on the port, of all kinds: over the 4,000 libp2p connections with room for page loads. */
export const MAX_SOCKETS = 8192

/** TCP sockets of other relays, on the port that is theirs: far more than a network has relays. */
export const MAX_RELAY_SOCKETS = 256

/**
 * Upgrades that one address may have under way. An honest one takes three round trips; libp2p counts those under way in
 * all (200), so that without this one stalling host would use up everybody's.
 */
export const MAX_PENDING_PER_ADDRESS = 50

/** Bytes that wait for a peer that does not read, before it is cut off. */
export const MAX_WRITE_BUFFER = 8 * 1024 * 1024

/** Bytes that wait for our own reader: before Noise there is none for a moment, after it the muxer reads at once. */
export const MAX_READ_BUFFER = 1024 * 1024

/** Milliseconds for a peer to answer a close frame before its socket is destroyed. */
export const CLOSE_TIMEOUT = 2_000
