import { generateKeyPair } from '@libp2p/crypto/keys'
import { RecordEnvelope } from '@libp2p/peer-record'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { CASES_TIMEOUT, cases } from '../../../playwright/fixtures/cases.ts'
import { toBase64url } from '../document/repository-id.ts'
import { SignedRefsHeader } from '../pb/signed-refs.ts'
import { HeaderError } from './errors.ts'
import { openHeader, openList, signRefs, type NewHeader } from './header.ts'
import { acceptHeader, MAX_SEQUENCE_AHEAD, nextSequence, type WriterRecord } from './sequence.ts'

vi.setConfig({ testTimeout: CASES_TIMEOUT })

const seed = Number(process.env['FUZZ_SEED'] ?? 1)
const key = await generateKeyPair('Ed25519')
const repository = new Uint8Array(32).fill(1)
const fields: NewHeader = {
  repository,
  document: new Uint8Array(32).fill(2),
  writer: new Uint8Array(16).fill(3),
  sequence: 1000,
  previous: new Uint8Array(0),
  time: 1000,
  name: 'Ana',
  refs: [{ name: 'refs/heads/main', oid: 'a'.repeat(40), replaces: [] }],
  head: 'refs/heads/main',
}
const signed = await signRefs(fields, key)

/** An envelope over any payload, as somebody hostile would make it. */
async function sealed(
  payload: Uint8Array,
  options: { by?: typeof key; domain?: string; type?: string } = {},
): Promise<Uint8Array> {
  const record = {
    domain: options.domain ?? 'guts-signed-refs',
    codec: new TextEncoder().encode(options.type ?? '/guts/signed-refs'),
    marshal: () => payload,
    equals: () => false,
  }
  return (await RecordEnvelope.seal(record, options.by ?? key)).marshal()
}

async function payloadWith(changes: Partial<SignedRefsHeader>): Promise<Uint8Array> {
  const envelope = RecordEnvelope.createFromProtobuf(signed.header.envelope)
  return SignedRefsHeader.encode({ ...SignedRefsHeader.decode(envelope.payload.subarray()), ...changes })
}

test('a header says who signed what, and comes back as it was', async () => {
  const opened = await openHeader(signed.header.envelope)
  expect(opened).toEqual(signed.header)
  expect(opened).toMatchObject({
    identity: toBase64url(key.publicKey.raw),
    sequence: 1000,
    name: 'Ana',
    head: 'refs/heads/main',
  })
  expect(await openList(opened, signed.list)).toEqual(fields.refs)
})

test('its hash is that of the signed bytes, whatever the envelope looks like', async () => {
  // The same envelope with a field that nobody knows: another encoding of the same statement.
  const padded = Uint8Array.from([...signed.header.envelope, 0xa2, 0x06, 0x01, 0x41])
  expect((await openHeader(padded)).hash).toEqual(signed.header.hash)
})

test('the list of another header is refused', async () => {
  const other = await signRefs({ ...fields, refs: [] }, key)
  await expect(openList(signed.header, other.list)).rejects.toMatchObject({ name: 'HeaderError', forged: true })
})

test('forged and foreign headers are refused', async () => {
  const eve = await generateKeyPair('Ed25519')
  const payload = await payloadWith({})
  await expect(openHeader(await sealed(payload, { by: eve }))).rejects.toMatchObject({ forged: true })
  await expect(openHeader(await sealed(payload, { domain: 'guts-listing' }))).rejects.toMatchObject({ forged: true })
  await expect(openHeader(await sealed(payload, { type: '/guts/listing' }))).rejects.toThrow(HeaderError)
  const secp = await generateKeyPair('secp256k1')
  await expect(openHeader(await sealed(payload, { by: secp as never }))).rejects.toThrow(/Ed25519/)
})

test.each([
  ['repository', { repository: new Uint8Array(31) }],
  ['document', { document: new Uint8Array(0) }],
  ['writer', { writer: new Uint8Array(17) }],
  ['sequence', { sequence: 0 }],
  ['previous', { previous: new Uint8Array(31) }],
  ['name', { name: 'n'.repeat(65) }],
  ['name', { name: 'a\u202eb' }],
  ['head', { head: 'refs/tags/v1' }],
  ['head', { head: `refs/heads/${'n'.repeat(245)}` }],
  ['list', { list: new Uint8Array(33) }],
])('one over: %s', async (_, changes) => {
  await expect(openHeader(await sealed(await payloadWith(changes)))).rejects.toThrow(HeaderError)
})

