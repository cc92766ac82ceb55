import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { CASES_TIMEOUT, cases } from '../../../playwright/fixtures/cases.ts'
import { Filter, Status, SyncMessage } from '../pb/sync.ts'
import { sameBytes } from '../document/digest.ts'
import { CHECKS } from './checks.ts'
import { decodeSyncMessage, encodeSyncMessage, messageKind } from './codec.ts'
import { MessageTooLongError, WireError } from './errors.ts'
import { MAX_CHUNKS } from './limits.ts'

vi.setConfig({ testTimeout: CASES_TIMEOUT })

const seed = Number(process.env['FUZZ_SEED'] ?? 1)

function bytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).fill(7)
}

function times<T>(count: number, item: T): T[] {
  return Array.from({ length: count }, () => item)
}

const refs = { id: 1, documents: [], holders: [], header: bytes(0), list: bytes(0), last: true, more: false }

/** Each kind at its limits. */
const AT_LIMIT: Array<Partial<SyncMessage>> = [
  { challenge: { nonce: bytes(32) } },
  { open: { discoveryKey: bytes(32), nonce: bytes(32), proof: bytes(32) } },
  { opened: { proof: bytes(32) } },
  { openTransfer: { discoveryKey: bytes(32), transfer: 0xffffffff, proof: bytes(32) } },
  { getRefs: { id: 1, known: bytes(1024 * 8), changes: true } },
  { refs: { ...refs, documents: times(16, bytes(16 * 1024)), holders: times(16, { key: bytes(32), complete: true }) } },
  { refs: { ...refs, header: bytes(900), list: bytes(1_000_000) } },
  { refs: { ...refs, header: bytes(900), base: bytes(32), changes: bytes(1_000_000) } },
  { refs: { ...refs, header: bytes(900), base: bytes(32), changes: bytes(0) } },
  { getInventory: { id: 0 } },
  {
    inventory: {
      id: 1,
      packs: times(1024, { pack: bytes(32), size: Number.MAX_SAFE_INTEGER, objects: 1, verified: true }),
    },
  },
  { getManifest: { id: 1, pack: bytes(32) } },
  { manifest: { id: 0xffffffff, manifest: bytes(1024 * 1024) } },
  {
    getObjects: {
      id: 1,
      transfer: 2,
      wants: times(1024, bytes(20)),
      haves: times(4096, bytes(20)),
      filter: Filter.CLOSURE,
      thin: true,
    },
  },
  { getChunks: { id: 1, transfer: 2, pack: bytes(32), ranges: times(32, { first: MAX_CHUNKS - 1, count: 1 }) } },
  { have: { pack: bytes(32), bitfield: bytes(3641), offer: true } },
  { holders: { holders: times(16, { key: bytes(32), complete: false }) } },
  { credit: { bytes: Number.MAX_SAFE_INTEGER, urgent: 1 } },
  { cancel: { id: 1 } },
  { failure: { id: 1, status: Status.RESERVED_15, retryAfter: 1 } },
  { announce: { header: bytes(900) } },
  { announce: { header: bytes(900), changes: bytes(16 * 1024), pack: bytes(32 * 1024) } },
  { announce: { header: bytes(900), changes: bytes(0) } },
  { objects: { id: 1, objects: 2, bytes: 3 } },
  { objectsPart: { id: 1, bytes: bytes(65536) } },
  { chunk: { id: 1, chunk: MAX_CHUNKS - 1, offset: 262144 - 65536, bytes: bytes(65536) } },
  { end: { id: 1, status: Status.OK } },
]

test.each(AT_LIMIT.map((message) => [messageKind(message), message] as const))('%s at its limits', (kind, message) => {
  const decoded = decodeSyncMessage(encodeSyncMessage(message))
  expect(messageKind(decoded)).toBe(kind)
  // Byte by byte in one call: a matcher walks a megabyte one number at a time.
  expect(sameBytes(SyncMessage.encode(decoded), SyncMessage.encode(message))).toBe(true)
})

test('every kind is among them', () => {
  expect([...new Set(AT_LIMIT.map(messageKind))].sort()).toEqual(Object.keys(CHECKS).sort())
})

