import { sameBytes } from './digest.ts'
import type { DecodedDocument } from './document.ts'
import { decodeDocument, encodeDocument } from './document.ts'
import { DocumentError } from './errors.ts'
import { MAX_DOCUMENT_VERSIONS, NONCE_BYTES } from './limits.ts'
import { toBase64url } from './repository-id.ts'
import { documentSigners, signDocument } from './signature.ts'
import type { PrivateKey } from '@libp2p/interface'
import type { RepositoryDocument } from '../types.ts'

/** The versions of one repository's document, as far as they are followed. */
export interface DocumentChain {
  /** From the first to the one that counts. */
  versions: DecodedDocument[]
  /** The version that counts: the last of `versions`. */
  current: DecodedDocument
  /** Two or more signed successors of `current`, none of which is followed; empty where there is no fork. */
  fork: DecodedDocument[]
}

/**
 * Follows the chain of the repository whose id has `digest` through `documents` (signed, in any order). A version counts
 * when it names its predecessor's hash and `threshold` delegates of that predecessor signed it. Documents that lead
 * nowhere are left out; those that are damaged too. Null where the first one is not among them.
 */
export async function resolveChain(digest: Uint8Array, documents: Uint8Array[]): Promise<DocumentChain | null> {
  const successors = new Map<string, DecodedDocument[]>()
  let first: DecodedDocument | undefined
  for (const bytes of documents) {
    const decoded = await tryDecode(bytes)
    if (decoded == null) continue
    const { predecessor } = decoded.document
    if (predecessor.byteLength > 0) {
      const siblings = successors.get(toBase64url(predecessor)) ?? []
      siblings.push(decoded)
      successors.set(toBase64url(predecessor), siblings)
    } else if (sameBytes(decoded.hash, digest)) {
      first = decoded
    }
  }
  if (first == null) return null
  const versions = [first]
  let current = first
  while (versions.length < MAX_DOCUMENT_VERSIONS) {
    const followers = await signedSuccessors(current, successors.get(toBase64url(current.hash)) ?? [])
    const [follower] = followers
    if (follower == null) break
    if (followers.length > 1) return { versions, current, fork: followers }
    versions.push(follower)
    current = follower
  }
  return { versions, current, fork: [] }
}

/** Is `next` a version that may follow `previous`? */
export async function follows(previous: DecodedDocument, next: DecodedDocument): Promise<boolean> {
  if (!sameBytes(next.document.predecessor, previous.hash)) return false
  const { delegates, threshold } = previous.document
  return (await documentSigners(next, delegates)).length >= threshold
}

/** A new version after `previous`, signed by `key`; with a threshold above 1 others must sign it too. */
export async function nextDocument(
  previous: DecodedDocument,
  changes: Partial<Omit<RepositoryDocument, 'nonce' | 'predecessor' | 'createdAt'>>,
  key: PrivateKey,
): Promise<DecodedDocument> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const document = { ...previous.document, ...changes, nonce, predecessor: previous.hash, createdAt: Date.now() }
  return signDocument(await encodeDocument(document), key)
}

async function signedSuccessors(previous: DecodedDocument, candidates: DecodedDocument[]): Promise<DecodedDocument[]> {
  const valid = new Map<string, DecodedDocument>()
  for (const candidate of candidates) {
    // One document may come with several sets of signatures: it is the same version.
    const hash = toBase64url(candidate.hash)
    if (!valid.has(hash) && (await follows(previous, candidate))) valid.set(hash, candidate)
  }
  return [...valid.values()]
}

async function tryDecode(bytes: Uint8Array): Promise<DecodedDocument | null> {
  try {
    return await decodeDocument(bytes)
  } catch (error) {
    if (error instanceof DocumentError) return null
    throw error
  }
}
