/** Bytes of a `NewCommit`. */
export const MAX_NEW_COMMIT_BYTES = 1024
/** Bytes of a `NewRepository`: a document and its listing; longer chains are read from whoever holds the repository. */
export const MAX_NEW_REPOSITORY_BYTES = 4096
/** AES-GCM: bytes of the nonce and of the tag. */
export const SEAL_NONCE_BYTES = 12
export const SEAL_TAG_BYTES = 16
