import { RecordEnvelope } from '@libp2p/peer-record'
import { toString } from 'uint8arrays/to-string'
import { ATTESTATION_LIFETIME, CLOCK_TOLERANCE, MAX_ATTESTATION_BYTES, MAX_NAME_BYTES } from './config.ts'
import { InvalidAttestationError } from './errors.ts'
import { trimName } from './identity.ts'
import { Attestation } from './pb/attestation.ts'
import type { Envelope, PeerId, Record } from '@libp2p/interface'
import type { Identity } from './types.ts'

const DOMAIN = 'guts-attestation'
const PAYLOAD_TYPE = new TextEncoder().encode('/guts/attestation/1')

export interface VerifiedAttestation {
  /** The identity's raw Ed25519 key, base64url. */
  id: string
  name: string
  /** Unix milliseconds. */
  expires: number
  /** Unix milliseconds, as far as its expiry tells: the name is as old. */
  signedAt: number
}

class AttestationRecord implements Record {
  readonly domain = DOMAIN
  readonly codec = PAYLOAD_TYPE
  readonly #payload: Uint8Array

  constructor(payload: Uint8Array) {
    this.#payload = payload
  }

  marshal(): Uint8Array {
    return this.#payload
  }

  equals(other: Record): boolean {
    return other.domain === this.domain && toString(toBytes(other.marshal())) === toString(this.#payload)
  }
}

/**
 * Signs that `identity` runs the peer `peer`: a libp2p signed envelope (RFC 0002) with the domain `guts-attestation`.
 */
export async function signAttestation(identity: Identity, peer: PeerId, now = Date.now()): Promise<Uint8Array> {
  const payload = Attestation.encode({
    peer: peer.toMultihash().bytes,
    identity: identity.key.publicKey.raw as Uint8Array<ArrayBuffer>,
    expires: BigInt(now + ATTESTATION_LIFETIME),
    name: trimName(identity.name),
  })

  return (await RecordEnvelope.seal(new AttestationRecord(payload), identity.key)).marshal()
}

/** Checks signature, peer, key and expiry. Throws `InvalidAttestationError`. */
export async function verifyAttestation(
  bytes: Uint8Array,
  peer: PeerId,
  now = Date.now(),
): Promise<VerifiedAttestation> {
  if (bytes.byteLength > MAX_ATTESTATION_BYTES) {
    throw new InvalidAttestationError(`it has ${bytes.byteLength} bytes, more than ${MAX_ATTESTATION_BYTES}`)
  }

  const { envelope, attestation } = await open(bytes)
  const key = envelope.publicKey
  const expires = Number(attestation.expires)

  if (key.type !== 'Ed25519' || !equal(key.raw, attestation.identity)) {
    throw new InvalidAttestationError('it is not signed by the identity that it names')
  }
  if (!equal(attestation.peer, peer.toMultihash().bytes)) {
    throw new InvalidAttestationError('it was made for another peer')
  }
  if (expires < now - CLOCK_TOLERANCE) {
    throw new InvalidAttestationError(`it expired at ${new Date(expires).toISOString()}`)
  }
  if (expires > now + ATTESTATION_LIFETIME + CLOCK_TOLERANCE) {
    throw new InvalidAttestationError('it is valid for longer than a day')
  }
  if (new TextEncoder().encode(attestation.name).byteLength > MAX_NAME_BYTES) {
    throw new InvalidAttestationError(`its name is longer than ${MAX_NAME_BYTES} bytes`)
  }

  const id = toString(attestation.identity, 'base64url')

  return { id, name: trimName(attestation.name), expires, signedAt: expires - ATTESTATION_LIFETIME }
}

async function open(bytes: Uint8Array): Promise<{ envelope: Envelope; attestation: Attestation }> {
  let envelope: RecordEnvelope
  let attestation: Attestation

  try {
    envelope = await RecordEnvelope.openAndCertify(bytes, DOMAIN)
    attestation = Attestation.decode(envelope.payload)
  } catch (error) {
    throw new InvalidAttestationError(error instanceof Error ? error.message : String(error))
  }

  if (!equal(envelope.payloadType, PAYLOAD_TYPE)) {
    throw new InvalidAttestationError('the envelope holds something else')
  }

  return { envelope, attestation }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index])
}

function toBytes(bytes: Uint8Array | { subarray(): Uint8Array }): Uint8Array {
  return bytes instanceof Uint8Array ? bytes : bytes.subarray()
}
