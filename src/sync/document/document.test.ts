import { generateKeyPair } from '@libp2p/crypto/keys'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { CASES_TIMEOUT, cases } from '../../../playwright/fixtures/cases.ts'
import { Document, SignedDocument } from '../pb/document.ts'
import { createDocument, decodeDocument, encodeDocument } from './document.ts'
import { DocumentError, TokenError } from './errors.ts'
import { digestOf, discoveryKey, repositoryId, toBase64url, tokenOf } from './repository-id.ts'

vi.setConfig({ testTimeout: CASES_TIMEOUT })

const seed = Number(process.env['FUZZ_SEED'] ?? 1)
const key = await generateKeyPair('Ed25519')
const ana = toBase64url(key.publicKey.raw)
const fields = {
  name: 'guts',
  description: 'A network\nfor code',
  defaultBranch: 'main',
  delegates: [ana],
  delegateNames: ['Ana'],
}
const created = await createDocument(fields)

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, i) => toBase64url(new Uint8Array(32).fill(i + 1)))
}

test('a document is kept as the bytes that were hashed', async () => {
  const again = await decodeDocument(created.signed)
  expect(again.document).toEqual(created.document)
  expect(again.bytes).toEqual(created.bytes)
  expect(again.hash).toEqual(created.hash)
  expect(again.document).toMatchObject({ ...fields, threshold: 1, predecessor: new Uint8Array(0) })
})

test('the id is a CIDv1 of the raw bytes, and the token its digest', async () => {
  const id = repositoryId(created.hash)
  expect(id.toString()).toMatch(/^bafkrei/)
  expect([id.version, id.code, id.multihash.code]).toEqual([1, 0x55, 0x12])
  const token = tokenOf(created.hash)
  expect(token).toHaveLength(43)
  expect(digestOf(token)).toEqual(created.hash)
  expect(await discoveryKey(created.hash)).not.toEqual(created.hash)
})

test('two documents with the same fields have different ids', async () => {
  expect((await createDocument(fields)).hash).not.toEqual(created.hash)
})

test('a token has one spelling', () => {
  const token = tokenOf(new Uint8Array(32))
  expect(() => digestOf(`${token.slice(0, 42)}B`)).toThrow(TokenError)
  for (const bad of [token.slice(1), `${token}A`, `${token.slice(1)}=`, `${token.slice(1)}+`, '']) {
    expect(() => digestOf(bad)).toThrow(TokenError)
  }
})

test('fields that are not known are kept, so that a later version can add some', async () => {
  const more = Uint8Array.from([...created.bytes, 0xa2, 0x06, 0x01, 0x41])
  const decoded = await decodeDocument(SignedDocument.encode({ document: more, signatures: [] }))
  expect(decoded.bytes).toEqual(more)
  expect(decoded.hash).not.toEqual(created.hash)
})

const good = { ...created.document, nonce: Uint8Array.from(created.document.nonce) }
const atLimit = {
  ...good,
  name: 'n'.repeat(128),
  description: 'd'.repeat(512),
  defaultBranch: 'b'.repeat(244),
  delegates: ids(64),
  delegateNames: ids(64).map(() => 'ä'.repeat(32)),
  threshold: 64,
}

test('a document at every limit is taken', async () => {
  expect((await encodeDocument(atLimit)).document.delegates).toHaveLength(64)
})

test.each([
  ['name', { name: 'n'.repeat(129) }],
  ['name', { name: '' }],
  ['name', { name: 'a\u202eb' }],
  ['name', { name: 'a\nb' }],
  ['description', { description: 'd'.repeat(513) }],
  ['description', { description: '\u001b[31m' }],
  ['default branch', { defaultBranch: 'b'.repeat(245) }],
  ['default branch', { defaultBranch: 'a..b' }],
  ['default branch', { defaultBranch: '' }],
  ['delegates', { delegates: [], delegateNames: [] }],
  ['delegates', { delegates: [ana, ana], delegateNames: ['', ''] }],
  ['delegates', { delegates: [ana.slice(4)] }],
  ['it', { delegates: ids(65), delegateNames: ids(65).map(() => '') }],
  ['delegate names', { delegateNames: [] }],
  ['delegate names', { delegateNames: ['n'.repeat(65)] }],
  ['threshold', { threshold: 0 }],
  ['threshold', { threshold: 2 }],
  ['nonce', { nonce: new Uint8Array(31) }],
  ['predecessor', { predecessor: new Uint8Array(33) }],
])('one over: %s %j', async (field, change) => {
  const refused = encodeDocument({ ...good, ...change })
  await expect(refused).rejects.toThrow(DocumentError)
  await expect(refused).rejects.toMatchObject({ field })
})

test('a document or its envelope beyond its length is refused', async () => {
  const long = Uint8Array.from([...created.bytes, 0xa2, 0x06, 0xf0, 0x3f, ...new Uint8Array(8176)])
  await expect(decodeDocument(SignedDocument.encode({ document: long, signatures: [] }))).rejects.toThrow(/8192/)
  await expect(decodeDocument(new Uint8Array(16 * 1024 + 1))).rejects.toThrow(/16384/)
})

test(`arbitrary and altered bytes are refused or decoded, and nothing else (seed ${seed})`, async () => {
  const check = async (bytes: Uint8Array): Promise<void> => {
    try {
      await decodeDocument(bytes)
    } catch (error) {
      expect(error).toBeInstanceOf(DocumentError)
    }
  }
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), check), cases(seed))
  const altered = fc.tuple(fc.nat(created.signed.byteLength - 1), fc.nat(255)).map(([at, value]) => {
    const bytes = Uint8Array.from(created.signed)
    bytes[at] = value
    return bytes
  })
  await fc.assert(fc.asyncProperty(altered, check), cases(seed))
})

test('the schema decodes what it encodes', () => {
  expect(Document.encode(Document.decode(created.bytes))).toEqual(created.bytes)
})