const OVER: Array<[string, Partial<SyncMessage>]> = [
  ['challenge.nonce', { challenge: { nonce: bytes(33) } }],
  ['open.discoveryKey', { open: { discoveryKey: bytes(31), nonce: bytes(32), proof: bytes(32) } }],
  ['open.nonce', { open: { discoveryKey: bytes(32), nonce: bytes(31), proof: bytes(32) } }],
  ['open.proof', { open: { discoveryKey: bytes(32), nonce: bytes(32), proof: bytes(33) } }],
  ['opened.proof', { opened: { proof: bytes(0) } }],
  ['openTransfer.proof', { openTransfer: { discoveryKey: bytes(32), transfer: 1, proof: bytes(33) } }],
  ['getRefs.known', { getRefs: { id: 1, known: bytes(1025 * 8) } }],
  ['getRefs.known', { getRefs: { id: 1, known: bytes(9) } }],
  ['refs.documents', { refs: { ...refs, documents: [bytes(16 * 1024 + 1)] } }],
  ['refs.documents', { refs: { ...refs, documents: [...times(16, bytes(16 * 1024)), bytes(1)] } }],
  ['refs.holders.key', { refs: { ...refs, holders: [{ key: bytes(33), complete: true }] } }],
  ['refs.header', { refs: { ...refs, header: bytes(901) } }],
  ['refs.list', { refs: { ...refs, header: bytes(1), list: bytes(1_000_001) } }],
  ['refs.list', { refs: { ...refs, list: bytes(1) } }],
  ['refs.base', { refs: { ...refs, header: bytes(1), base: bytes(31), changes: bytes(1) } }],
  ['refs.changes', { refs: { ...refs, header: bytes(1), base: bytes(32), changes: bytes(1_000_001) } }],
  ['refs.changes', { refs: { ...refs, header: bytes(1), base: bytes(32) } }],
  ['refs.changes', { refs: { ...refs, header: bytes(1), changes: bytes(1) } }],
  ['refs.changes', { refs: { ...refs, base: bytes(32), changes: bytes(1) } }],
  ['refs.changes', { refs: { ...refs, header: bytes(1), list: bytes(1), base: bytes(32), changes: bytes(1) } }],
  ['inventory.packs.pack', { inventory: { id: 1, packs: [{ pack: bytes(31), size: 1, objects: 1, verified: true }] } }],
  ['getManifest.pack', { getManifest: { id: 1, pack: bytes(33) } }],
  ['manifest.manifest', { manifest: { id: 1, manifest: bytes(1024 * 1024 + 1) } }],
  [
    'getObjects.wants',
    { getObjects: { id: 1, transfer: 2, wants: [], haves: [], filter: Filter.CLOSURE, thin: true } },
  ],
  [
    'getObjects.wants',
    { getObjects: { id: 1, transfer: 2, wants: [bytes(21)], haves: [], filter: Filter.CLOSURE, thin: true } },
  ],
  [
    'getObjects.haves',
    { getObjects: { id: 1, transfer: 2, wants: [bytes(20)], haves: [bytes(19)], filter: Filter.CLOSURE, thin: true } },
  ],
  ['getChunks.ranges', { getChunks: { id: 1, transfer: 2, pack: bytes(32), ranges: [] } }],
  ['getChunks.ranges', { getChunks: { id: 1, transfer: 2, pack: bytes(32), ranges: [{ first: 0, count: 33 }] } }],
  ['getChunks.ranges', { getChunks: { id: 1, transfer: 2, pack: bytes(32), ranges: [{ first: 0, count: 0 }] } }],
  [
    'getChunks.ranges',
    { getChunks: { id: 1, transfer: 2, pack: bytes(32), ranges: [{ first: MAX_CHUNKS, count: 1 }] } },
  ],
  ['have.pack', { have: { pack: bytes(31), bitfield: bytes(1), offer: false } }],
  ['have.bitfield', { have: { pack: bytes(32), bitfield: bytes(3642), offer: false } }],
  ['holders.holders.key', { holders: { holders: [{ key: bytes(31), complete: true }] } }],
  ['announce.header', { announce: { header: bytes(901) } }],
  ['announce.header', { announce: { header: bytes(0) } }],
  ['announce.changes', { announce: { header: bytes(1), changes: bytes(16 * 1024 + 1) } }],
  ['announce.pack', { announce: { header: bytes(1), changes: bytes(1), pack: bytes(32 * 1024 + 1) } }],
  ['announce.pack', { announce: { header: bytes(1), changes: bytes(1), pack: bytes(0) } }],
  ['announce.pack', { announce: { header: bytes(1), pack: bytes(1) } }],
  ['objectsPart.bytes', { objectsPart: { id: 1, bytes: bytes(65537) } }],
  ['objectsPart.bytes', { objectsPart: { id: 1, bytes: bytes(0) } }],
  ['chunk.bytes', { chunk: { id: 1, chunk: 0, offset: 0, bytes: bytes(65537) } }],
  ['chunk.offset', { chunk: { id: 1, chunk: 0, offset: 262144, bytes: bytes(1) } }],
  ['chunk.chunk', { chunk: { id: 1, chunk: MAX_CHUNKS, offset: 0, bytes: bytes(1) } }],
]

