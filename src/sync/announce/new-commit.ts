import { concatenate, hkdf } from '../document/digest.ts'
import { discoveryKey } from '../document/repository-id.ts'
import { NewCommit } from '../pb/announce.ts'
import { MAX_HEADER_BYTES } from '../wire/limits.ts'
import { AnnouncementError } from './errors.ts'
import { MAX_NEW_COMMIT_BYTES, SEAL_NONCE_BYTES, SEAL_TAG_BYTES } from './limits.ts'

/** What everybody can read of an announcement. */
export interface CommitAnnouncement {
  discoveryKey: Uint8Array<ArrayBuffer>
  /** Listed: the header's envelope. Unlisted: nonce, ciphertext and tag. */
  body: { kind: 'header'; header: Uint8Array<ArrayBuffer> } | { kind: 'sealed'; sealed: Uint8Array<ArrayBuffer> }
}

/**
 * The gossip about a header that was just stored. An unlisted repository's is sealed with AES-256-GCM under a key from
 * its id, with the discovery key as additional data, so that it cannot be moved to another repository.
 */
export async function encodeNewCommit(
  digest: Uint8Array,
  header: Uint8Array,
  options: { listed: boolean },
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await discoveryKey(digest)
  const body = options.listed ? { header: Uint8Array.from(header) } : { sealed: await seal(digest, key, header) }
  const bytes = NewCommit.encode({ discoveryKey: key, ...body })
  if (bytes.byteLength > MAX_NEW_COMMIT_BYTES)
    throw new AnnouncementError(`it is longer than ${MAX_NEW_COMMIT_BYTES} bytes`)
  return bytes
}

/** Checks size and shape. Throws `AnnouncementError`. */
export function decodeNewCommit(bytes: Uint8Array): CommitAnnouncement {
  if (bytes.byteLength > MAX_NEW_COMMIT_BYTES)
    throw new AnnouncementError(`it is longer than ${MAX_NEW_COMMIT_BYTES} bytes`)
  const message = decode(bytes)
  if (message.discoveryKey.byteLength !== 32) throw new AnnouncementError('its discovery key is none')
  const { header, sealed } = message
  if (header != null && header.byteLength > 0 && header.byteLength <= MAX_HEADER_BYTES) {
    return { discoveryKey: message.discoveryKey, body: { kind: 'header', header } }
  }
  const overhead = SEAL_NONCE_BYTES + SEAL_TAG_BYTES
  if (sealed != null && sealed.byteLength > overhead && sealed.byteLength <= overhead + MAX_HEADER_BYTES) {
    return { discoveryKey: message.discoveryKey, body: { kind: 'sealed', sealed } }
  }
  throw new AnnouncementError('it carries no header')
}

/** The header's envelope, for somebody who holds the repository. Throws `AnnouncementError` where the seal is not ours. */
export async function openNewCommit(
  digest: Uint8Array,
  announcement: CommitAnnouncement,
): Promise<Uint8Array<ArrayBuffer>> {
  if (announcement.body.kind === 'header') return announcement.body.header
  const { sealed } = announcement.body
  const nonce = sealed.subarray(0, SEAL_NONCE_BYTES)
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: announcement.discoveryKey }
  try {
    const plain = await crypto.subtle.decrypt(parameters, await gossipKey(digest), sealed.subarray(SEAL_NONCE_BYTES))
    return new Uint8Array(plain)
  } catch (error) {
    throw new AnnouncementError('its seal is not of this repository', { cause: error })
  }
}

async function seal(
  digest: Uint8Array,
  key: Uint8Array<ArrayBuffer>,
  header: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const nonce = crypto.getRandomValues(new Uint8Array(SEAL_NONCE_BYTES))
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: key }
  const cipher = await crypto.subtle.encrypt(parameters, await gossipKey(digest), Uint8Array.from(header))
  return concatenate([nonce, new Uint8Array(cipher)])
}

async function gossipKey(digest: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', await hkdf(digest, 'guts-gossip'), 'AES-GCM', false, ['encrypt', 'decrypt'])
}

function decode(bytes: Uint8Array): NewCommit {
  try {
    return NewCommit.decode(Uint8Array.from(bytes))
  } catch (error) {
    throw new AnnouncementError('it is damaged', { cause: error })
  }
}