test('the longest header fits, and one byte more than 900 does not', async () => {
  const longest = {
    ...fields,
    name: 'n'.repeat(64),
    head: `refs/heads/${'n'.repeat(244)}`,
    previous: new Uint8Array(32).fill(9),
    sequence: Number.MAX_SAFE_INTEGER,
    time: Number.MAX_SAFE_INTEGER,
  }
  expect((await signRefs(longest, key)).header.envelope.byteLength).toBeLessThanOrEqual(900)
  await expect(openHeader(new Uint8Array(901))).rejects.toThrow(/900 bytes/)
})

test(`every altered byte is refused, unless it is outside of what is signed (seed ${seed})`, async () => {
  const change = fc.tuple(fc.nat(signed.header.envelope.byteLength - 1), fc.integer({ min: 1, max: 255 }))
  await fc.assert(
    fc.asyncProperty(change, async ([at, xor]) => {
      const bytes = Uint8Array.from(signed.header.envelope)
      bytes[at] = (bytes[at] as number) ^ xor
      try {
        expect((await openHeader(bytes)).hash).toEqual(signed.header.hash)
      } catch (error) {
        expect(error).toBeInstanceOf(HeaderError)
      }
    }),
    cases(seed),
  )
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      await expect(openHeader(bytes)).rejects.toThrow(HeaderError)
    }),
    cases(seed),
  )
})

test('a sequence is the clock, or one more than was seen', () => {
  expect(nextSequence(null, 5000)).toBe(5000)
  expect(nextSequence(4000, 5000)).toBe(5000)
  expect(nextSequence(5000, 5000)).toBe(5001)
  expect(nextSequence(5000 + MAX_SEQUENCE_AHEAD - 1, 5000)).toBe(5000 + MAX_SEQUENCE_AHEAD)
  expect(() => nextSequence(5000 + MAX_SEQUENCE_AHEAD, 5000)).toThrow(HeaderError)
  expect(() => nextSequence(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toThrow(HeaderError)
})

const { header } = signed
const other = new Uint8Array(32).fill(8)
function verdict(writer: WriterRecord | undefined, now = 1000, knows = true): unknown {
  return acceptHeader(header, { repository, knowsDocument: () => knows, writer, now }).kind
}

test.each<[string, WriterRecord | undefined]>([
  ['accept', undefined],
  ['accept', { highestSeen: 999, highestHash: other, held: { sequence: 999, hash: other } }],
  ['accept', { highestSeen: 1000, highestHash: header.hash, held: null }],
  ['accept', { highestSeen: 1000, highestHash: null, held: { sequence: 900, hash: other } }],
  ['duplicate', { highestSeen: 1000, highestHash: header.hash, held: { sequence: 1000, hash: header.hash } }],
  ['duplicate', { highestSeen: 2000, highestHash: other, held: { sequence: 1000, hash: header.hash } }],
  ['equivocation', { highestSeen: 1000, highestHash: other, held: null }],
  ['equivocation', { highestSeen: 2000, highestHash: null, held: { sequence: 1000, hash: other } }],
  ['stale', { highestSeen: 1001, highestHash: null, held: null }],
])('%s (%#)', (kind, writer) => {
  expect(verdict(writer)).toBe(kind)
})

test('a header is held back until its document is here, but its sequence is judged', () => {
  expect(verdict(undefined, 1000, false)).toBe('unknown-document')
  expect(verdict({ highestSeen: 1001, highestHash: null, held: null }, 1000, false)).toBe('stale')
})

test('a sequence a day ahead is taken, and one more is not; another repository is refused', () => {
  expect(verdict(undefined, 1000 - MAX_SEQUENCE_AHEAD)).toBe('accept')
  expect(verdict(undefined, 999 - MAX_SEQUENCE_AHEAD)).toBe('refused')
  const context = { repository: other, knowsDocument: () => true, writer: undefined, now: 1000 }
  expect(acceptHeader(header, context)).toEqual({ kind: 'refused', cause: 'other-repository' })
})
