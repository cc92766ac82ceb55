import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect, test } from 'vitest'
import { discoveryKey, toBase64url } from '../document/repository-id.ts'
import type { Challenge, Open } from '../pb/sync.ts'
import { encodeSyncMessage } from './codec.ts'
import { knownAmong, knownTags } from './known.ts'
import {
  acceptHandshake,
  createChallenge,
  openHandshake,
  openTransfer,
  verifyTransfer,
  type Acceptance,
  type Opening,
  type Session,
} from './proof.ts'

const [alice, bob, mallory] = await Promise.all([peer(), peer(), peer()])
const digest = crypto.getRandomValues(new Uint8Array(32))
const name = toBase64url(await discoveryKey(digest))
const holding = (key: Uint8Array): Uint8Array | undefined => (toBase64url(key) === name ? digest : undefined)

async function peer(): Promise<PeerId> {
  return peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
}

/** One handshake between two peers as each sees its connection. */
async function handshake(
  opener: PeerId,
  acceptor: PeerId,
  secret = digest,
  find = holding,
): Promise<{ opening: Opening; acceptance: Acceptance; challenge: Challenge }> {
  const challenge = createChallenge()
  const opening = await openHandshake(secret, { local: opener, remote: acceptor }, challenge)
  const acceptance = await acceptHandshake(opening.message, { local: acceptor, remote: opener }, challenge, find)
  return { opening, acceptance, challenge }
}

test('two peers that know the id prove it to each other and share a key', async () => {
  const { opening, acceptance } = await handshake(alice, bob)
  expect(opening.verify(acceptance.answer)).toBe(true)
  expect(acceptance.session?.key).toEqual(opening.session.key)
  expect(acceptance.session?.digest).toEqual(digest)
})

test('nothing held, and a failed proof, are answered alike', async () => {
  const notHeld = await handshake(alice, bob, digest, () => undefined)
  expect(notHeld.acceptance.session).toBeNull()
  expect(notHeld.opening.verify(notHeld.acceptance.answer)).toBe(false)
  // Somebody who knows the discovery key alone.
  const challenge = createChallenge()
  const guess: Open = { discoveryKey: await discoveryKey(digest), nonce: challenge.nonce, proof: new Uint8Array(32) }
  const failed = await acceptHandshake(guess, { local: bob, remote: mallory }, challenge, holding)
  expect(failed.session).toBeNull()
  const lengths = [notHeld.acceptance.answer, failed.answer].map((opened) => encodeSyncMessage({ opened }).byteLength)
  expect(lengths[0]).toBe(lengths[1])
  const again = await acceptHandshake(guess, { local: bob, remote: mallory }, challenge, holding)
  expect(again.answer.proof).not.toEqual(failed.answer.proof)
})

test('one between two honest peers cannot relay the proof, whatever it copies', async () => {
  // Mallory knows the discovery key. Alice opens to her, she opens to Bob and passes on all she gets.
  const fromBob = createChallenge()
  const opening = await openHandshake(digest, { local: alice, remote: mallory }, fromBob)
  const atBob = await acceptHandshake(opening.message, { local: bob, remote: mallory }, fromBob, holding)
  expect(atBob.session).toBeNull()
  expect(opening.verify(atBob.answer)).toBe(false)
})

test('a proof cannot be reflected to whoever made it', async () => {
  // Alice opens to Mallory, who opens to Alice at once with the nonces and the proof that Alice sent.
  const challenge = createChallenge()
  const opening = await openHandshake(digest, { local: alice, remote: mallory }, challenge)
  expect(opening.verify({ proof: opening.message.proof })).toBe(false)
  const back = await acceptHandshake(opening.message, { local: alice, remote: mallory }, challenge, holding)
  expect(back.session).toBeNull()
  const swapped: Open = { ...opening.message, nonce: challenge.nonce }
  const swap = await acceptHandshake(
    swapped,
    { local: alice, remote: mallory },
    { nonce: opening.message.nonce },
    holding,
  )
  expect(swap.session).toBeNull()
})

test('a proof is good for one stream', async () => {
  const { opening } = await handshake(alice, bob)
  const replayed = await acceptHandshake(opening.message, { local: bob, remote: alice }, createChallenge(), holding)
  expect(replayed.session).toBeNull()
})

test('a transfer stream belongs to the control stream whose key it has', async () => {
  const { opening, acceptance } = await handshake(alice, bob)
  const other = await handshake(alice, bob)
  const message = await openTransfer(opening.session, 7)
  const session = acceptance.session as Session
  expect(await verifyTransfer(session, message)).toBe(true)
  expect(await verifyTransfer(session, { ...message, transfer: 8 })).toBe(false)
  expect(await verifyTransfer(session, { ...message, discoveryKey: new Uint8Array(32) })).toBe(false)
  expect(await verifyTransfer(other.acceptance.session as Session, message)).toBe(false)
})

test('known headers are recognised by the holder, and are noise without the id', async () => {
  const hashes = Array.from({ length: 20 }, () => crypto.getRandomValues(new Uint8Array(32)))
  const { opening, acceptance } = await handshake(alice, bob)
  const tags = await knownTags(opening.session, hashes.slice(0, 17))
  const seen = await knownAmong(acceptance.session as Session, tags, hashes)
  expect(seen).toEqual(hashes.map((_, i) => i < 17))
  const stranger: Session = { ...opening.session, key: new Uint8Array(32) }
  expect(await knownAmong(stranger, tags, hashes)).toEqual(hashes.map(() => false))
})

test('whoever knows nothing asks in the same size as who knows something, up to 1,024', async () => {
  const { opening } = await handshake(alice, bob)
  const hashes = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => new Uint8Array(32).fill(i))
  expect((await knownTags(opening.session, [])).byteLength).toBe(128)
  expect((await knownTags(opening.session, hashes(16))).byteLength).toBe(128)
  expect((await knownTags(opening.session, hashes(17))).byteLength).toBe(256)
  expect((await knownTags(opening.session, hashes(1025))).byteLength).toBe(1024 * 8)
})
