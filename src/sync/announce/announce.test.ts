import { generateKeyPair } from '@libp2p/crypto/keys'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { CASES_TIMEOUT, cases } from '../../../playwright/fixtures/cases.ts'
import { nextDocument, resolveChain, type DocumentChain } from '../document/chain.ts'
import { createDocument } from '../document/document.ts'
import { discoveryKey, toBase64url } from '../document/repository-id.ts'
import { NewCommit } from '../pb/announce.ts'
import { signRefs } from '../refs/header.ts'
import { AnnouncementError } from './errors.ts'
import { decodeNewCommit, encodeNewCommit, openNewCommit } from './new-commit.ts'
import { encodeNewRepository, openNewRepository } from './new-repository.ts'
import { createRelayValidator, createValidator } from './validator.ts'

vi.setConfig({ testTimeout: CASES_TIMEOUT })

const seed = Number(process.env['FUZZ_SEED'] ?? 1)
const key = await generateKeyPair('Ed25519')
const ana = toBase64url(key.publicKey.raw)
const first = await createDocument({
  name: 'r',
  description: '',
  defaultBranch: 'main',
  delegates: [ana],
  delegateNames: [''],
})
const digest = first.hash
const name = toBase64url(await discoveryKey(digest))
const { header } = await signRefs(
  {
    repository: digest,
    document: digest,
    writer: new Uint8Array(16),
    sequence: 1000,
    previous: new Uint8Array(0),
    name: 'Ana',
    refs: [],
    head: null,
  },
  key,
)
const chain = (await resolveChain(digest, [first.signed])) as DocumentChain
const sealed = await encodeNewCommit(digest, header.envelope, { listed: false })
const listed = await encodeNewCommit(digest, header.envelope, { listed: true })

function contains(whole: Uint8Array, part: Uint8Array): boolean {
  return Buffer.from(whole).includes(Buffer.from(part))
}

test('an unlisted announcement tells nothing but the discovery key', async () => {
  expect(contains(listed, digest)).toBe(true)
  for (const secret of [digest, key.publicKey.raw, header.envelope.subarray(0, 60)])
    expect(contains(sealed, secret)).toBe(false)
  expect(await openNewCommit(digest, decodeNewCommit(sealed))).toEqual(header.envelope)
  expect(await openNewCommit(digest, decodeNewCommit(listed))).toEqual(header.envelope)
  expect(await encodeNewCommit(digest, header.envelope, { listed: false })).not.toEqual(sealed)
})

test('a seal of another repository, or moved to one, does not open', async () => {
  await expect(openNewCommit(new Uint8Array(32), decodeNewCommit(sealed))).rejects.toThrow(AnnouncementError)
  const moved = { ...decodeNewCommit(sealed), discoveryKey: new Uint8Array(32) }
  await expect(openNewCommit(digest, moved)).rejects.toThrow(AnnouncementError)
})

test('the longest header fits into 1 KiB, and one byte more is refused', async () => {
  const bytes = await encodeNewCommit(digest, new Uint8Array(900), { listed: false })
  expect(bytes.byteLength).toBeLessThanOrEqual(1024)
  await expect(encodeNewCommit(digest, new Uint8Array(1025), { listed: false })).rejects.toThrow(/1024/)
  expect(() => decodeNewCommit(new Uint8Array(1025))).toThrow(/1024/)
  const over = NewCommit.encode({ discoveryKey: new Uint8Array(32), header: new Uint8Array(901) })
  expect(() => decodeNewCommit(over)).toThrow(AnnouncementError)
  const short = NewCommit.encode({ discoveryKey: new Uint8Array(31), header: new Uint8Array(1) })
  expect(() => decodeNewCommit(short)).toThrow(AnnouncementError)
})

