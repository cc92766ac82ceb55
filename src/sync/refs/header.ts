import type { PrivateKey } from '@libp2p/interface'
import { RecordEnvelope } from '@libp2p/peer-record'
import { sameBytes, sha256 } from '../document/digest.ts'
import { DIGEST_BYTES, MAX_PERSON_NAME_BYTES } from '../document/limits.ts'
import { toBase64url } from '../document/repository-id.ts'
import { textProblem } from '../document/text.ts'
import { SignedRefsHeader } from '../pb/signed-refs.ts'
import { MAX_HEADER_BYTES } from '../wire/limits.ts'
import { HeaderError } from './errors.ts'
import { decodeRefsList, encodeRefsList, type SignedRef } from './list.ts'
import { refNameProblem } from './names.ts'

const DOMAIN = 'guts-signed-refs'
const PAYLOAD_TYPE = new TextEncoder().encode('/guts/signed-refs')
export const WRITER_BYTES = 16

/** A signed header whose signature holds. */
export interface OpenedHeader {
  /** The envelope as received: what is kept and sent on. */
  envelope: Uint8Array<ArrayBuffer>
  /**
   * SHA-256 of the signed payload, as received. Not of the envelope: that has several encodings, and whoever passes one
   * on could make an honest writer look as if it had signed twice.
   */
  hash: Uint8Array<ArrayBuffer>
  /** Digest of the repository's id. */
  repository: Uint8Array
  /** SHA-256 of the document that it was signed under. */
  document: Uint8Array
  /** Identity id of the signer, base64url. */
  identity: string
  /** 16 bytes, base64url. */
  writer: string
  sequence: number
  /** Hash of the writer's header before; empty in the first. */
  previous: Uint8Array
  /** Unix milliseconds. */
  time: number
  /** Self-claimed by the signer. */
  name: string
  /** SHA-256 of the refs list. */
  list: Uint8Array
  /** Full name of the branch that HEAD names, or null. */
  head: string | null
}

export interface NewHeader {
  repository: Uint8Array
  document: Uint8Array
  writer: Uint8Array
  sequence: number
  previous: Uint8Array
  /** Unix milliseconds; default now. */
  time?: number
  name: string
  refs: SignedRef[]
  head: string | null
}

/** Signs one writer's refs with the identity's key. */
export async function signRefs(
  fields: NewHeader,
  key: PrivateKey,
): Promise<{ header: OpenedHeader; list: Uint8Array<ArrayBuffer> }> {
  const list = encodeRefsList(fields.refs)
  const payload = SignedRefsHeader.encode({
    ...fields,
    signer: key.publicKey.raw,
    time: fields.time ?? Date.now(),
    list: await sha256(list),
    head: fields.head ?? '',
  } as SignedRefsHeader)
  const record = { domain: DOMAIN, codec: PAYLOAD_TYPE, marshal: () => payload, equals: () => false }
  const envelope = await RecordEnvelope.seal(record, key)
  return { header: await openHeader(envelope.marshal()), list }
}

/** Checks the signature and every field by itself. Throws `HeaderError`. */
export async function openHeader(envelopeBytes: Uint8Array): Promise<OpenedHeader> {
  if (envelopeBytes.byteLength > MAX_HEADER_BYTES) throw new HeaderError(`it is longer than ${MAX_HEADER_BYTES} bytes`)
  const bytes = Uint8Array.from(envelopeBytes)
  const { envelope, payload, fields } = decode(bytes)
  if (envelope.publicKey.type !== 'Ed25519') throw new HeaderError('its key is not Ed25519')
  if (!sameBytes(envelope.payloadType, PAYLOAD_TYPE)) throw new HeaderError('it is something else')
  checkFields(fields)
  if (!sameBytes(fields.signer, envelope.publicKey.raw))
    throw new HeaderError('somebody else signed it', { forged: true })
  if (!(await envelope.validate(DOMAIN))) throw new HeaderError('its signature is wrong', { forged: true })
  return {
    envelope: bytes,
    hash: await sha256(payload),
    repository: fields.repository,
    document: fields.document,
    identity: toBase64url(fields.signer),
    writer: toBase64url(fields.writer),
    sequence: fields.sequence,
    previous: fields.previous,
    time: fields.time,
    name: fields.name,
    list: fields.list,
    head: fields.head === '' ? null : fields.head,
  }
}

/** The list of a header: throws `HeaderError` where it is another, `RefsListError` where it breaks a rule. */
export async function openList(header: OpenedHeader, list: Uint8Array): Promise<SignedRef[]> {
  if (!sameBytes(await sha256(list), header.list))
    throw new HeaderError('its list of branches is another', { forged: true })
  return decodeRefsList(list)
}

function decode(bytes: Uint8Array): { envelope: RecordEnvelope; payload: Uint8Array; fields: SignedRefsHeader } {
  try {
    const envelope = RecordEnvelope.createFromProtobuf(bytes)
    const payload = envelope.payload.subarray()
    return { envelope, payload, fields: SignedRefsHeader.decode(payload) }
  } catch (error) {
    throw new HeaderError('it is damaged', { cause: error })
  }
}

function checkFields(fields: SignedRefsHeader): void {
  for (const digest of [fields.repository, fields.document, fields.signer, fields.list]) {
    if (digest.byteLength !== DIGEST_BYTES) throw new HeaderError('a digest in it is none')
  }
  const previous = fields.previous.byteLength
  if (previous !== 0 && previous !== DIGEST_BYTES) throw new HeaderError('its predecessor is none')
  if (fields.writer.byteLength !== WRITER_BYTES) throw new HeaderError('its writer is none')
  if (!Number.isSafeInteger(fields.sequence) || fields.sequence < 1) throw new HeaderError('its sequence is none')
  if (!Number.isSafeInteger(fields.time)) throw new HeaderError('its time is none')
  const problem = textProblem(fields.name, { max: MAX_PERSON_NAME_BYTES })
  if (problem != null) throw new HeaderError(`the signer's name ${problem}`)
  if (fields.head === '') return
  const headProblem = fields.head.startsWith('refs/heads/') ? refNameProblem(fields.head) : 'is no branch'
  if (headProblem != null) throw new HeaderError(`its HEAD ${headProblem}`)
}