test.each(OVER)('one over: %s (%#)', (field, message) => {
  expect(() => decodeSyncMessage(SyncMessage.encode(message))).toThrow(WireError)
  expect(() => decodeSyncMessage(SyncMessage.encode(message))).toThrow(field)
  expect(() => encodeSyncMessage(message)).toThrow(WireError)
})

test.each([
  ['documents', { refs: { ...refs, documents: times(65, bytes(1)) } }],
  ['holders', { refs: { ...refs, holders: times(17, { key: bytes(32), complete: true }) } }],
  ['holders of its own', { holders: { holders: times(17, { key: bytes(32), complete: true }) } }],
  ['packs', { inventory: { id: 1, packs: times(1025, { pack: bytes(32), size: 1, objects: 1, verified: true }) } }],
  [
    'wants',
    {
      getObjects: { id: 1, transfer: 2, wants: times(1025, bytes(20)), haves: [], filter: Filter.CLOSURE, thin: true },
    },
  ],
  [
    'haves',
    {
      getObjects: {
        id: 1,
        transfer: 2,
        wants: [bytes(20)],
        haves: times(4097, bytes(20)),
        filter: Filter.CLOSURE,
        thin: true,
      },
    },
  ],
  ['ranges', { getChunks: { id: 1, transfer: 2, pack: bytes(32), ranges: times(33, { first: 0, count: 1 }) } }],
])('one too many: %s', (_, message) => {
  expect(() => decodeSyncMessage(SyncMessage.encode(message))).toThrow(WireError)
})

test('messages beyond their length are refused before they are looked at', () => {
  expect(() => decodeSyncMessage(bytes(1024 * 1024 + 65))).toThrow(MessageTooLongError)
  const full = {
    ...refs,
    documents: [bytes(16384), bytes(16384), bytes(15840)],
    header: bytes(1),
    list: bytes(1_000_000),
  }
  expect(() => decodeSyncMessage(SyncMessage.encode({ refs: full }))).toThrow(/1048576/)
  // A field that is not known fills a small kind beyond its 256 KiB.
  const padding = Uint8Array.from([0xa2, 0x06, 0x80, 0x80, 0x10, ...bytes(256 * 1024)])
  const long = Uint8Array.from([...SyncMessage.encode({ cancel: { id: 1 } }), ...padding])
  expect(() => decodeSyncMessage(long)).toThrow(MessageTooLongError)
})

test('a message has exactly one kind', () => {
  expect(() => decodeSyncMessage(new Uint8Array(0))).toThrow(WireError)
  expect(() => encodeSyncMessage({ cancel: { id: 1 }, credit: { bytes: 1, urgent: 1 } })).toThrow(WireError)
  expect(() => decodeSyncMessage(Uint8Array.from([0xa2, 0x06, 0x00]))).toThrow(WireError)
})

test(`arbitrary and altered messages are refused or decoded, and nothing else (seed ${seed})`, () => {
  const check = (input: Uint8Array): void => {
    try {
      decodeSyncMessage(input)
    } catch (error) {
      expect(error instanceof WireError || error instanceof MessageTooLongError).toBe(true)
    }
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check), cases(seed))
  const encoded = AT_LIMIT.map((message) => encodeSyncMessage(message)).filter(({ byteLength }) => byteLength < 20_000)
  const altered = fc
    .tuple(fc.constantFrom(...encoded), fc.nat(), fc.nat(255), fc.nat())
    .map(([source, at, value, cut]) => {
      const copy = source.slice(0, source.byteLength - (cut % 3 === 0 ? cut % source.byteLength : 0))
      copy[at % Math.min(copy.byteLength, 64)] = value
      return copy
    })
  fc.assert(fc.property(altered, check), cases(seed))
})
