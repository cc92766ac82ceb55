import type { Range, SyncMessage } from '../pb/sync.ts'
import { MAX_SIGNED_DOCUMENT_BYTES } from '../document/limits.ts'
import { WireError } from './errors.ts'
import {
  CHUNK_BYTES,
  KNOWN_TAG_BYTES,
  MAX_ANNOUNCED_CHANGES_BYTES,
  MAX_ANNOUNCED_PACK_BYTES,
  MAX_BITFIELD_BYTES,
  MAX_CHUNKS,
  MAX_CHUNKS_PER_REQUEST,
  MAX_DOCUMENT_BYTES_PER_MESSAGE,
  MAX_HAVES,
  MAX_HEADER_BYTES,
  MAX_HOLDERS,
  MAX_KNOWN_TAGS,
  MAX_LIST_BYTES,
  MAX_MANIFEST_BYTES,
  MAX_PART_BYTES,
  MAX_WANTS,
  NONCE_BYTES,
  PROOF_BYTES,
} from './limits.ts'

const DIGEST_BYTES = 32
const OID_BYTES = 20
const KEY_BYTES = 32

/** What a message of each kind carries. */
export type Bodies = { [K in keyof SyncMessage]-?: NonNullable<SyncMessage[K]> }
type Checks = { [K in keyof Bodies]: (body: Bodies[K]) => void }

/** What protons cannot check: lengths of bytes, sums over repeated fields. Counts are checked again for our own sending. */
export const CHECKS: Checks = {
  challenge: ({ nonce }) => exactly('challenge.nonce', nonce, NONCE_BYTES),
  open({ discoveryKey, nonce, proof }) {
    exactly('open.discoveryKey', discoveryKey, DIGEST_BYTES)
    exactly('open.nonce', nonce, NONCE_BYTES)
    exactly('open.proof', proof, PROOF_BYTES)
  },
  opened: ({ proof }) => exactly('opened.proof', proof, PROOF_BYTES),
  openTransfer({ discoveryKey, proof }) {
    exactly('openTransfer.discoveryKey', discoveryKey, DIGEST_BYTES)
    exactly('openTransfer.proof', proof, PROOF_BYTES)
  },
  getRefs({ known }) {
    atMost('getRefs.known', known.byteLength, MAX_KNOWN_TAGS * KNOWN_TAG_BYTES)
    if (known.byteLength % KNOWN_TAG_BYTES !== 0) throw new WireError('getRefs.known', 'ends within a tag')
  },
  refs({ documents, holders, header, list, base, changes }) {
    for (const document of documents) atMost('refs.documents', document.byteLength, MAX_SIGNED_DOCUMENT_BYTES)
    atMost('refs.documents', sum(documents.map((document) => document.byteLength)), MAX_DOCUMENT_BYTES_PER_MESSAGE)
    atMost('refs.holders', holders.length, MAX_HOLDERS)
    for (const { key } of holders) exactly('refs.holders.key', key, KEY_BYTES)
    atMost('refs.header', header.byteLength, MAX_HEADER_BYTES)
    atMost('refs.list', list.byteLength, MAX_LIST_BYTES)
    if (header.byteLength === 0 && list.byteLength > 0) throw new WireError('refs.list', 'has no header')
    if (base != null) exactly('refs.base', base, DIGEST_BYTES)
    if (changes != null) atMost('refs.changes', changes.byteLength, MAX_LIST_BYTES)
    if ((base == null) !== (changes == null)) throw new WireError('refs.changes', 'and their base come together')
    if (changes != null && (header.byteLength === 0 || list.byteLength > 0)) {
      throw new WireError('refs.changes', 'come with a header and in the place of its list')
    }
  },
  getInventory: () => undefined,
  inventory({ packs }) {
    atMost('inventory.packs', packs.length, 1024)
    for (const { pack } of packs) exactly('inventory.packs.pack', pack, DIGEST_BYTES)
  },
  getManifest: ({ pack }) => exactly('getManifest.pack', pack, DIGEST_BYTES),
  manifest: ({ manifest }) => atMost('manifest.manifest', manifest.byteLength, MAX_MANIFEST_BYTES),
  getObjects({ wants, haves }) {
    if (wants.length === 0) throw new WireError('getObjects.wants', 'is empty')
    atMost('getObjects.wants', wants.length, MAX_WANTS)
    atMost('getObjects.haves', haves.length, MAX_HAVES)
    for (const oid of wants) exactly('getObjects.wants', oid, OID_BYTES)
    for (const oid of haves) exactly('getObjects.haves', oid, OID_BYTES)
  },
  getChunks({ pack, ranges }) {
    exactly('getChunks.pack', pack, DIGEST_BYTES)
    checkRanges(ranges)
  },
  have({ pack, bitfield }) {
    exactly('have.pack', pack, DIGEST_BYTES)
    atMost('have.bitfield', bitfield.byteLength, MAX_BITFIELD_BYTES)
  },
  credit: () => undefined,
  cancel: () => undefined,
  failure: () => undefined,
  holders({ holders }) {
    atMost('holders.holders', holders.length, MAX_HOLDERS)
    for (const { key } of holders) exactly('holders.holders.key', key, KEY_BYTES)
  },
  announce({ header, changes, pack }) {
    between('announce.header', header.byteLength, 1, MAX_HEADER_BYTES)
    if (changes != null) atMost('announce.changes', changes.byteLength, MAX_ANNOUNCED_CHANGES_BYTES)
    if (pack == null) return
    between('announce.pack', pack.byteLength, 1, MAX_ANNOUNCED_PACK_BYTES)
    if (changes == null) throw new WireError('announce.pack', 'comes without changes')
  },
  objects: () => undefined,
  objectsPart: ({ bytes }) => between('objectsPart.bytes', bytes.byteLength, 1, MAX_PART_BYTES),
  chunk({ chunk, offset, bytes }) {
    atMost('chunk.chunk', chunk, MAX_CHUNKS - 1)
    between('chunk.bytes', bytes.byteLength, 1, MAX_PART_BYTES)
    atMost('chunk.offset', offset + bytes.byteLength, CHUNK_BYTES)
  },
  end: () => undefined,
}

function checkRanges(ranges: Range[]): void {
  if (ranges.length === 0) throw new WireError('getChunks.ranges', 'is empty')
  atMost('getChunks.ranges', sum(ranges.map(({ count }) => count)), MAX_CHUNKS_PER_REQUEST)
  for (const { first, count } of ranges) {
    if (count === 0) throw new WireError('getChunks.ranges', 'has an empty one')
    atMost('getChunks.ranges', first + count, MAX_CHUNKS)
  }
}

function exactly(field: string, bytes: Uint8Array, length: number): void {
  if (bytes.byteLength !== length) throw new WireError(field, `has ${bytes.byteLength} bytes and not ${length}`)
}

function atMost(field: string, value: number, limit: number): void {
  if (value > limit) throw new WireError(field, `${value} is more than ${limit}`)
}

function between(field: string, value: number, least: number, limit: number): void {
  if (value < least) throw new WireError(field, `${value} is less than ${least}`)
  atMost(field, value, limit)
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
