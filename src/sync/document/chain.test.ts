import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { expect, test } from 'vitest'
import { follows, nextDocument, resolveChain } from './chain.ts'
import { createDocument, encodeDocument, type DecodedDocument } from './document.ts'
import { toBase64url } from './repository-id.ts'
import { documentSigners, signDocument } from './signature.ts'

const [ana, ben, eve] = await Promise.all([key(), key(), key()])

async function key(): Promise<PrivateKey> {
  return generateKeyPair('Ed25519')
}

function idOf(of: PrivateKey): string {
  return toBase64url(of.publicKey.raw)
}

async function first(delegates: PrivateKey[], threshold = 1): Promise<DecodedDocument> {
  const ids = delegates.map(idOf)
  return createDocument({
    name: 'r',
    description: '',
    defaultBranch: 'main',
    delegates: ids,
    delegateNames: ids.map(() => ''),
    threshold,
  })
}

async function names(digest: Uint8Array, documents: DecodedDocument[]): Promise<string[] | undefined> {
  const chain = await resolveChain(
    digest,
    documents.map(({ signed }) => signed),
  )
  return chain?.versions.map(({ document }) => document.name)
}

test('a version that a delegate signed is followed, in whatever order it came', async () => {
  const one = await first([ana])
  const two = await nextDocument(one, { name: 'r2', delegates: [idOf(ana), idOf(ben)], delegateNames: ['', ''] }, ana)
  const three = await nextDocument(two, { name: 'r3' }, ben)
  expect(await names(one.hash, [three, one, two])).toEqual(['r', 'r2', 'r3'])
  expect(await names(one.hash, [one, three])).toEqual(['r'])
  expect(await names(one.hash, [two, three])).toBeUndefined()
  expect(await resolveChain(two.hash, [one.signed, two.signed])).toBeNull()
})

test('somebody else cannot add a version, nor a delegate of the new one only', async () => {
  const one = await first([ana])
  const forged = await nextDocument(one, { delegates: [idOf(eve)], delegateNames: [''] }, eve)
  expect(await follows(one, forged)).toBe(false)
  expect(await names(one.hash, [one, forged])).toEqual(['r'])
})

test('a signature is over the exact bytes, under its own domain', async () => {
  const one = await first([ana])
  const two = await nextDocument(one, { name: 'r2' }, ana)
  const other = await nextDocument(one, { name: 'r3' }, eve)
  const moved = { ...other, signatures: two.signatures }
  expect(await documentSigners(moved, [idOf(ana)])).toEqual([])
  expect(await documentSigners(two, [idOf(ana)])).toEqual([idOf(ana)])
})

test('a threshold of two needs two different signers of the version before', async () => {
  const one = await first([ana, ben], 2)
  const draft = await nextDocument(one, { name: 'r2' }, ana)
  expect(await names(one.hash, [one, draft])).toEqual(['r'])
  expect(await names(one.hash, [one, await signDocument(draft, ana)])).toEqual(['r'])
  expect(await names(one.hash, [one, await signDocument(draft, ben)])).toEqual(['r', 'r2'])
})

test('two successors are a fork, and neither is followed', async () => {
  const one = await first([ana])
  const left = await nextDocument(one, { name: 'left' }, ana)
  const right = await nextDocument(one, { name: 'right' }, ana)
  const chain = await resolveChain(
    one.hash,
    [one, left, right].map(({ signed }) => signed),
  )
  expect(chain?.current.hash).toEqual(one.hash)
  expect(chain?.fork.map(({ document }) => document.name).sort()).toEqual(['left', 'right'])
})

test('the same version with other signatures is no fork', async () => {
  const one = await first([ana, ben])
  const two = await nextDocument(one, { name: 'r2' }, ana)
  expect(await names(one.hash, [one, two, await signDocument(two, ben)])).toEqual(['r', 'r2'])
})

test('damaged documents are left out, and a first one with another hash', async () => {
  const one = await first([ana])
  const other = await encodeDocument({ ...one.document, name: 'other' })
  const chain = await resolveChain(one.hash, [new Uint8Array([1, 2, 3]), other.signed, one.signed])
  expect(chain?.current.hash).toEqual(one.hash)
})

test('a chain is followed for 64 versions and no further', async () => {
  const versions = [await first([ana])]
  for (let i = 2; i <= 65; i++)
    versions.push(await nextDocument(versions.at(-1) as DecodedDocument, { name: `v${i}` }, ana))
  const [one] = versions as [DecodedDocument]
  expect(await names(one.hash, versions)).toHaveLength(64)
})
