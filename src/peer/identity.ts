import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf, publicKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { MAX_NAME_BYTES } from './config.ts'
import { InvalidKeyError } from './errors.ts'
import type { Ed25519PrivateKey, Ed25519PublicKey, PeerId, PrivateKey } from '@libp2p/interface'
import type { Identity } from './types.ts'

/** Where keys are kept: small values under names. IndexedDB in a browser, files in Node. */
export interface KeyStorage {
  get(name: string): Promise<Uint8Array | undefined>
  set(name: string, value: Uint8Array): Promise<void>
  /** Does nothing where there is none of this name. */
  remove(name: string): Promise<void>
  /** Names that begin with `prefix`, sorted. */
  list(prefix: string): Promise<string[]>
}

/** How an identity leaves this machine and comes back: encrypted with a passphrase. */
export interface IdentityBackup {
  export(identity: Identity, passphrase: string): Promise<Uint8Array>
  import(backup: Uint8Array, passphrase: string): Promise<Identity>
}

const KEY_NAME = 'identity/key'
const NAME_NAME = 'identity/name'

export async function createIdentity(name: string): Promise<Identity> {
  return identityFromKey(await generateKeyPair('Ed25519'), name)
}

/** Throws `InvalidKeyError` unless the key is Ed25519. */
export function identityFromKey(key: PrivateKey, name: string): Identity {
  if (key.type !== 'Ed25519') {
    throw new InvalidKeyError(`an identity's key is Ed25519, this one is ${key.type}`)
  }

  return { key, id: toString(key.publicKey.raw, 'base64url'), name: trimName(name) }
}

/** Reads the identity that is kept there, or makes and keeps a new one. */
export async function loadIdentity(storage: KeyStorage, defaultName: string): Promise<Identity> {
  const kept = await findIdentity(storage, defaultName)

  if (kept !== undefined) {
    return kept
  }

  const identity = await createIdentity(defaultName)
  await saveIdentity(storage, identity)
  return identity
}

/** The identity that is kept there; undefined where there is none. */
export async function findIdentity(storage: KeyStorage, defaultName: string): Promise<Identity | undefined> {
  const [key, name] = await Promise.all([storage.get(KEY_NAME), storage.get(NAME_NAME)])

  return key === undefined
    ? undefined
    : identityFromKey(decodeKey(key), name === undefined ? defaultName : toString(name))
}

export async function saveIdentity(storage: KeyStorage, identity: Identity): Promise<void> {
  await storage.set(KEY_NAME, privateKeyToProtobuf(identity.key))
  await storage.set(NAME_NAME, fromString(identity.name))
}

/** Reads a private key in libp2p's protobuf encoding; throws `InvalidKeyError`. */
export function decodeKey(bytes: Uint8Array): Ed25519PrivateKey {
  let key: PrivateKey

  try {
    key = privateKeyFromProtobuf(bytes)
  } catch (error) {
    throw new InvalidKeyError(
      `what was kept of it is damaged (${error instanceof Error ? error.message : String(error)})`,
    )
  }

  if (key.type !== 'Ed25519') {
    throw new InvalidKeyError(`it is ${key.type}, not Ed25519`)
  }

  return key
}

/** The PeerId of a raw Ed25519 public key, as a link's hint carries it. Throws `InvalidKeyError`. */
export function peerIdFromRawKey(raw: Uint8Array): PeerId {
  return peerIdFromPublicKey(publicKeyFromIdentity(raw))
}

/** Raw Ed25519 key of a PeerId, for a link's hint; undefined for other kinds of keys. */
export function rawKeyFromPeerId(peer: PeerId): Uint8Array | undefined {
  return peer.type === 'Ed25519' ? peer.publicKey.raw : undefined
}

/** Throws `InvalidKeyError` unless `raw` is 32 bytes. */
export function publicKeyFromIdentity(raw: Uint8Array): Ed25519PublicKey {
  if (raw.byteLength !== 32) {
    throw new InvalidKeyError(`an Ed25519 public key has 32 bytes, not ${raw.byteLength}`)
  }

  const key = publicKeyFromRaw(raw)

  if (key.type !== 'Ed25519') {
    throw new InvalidKeyError(`it is ${key.type}, not Ed25519`)
  }

  return key
}

/** Control and bidirectional-override characters would let a name imitate or hide what stands beside it. */
// eslint-disable-next-line no-control-regex -- these are the characters that must go
const UNSAFE_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Cuts a display name to 64 bytes of UTF-8 at a character's end, without characters that hide or reorder text. */
export function trimName(name: string): string {
  const encoder = new TextEncoder()
  let trimmed = ''
  let size = 0

  for (const character of name.replace(UNSAFE_CHARACTERS, '').trim()) {
    size += encoder.encode(character).byteLength

    if (size > MAX_NAME_BYTES) {
      break
    }

    trimmed += character
  }

  return trimmed.trim()
}
