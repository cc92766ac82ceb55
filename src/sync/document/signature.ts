import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { RecordEnvelope } from '@libp2p/peer-record'
import { SignedDocument } from '../pb/document.ts'
import type { DecodedDocument } from './document.ts'
import { decodeDocument } from './document.ts'
import { toBase64url } from './repository-id.ts'

const DOMAIN = 'guts-document'
const PAYLOAD_TYPE = new TextEncoder().encode('/guts/document')

/** The document with one more signature: that of `key`, over its exact bytes. One that is there already is replaced. */
export async function signDocument(decoded: DecodedDocument, key: PrivateKey): Promise<DecodedDocument> {
  const record = { domain: DOMAIN, codec: PAYLOAD_TYPE, marshal: () => decoded.bytes, equals: () => false }
  const { signature } = await RecordEnvelope.seal(record, key)
  const own = toBase64url(key.publicKey.raw)
  const others = decoded.signatures.filter((other) => toBase64url(other.key) !== own)
  const signatures = [...others, { key: key.publicKey.raw, signature }]
  return decodeDocument(SignedDocument.encode({ document: decoded.bytes, signatures } as SignedDocument))
}

/** Identity ids among `allowed` whose signature of the document holds. */
export async function documentSigners(decoded: DecodedDocument, allowed: string[]): Promise<string[]> {
  const signers = new Set<string>()
  for (const { key, signature } of decoded.signatures) {
    const id = toBase64url(key)
    if (signers.has(id) || !allowed.includes(id)) continue
    const publicKey = publicKeyFromRaw(key)
    const envelope = new RecordEnvelope({ publicKey, payloadType: PAYLOAD_TYPE, payload: decoded.bytes, signature })
    if (await envelope.validate(DOMAIN)) signers.add(id)
  }
  return [...signers]
}
