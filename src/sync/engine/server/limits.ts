/** Streams of all peers together: 50 connections with a handful each; beyond it, memory for frames alone is 1 GiB. */
export const MAX_STREAMS = 512
/** Requests of one control stream that are worked on or wait; a client pipelines a handful. */
export const MAX_PENDING_REQUESTS = 16
/**
 * Requests of one control stream that are not answered, those that were turned away included: whoever asks on and reads no
 * answer would fill the memory, a few bytes a request.
 */
export const MAX_UNANSWERED_REQUESTS = 4 * MAX_PENDING_REQUESTS
/** Transfer streams that one connection may have, one a running transfer. */
export const MAX_TRANSFERS_PER_CONNECTION = 8
/** Packs that are written for peers at one time: each costs the worker a walk over the graph. */
export const MAX_OBJECTS_AT_ONCE = 8
/** Of these, packs for one peer: it must not take them all, by reading none of them. */
export const MAX_OBJECTS_PER_PEER = 4
/** Any request: a clone of 1 GiB asks for 4,096 chunks in groups of 8, so 512 in a minute. */
export const REQUEST_BUCKET = { capacity: 128, perSecond: 64 }
/** Requests that cost a walk over refs or graph. */
export const WALK_BUCKET = { capacity: 32, perSecond: 4 }
/** Requests that are turned away before it is a flood: whoever is told to wait does so for a second. */
export const REFUSED_BUCKET = { capacity: 512, perSecond: 64 }
/** What an asker may tell of the chunks that it has: ten times a second for each pack. */
export const HAVE_BUCKET = { capacity: 64, perSecond: 32 }
/** Milliseconds that a client is asked to wait when it is over a limit. */
export const RETRY_AFTER = 1000
/** Milliseconds that a peer has for its first message. */
export const OPEN_TIMEOUT = 10_000
/** Milliseconds for which a stream is answered whose opener did not prove the id: it hears nothing anyway. */
export const UNPROVEN_TIMEOUT = 30_000
