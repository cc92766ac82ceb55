/** libp2p protocol id of everything in pb/sync.proto. */
export const SYNC_PROTOCOL = '/guts/sync/1.0.0'

/** Bytes of any message but those below, without its length prefix. */
export const MAX_MESSAGE_BYTES = 256 * 1024
/** Bytes of a `Refs`, which carries one writer's list of up to 10,000 refs. */
export const MAX_REFS_MESSAGE_BYTES = 1024 * 1024
/** Bytes of a manifest: 29,125 chunks, a pack of 7.1 GiB. */
export const MAX_MANIFEST_BYTES = 1024 * 1024
/** Bytes of the longest message of all: a `Manifest`, with its own fields. */
export const MAX_LARGE_MESSAGE_BYTES = MAX_MANIFEST_BYTES + 64
/** Payload bytes of an `ObjectsPart` or a `Chunk`: four WebRTC messages of 16 KiB, so that a cancel is heard soon. */
export const MAX_PART_BYTES = 64 * 1024
/** Bytes of a message that a transfer stream carries: a part and its fields. */
export const MAX_TRANSFER_MESSAGE_BYTES = MAX_PART_BYTES + 64
/** Bytes of a base pack's chunk; the last one may be shorter. */
export const CHUNK_BYTES = 256 * 1024
/** Chunks of the largest base pack: a manifest of 44 bytes and 36 a chunk. */
export const MAX_CHUNKS = Math.floor((MAX_MANIFEST_BYTES - 44) / 36)
/** Bytes of a `Have`'s bitfield. */
export const MAX_BITFIELD_BYTES = Math.ceil(MAX_CHUNKS / 8)
/** Chunks in one `GetChunks`. */
export const MAX_CHUNKS_PER_REQUEST = 32
export const MAX_WANTS = 1024
export const MAX_HAVES = 4096
/**
 * In a `GetObjects` for a snapshot: the commit that HEAD names, whichever that is. No object has this id, so that a peer
 * which does not know what it means answers `NOT_SERVED`.
 */
export const HEAD_WANT: Uint8Array<ArrayBuffer> = new Uint8Array(20)
export const MAX_HOLDERS = 16
/** Documents in one `Refs` (pb/sync.proto), and their bytes: the others go into the next. */
export const MAX_DOCUMENTS_PER_MESSAGE = 64
export const MAX_DOCUMENT_BYTES_PER_MESSAGE = 256 * 1024
/** Bytes of a header's envelope: with the discovery key and the seal it must fit into an announcement of 1 KiB. */
export const MAX_HEADER_BYTES = 900
/** Bytes of a refs list: what a `Refs` holds beside its other fields. */
export const MAX_LIST_BYTES = 1_000_000
/** Bytes of what an `Announce` may bring with its header: more is asked for by those who do not have it. */
export const MAX_ANNOUNCED_CHANGES_BYTES = 16 * 1024
export const MAX_ANNOUNCED_PACK_BYTES = 32 * 1024
/** Tags of known headers in a `GetRefs`, and the bytes of each. */
export const MAX_KNOWN_TAGS = 1024
export const KNOWN_TAG_BYTES = 8
export const NONCE_BYTES = 32
export const PROOF_BYTES = 32
