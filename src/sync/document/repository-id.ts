import { base64url } from 'multiformats/bases/base64'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { create as createMultihash } from 'multiformats/hashes/digest'
import { sha256 as sha256Hasher } from 'multiformats/hashes/sha2'
import { sha256 } from './digest.ts'
import { TokenError } from './errors.ts'
import { DIGEST_BYTES } from './limits.ts'

const TOKEN = /^[A-Za-z0-9_-]{43}$/
const DISCOVERY = new TextEncoder().encode('guts-discovery')

/** CIDv1 (raw, sha2-256) of the first document's bytes: names the repository and is the right to read it. */
export type RepositoryId = CID

export function repositoryId(digest: Uint8Array): RepositoryId {
  return CID.createV1(raw.code, createMultihash(sha256Hasher.code, digest))
}

/** base64url of the id's digest, without padding: the repository in a URL. */
export function tokenOf(digest: Uint8Array): string {
  return toBase64url(digest)
}

/** Throws `TokenError` unless `token` is the one spelling of a digest. */
export function digestOf(token: string): Uint8Array<ArrayBuffer> {
  if (!TOKEN.test(token)) throw new TokenError(token)
  const digest = fromBase64url(token)
  // 43 characters carry 258 bits: a spelling with any of the two spare bits set would be a second name.
  if (digest == null || digest.byteLength !== DIGEST_BYTES || tokenOf(digest) !== token) throw new TokenError(token)
  return digest
}

/** SHA-256(`guts-discovery` ‖ digest): the only name of a repository outside of the streams that proved its id. */
export async function discoveryKey(digest: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(DISCOVERY, digest)
}

export function toBase64url(bytes: Uint8Array): string {
  return base64url.baseEncode(bytes)
}

/** Null where `text` is not base64url without padding. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return null
  try {
    return Uint8Array.from(base64url.baseDecode(text))
  } catch (error) {
    // Bits left over at the end: a damaged copy, which the caller names.
    if (error instanceof SyntaxError) return null
    throw error
  }
}
