import type { RepositoryDocument } from '../types.ts'
import { Document, SignedDocument } from '../pb/document.ts'
import { branchProblem } from '../refs/names.ts'
import { sha256 } from './digest.ts'
import { DocumentError } from './errors.ts'
import {
  DIGEST_BYTES,
  KEY_BYTES,
  MAX_BRANCH_BYTES,
  MAX_DELEGATES,
  MAX_DESCRIPTION_BYTES,
  MAX_DOCUMENT_BYTES,
  MAX_NAME_BYTES,
  MAX_PERSON_NAME_BYTES,
  MAX_SIGNED_DOCUMENT_BYTES,
  NONCE_BYTES,
} from './limits.ts'
import { fromBase64url, toBase64url } from './repository-id.ts'
import { textProblem } from './text.ts'

/** One version of a repository document as it came, with what it says. */
export interface DecodedDocument {
  document: RepositoryDocument
  /** The exact bytes that are signed and hashed. */
  bytes: Uint8Array<ArrayBuffer>
  /** SHA-256 of `bytes`; of the first version it is the digest of the repository's id. */
  hash: Uint8Array<ArrayBuffer>
  signatures: Array<{ key: Uint8Array; signature: Uint8Array }>
  /** The encoded `SignedDocument`, as received: what is kept and sent on. */
  signed: Uint8Array<ArrayBuffer>
}

export interface NewDocument {
  name: string
  description: string
  defaultBranch: string
  /** Identity ids. */
  delegates: string[]
  delegateNames: string[]
  /** Default 1. */
  threshold?: number
  /** Unix milliseconds; default now. */
  createdAt?: number
}

/** The first document of a new repository. Throws `DocumentError` where a field breaks a rule. */
export async function createDocument(fields: NewDocument): Promise<DecodedDocument> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  return encodeDocument({
    ...fields,
    threshold: fields.threshold ?? 1,
    createdAt: fields.createdAt ?? Date.now(),
    nonce,
    predecessor: new Uint8Array(0),
  })
}

/** Encodes once; from here on the bytes are the document. The result has no signatures. */
export async function encodeDocument(document: RepositoryDocument): Promise<DecodedDocument> {
  const delegates = document.delegates.map((id) => {
    const key = fromBase64url(id)
    if (key == null) throw new DocumentError('delegates', 'has something that is no identity')
    return key
  })
  const bytes = Document.encode({ ...document, delegates } as Document)
  return decodeDocument(SignedDocument.encode({ document: bytes, signatures: [] }))
}

/** Checks everything that can be checked without the version before. Throws `DocumentError`. */
export async function decodeDocument(signed: Uint8Array): Promise<DecodedDocument> {
  if (signed.byteLength > MAX_SIGNED_DOCUMENT_BYTES) {
    throw new DocumentError('it', `is longer than ${MAX_SIGNED_DOCUMENT_BYTES} bytes`)
  }
  const copy = Uint8Array.from(signed)
  const envelope = decode(() => SignedDocument.decode(copy))
  const bytes = envelope.document
  if (bytes.byteLength > MAX_DOCUMENT_BYTES) throw new DocumentError('it', `is longer than ${MAX_DOCUMENT_BYTES} bytes`)
  const fields = decode(() => Document.decode(bytes))
  checkFields(fields)
  for (const { key, signature } of envelope.signatures) {
    if (key.byteLength !== KEY_BYTES || signature.byteLength !== 64) {
      throw new DocumentError('signatures', 'has one of the wrong length')
    }
  }
  return {
    document: { ...fields, delegates: fields.delegates.map(toBase64url) },
    bytes,
    hash: await sha256(bytes),
    signatures: envelope.signatures,
    signed: copy,
  }
}

function decode<T>(decoder: () => T): T {
  try {
    return decoder()
  } catch (error) {
    throw new DocumentError('it', 'is damaged', { cause: error })
  }
}

function checkFields(fields: Document): void {
  checkText('name', fields.name, { min: 1, max: MAX_NAME_BYTES })
  checkText('description', fields.description, { max: MAX_DESCRIPTION_BYTES, multiline: true })
  checkText('default branch', fields.defaultBranch, { min: 1, max: MAX_BRANCH_BYTES })
  const problem = branchProblem(fields.defaultBranch)
  if (problem != null) throw new DocumentError('default branch', problem)
  const count = fields.delegates.length
  if (count < 1 || count > MAX_DELEGATES) throw new DocumentError('delegates', `must be 1 to ${MAX_DELEGATES}`)
  if (fields.delegates.some((key) => key.byteLength !== KEY_BYTES)) {
    throw new DocumentError('delegates', 'has something that is no identity')
  }
  if (new Set(fields.delegates.map(toBase64url)).size !== count) throw new DocumentError('delegates', 'has one twice')
  if (fields.delegateNames.length !== count) throw new DocumentError('delegate names', 'must be one for each delegate')
  for (const name of fields.delegateNames) checkText('delegate names', name, { max: MAX_PERSON_NAME_BYTES })
  if (fields.threshold < 1 || fields.threshold > count) throw new DocumentError('threshold', `must be 1 to ${count}`)
  if (!Number.isSafeInteger(fields.createdAt)) throw new DocumentError('creation time', 'is no time')
  if (fields.nonce.byteLength !== NONCE_BYTES) throw new DocumentError('nonce', `must be ${NONCE_BYTES} bytes`)
  const { byteLength } = fields.predecessor
  if (byteLength !== 0 && byteLength !== DIGEST_BYTES) throw new DocumentError('predecessor', 'is no digest')
}

function checkText(field: string, text: string, limits: Parameters<typeof textProblem>[1]): void {
  const problem = textProblem(text, limits)
  if (problem != null) throw new DocumentError(field, problem)
}