test(`arbitrary announcements are refused or decoded, and nothing else (seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      try {
        decodeNewCommit(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(AnnouncementError)
      }
      await expect(openNewRepository(bytes)).rejects.toThrow(AnnouncementError)
    }),
    cases(seed),
  )
})

test('a delegate lists a repository, with its chain, and takes it back', async () => {
  const second = await nextDocument(first, { name: 'r2' }, key)
  const longer = (await resolveChain(digest, [first.signed, second.signed])) as DocumentChain
  const opened = await openNewRepository(await encodeNewRepository(digest, longer, key, { withdrawn: true, time: 5 }))
  expect(opened).toMatchObject({ digest, by: ana, withdrawn: true, time: 5 })
  expect(opened.chain.current.document.name).toBe('r2')
})

test('nobody else lists it, nor for a time to come, nor beyond 4 KiB', async () => {
  await expect(encodeNewRepository(digest, chain, await generateKeyPair('Ed25519'))).rejects.toThrow(/no delegate/)
  const ahead = encodeNewRepository(digest, chain, key, { time: Date.now() + 25 * 60 * 60 * 1000 })
  await expect(ahead).rejects.toThrow(/time/)
  await expect(openNewRepository(new Uint8Array(4097))).rejects.toThrow(/4096/)
  const bytes = await encodeNewRepository(digest, chain, key)
  bytes[bytes.byteLength - 1] = (bytes.at(-1) as number) ^ 1
  await expect(openNewRepository(bytes)).rejects.toThrow(AnnouncementError)
})

const find = (discovery: string): Uint8Array | undefined => (discovery === name ? digest : undefined)
const judge = (bytes: Uint8Array, init: Parameters<typeof createValidator>[0] = { find }): Promise<string> =>
  createValidator(init)({ topic: 'refs', bytes, author: 'author' })

test('a validator checks the signature of what it holds, and passes on what it does not', async () => {
  const forged = Uint8Array.from(header.envelope)
  forged[forged.byteLength - 1] = (forged.at(-1) as number) ^ 1
  const forgery = await encodeNewCommit(digest, forged, { listed: false })
  expect(await judge(sealed)).toBe('accept')
  expect(await judge(forgery)).toBe('ignore')
  expect(await judge(forgery, {})).toBe('accept')
  const foreign = await signRefs(
    {
      repository: new Uint8Array(32),
      document: digest,
      writer: new Uint8Array(16),
      sequence: 1,
      previous: new Uint8Array(0),
      name: '',
      refs: [],
      head: null,
    },
    key,
  )
  expect(await judge(await encodeNewCommit(digest, foreign.header.envelope, { listed: true }))).toBe('ignore')
})

test('an old header is not passed on, and is nobody’s fault', async () => {
  expect(await judge(sealed, { find, highestSeen: () => 1001 })).toBe('ignore')
  expect(await judge(sealed, { find, highestSeen: () => 1000 })).toBe('accept')
})

test('size is what tabs and relays reject', async () => {
  const relay = createRelayValidator()
  for (const [topic, limit] of [
    ['refs', 1024],
    ['repositories', 4096],
  ] as const) {
    for (const validator of [relay, createValidator({ find })]) {
      expect(await validator({ topic, bytes: new Uint8Array(limit + 1), author: 'a' })).toBe('reject')
      expect(await validator({ topic, bytes: new Uint8Array(0), author: 'a' })).toBe('reject')
    }
    expect(await relay({ topic, bytes: new Uint8Array(limit), author: 'a' })).toBe('accept')
    expect(await createValidator()({ topic, bytes: new Uint8Array(limit), author: 'a' })).toBe('ignore')
  }
})

test('the forty-first announcement of an author at once is ignored, and 8 a second come back', async () => {
  for (const make of [createRelayValidator, (clock: () => number) => createValidator({ clock })]) {
    let now = 0
    const validator = make(() => now)
    const verdict = (author: string): Promise<string> => validator({ topic: 'refs', bytes: sealed, author })
    for (let i = 0; i < 40; i++) expect(await verdict('a')).toBe('accept')
    expect(await verdict('a')).toBe('ignore')
    expect(await verdict('b')).toBe('accept')
    now = 125
    expect([await verdict('a'), await verdict('a')]).toEqual(['accept', 'ignore'])
  }
})

test('an author of junk is heard less', async () => {
  const validator = createValidator({ clock: () => 0 })
  for (let i = 0; i < 5; i++)
    expect(await validator({ topic: 'refs', bytes: new Uint8Array(9), author: 'a' })).toBe('ignore')
  expect(await validator({ topic: 'refs', bytes: sealed, author: 'a' })).toBe('ignore')
})
