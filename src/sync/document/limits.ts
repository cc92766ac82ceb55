/** Bytes of an encoded document: 64 delegates with names of 64 bytes take 6.3 KiB, name and description the rest. */
export const MAX_DOCUMENT_BYTES = 8 * 1024
/** Bytes of a document with its signatures: 64 of them take 6.5 KiB. */
export const MAX_SIGNED_DOCUMENT_BYTES = 16 * 1024
/** Versions of one document: each is a change of who may move the branches, and every reader checks all of them. */
export const MAX_DOCUMENT_VERSIONS = 64
/** Documents that are kept and told of one repository: all versions, and of a fork as many successors. */
export const MAX_DOCUMENTS = 2 * MAX_DOCUMENT_VERSIONS
export const MAX_DELEGATES = 64
/** Bytes of UTF-8. */
export const MAX_NAME_BYTES = 128
export const MAX_DESCRIPTION_BYTES = 512
/** A person's display name, as in the attestation. */
export const MAX_PERSON_NAME_BYTES = 64
/** `refs/heads/` and a branch fit into a file name of 255 bytes, which is what a ref is in most repositories. */
export const MAX_BRANCH_BYTES = 244
/** Bytes of a repository's nonce, of a SHA-256 digest and of a raw Ed25519 key. */
export const NONCE_BYTES = 32
export const DIGEST_BYTES = 32
export const KEY_BYTES = 32
