import { compareBytes, concatenate, hmac } from '../document/digest.ts'
import { toBase64url } from '../document/repository-id.ts'
import { KNOWN_TAG_BYTES, MAX_KNOWN_TAGS } from './limits.ts'
import type { Session } from './proof.ts'

/** Tags are padded to a multiple of this, so that their number does not tell whether anything is held. */
const PADDING = 16
const LABEL = new TextEncoder().encode('known')

/**
 * The `known` of a `GetRefs`: 8 bytes for each header's hash, keyed by the session, sorted, padded with random tags. It
 * goes out together with `Open`, before the other side proved anything: without the id it is noise.
 */
export async function knownTags(session: Session, hashes: Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const tags = await Promise.all(hashes.slice(0, MAX_KNOWN_TAGS).map((hash) => tagOf(session, hash)))
  const length = Math.max(PADDING, Math.ceil(tags.length / PADDING) * PADDING)
  while (tags.length < length) tags.push(crypto.getRandomValues(new Uint8Array(KNOWN_TAG_BYTES)))
  return concatenate(tags.sort(compareBytes))
}

/** Which of `hashes` the asker has, by its `known`. */
export async function knownAmong(session: Session, known: Uint8Array, hashes: Uint8Array[]): Promise<boolean[]> {
  const tags = new Set<string>()
  for (let offset = 0; offset + KNOWN_TAG_BYTES <= known.byteLength; offset += KNOWN_TAG_BYTES) {
    tags.add(toBase64url(known.subarray(offset, offset + KNOWN_TAG_BYTES)))
  }
  return Promise.all(hashes.map(async (hash) => tags.has(toBase64url(await tagOf(session, hash)))))
}

async function tagOf(session: Session, hash: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return (await hmac(session.key, LABEL, hash)).slice(0, KNOWN_TAG_BYTES)
}
