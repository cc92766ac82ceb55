import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { CASES_TIMEOUT, cases } from '../../playwright/fixtures/cases.ts'
import { signAttestation, verifyAttestation } from './attestation.ts'
import { ATTESTATION_LIFETIME, CLOCK_TOLERANCE, MAX_ATTESTATION_BYTES, MAX_NAME_BYTES } from './config.ts'
import { InvalidAttestationError } from './errors.ts'
import { createIdentity, identityFromKey, trimName } from './identity.ts'

vi.setConfig({ testTimeout: CASES_TIMEOUT })

const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
const identity = await createIdentity('Ana')

test('an attestation proves who runs a peer', async () => {
  const now = Date.now()
  const bytes = await signAttestation(identity, peer, now)

  expect(bytes.byteLength).toBeLessThan(MAX_ATTESTATION_BYTES)
  expect(await verifyAttestation(bytes, peer, now)).toEqual({
    id: identity.id,
    name: 'Ana',
    expires: now + ATTESTATION_LIFETIME,
    signedAt: now,
  })
})

test('it holds for no other peer, not for ever, and not far ahead', async () => {
  const now = Date.now()
  const bytes = await signAttestation(identity, peer, now)
  const other = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
  const end = now + ATTESTATION_LIFETIME + CLOCK_TOLERANCE

  await expect(verifyAttestation(bytes, other, now)).rejects.toThrow('another peer')
  await expect(verifyAttestation(bytes, peer, end)).resolves.toBeDefined()
  await expect(verifyAttestation(bytes, peer, end + 1)).rejects.toThrow('expired')
  await expect(verifyAttestation(bytes, peer, now - CLOCK_TOLERANCE - 1)).rejects.toThrow('longer than a day')
})

test('no flipped bit changes what an attestation says', async () => {
  const bytes = await signAttestation(identity, peer)
  const said = await verifyAttestation(bytes, peer)

  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: bytes.byteLength * 8 - 1 }), async (bit) => {
      const changed = bytes.slice()
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      // A protobuf field has more than one encoding: what is left as it was said may stand, nothing else.
      const outcome = await verifyAttestation(changed, peer).catch((error: unknown) => error)
      expect(outcome instanceof InvalidAttestationError ? said : outcome).toEqual(said)
    }),
    cases(7),
  )
})

test('it is refused when it is too large, or an envelope of something else', async () => {
  await expect(verifyAttestation(new Uint8Array(MAX_ATTESTATION_BYTES + 1), peer)).rejects.toThrow('1025 bytes')
  const record = await RecordEnvelope.seal(new PeerRecord({ peerId: peer }), identity.key)
  await expect(verifyAttestation(record.marshal(), peer)).rejects.toThrow('does not hold')
})

test('only Ed25519 keys are identities', async () => {
  const key = await generateKeyPair('secp256k1')
  expect(() => identityFromKey(key, 'x')).toThrow('secp256k1')
})

test('a name is at most 64 bytes of whole characters and hides nothing', () => {
  expect(trimName('  Ana \u202e\u200b\u061c\n')).toBe('Ana')
  expect(trimName('ü'.repeat(33))).toBe('ü'.repeat(32))

  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (name) => {
      const trimmed = trimName(name)
      expect(new TextEncoder().encode(trimmed).byteLength).toBeLessThanOrEqual(MAX_NAME_BYTES)
      expect(trimName(trimmed)).toBe(trimmed)
    }),
    { seed: 11 },
  )
})
