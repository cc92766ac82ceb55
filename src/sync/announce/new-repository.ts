import type { PrivateKey } from '@libp2p/interface'
import { RecordEnvelope } from '@libp2p/peer-record'
import { resolveChain, type DocumentChain } from '../document/chain.ts'
import { sameBytes } from '../document/digest.ts'
import { toBase64url } from '../document/repository-id.ts'
import { Listing, NewRepository } from '../pb/announce.ts'
import { AnnouncementError } from './errors.ts'
import { MAX_NEW_REPOSITORY_BYTES } from './limits.ts'

const DOMAIN = 'guts-listing'
const PAYLOAD_TYPE = new TextEncoder().encode('/guts/listing')
/** Milliseconds that a listing's time may be ahead of the clock. */
const MAX_AHEAD = 24 * 60 * 60 * 1000

/** A repository that one of its delegates made public. */
export interface ListedRepository {
  /** Digest of its id: whoever hears of it may read it. */
  digest: Uint8Array
  chain: DocumentChain
  /** Identity that listed it. */
  by: string
  /** Unix milliseconds. */
  time: number
  withdrawn: boolean
}

/** The gossip that lists a repository. Throws `AnnouncementError` unless `key` is a delegate's. */
export async function encodeNewRepository(
  digest: Uint8Array,
  chain: DocumentChain,
  key: PrivateKey,
  options: { withdrawn?: boolean; time?: number } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { withdrawn = false, time = Date.now() } = options
  const payload = Listing.encode({ repository: Uint8Array.from(digest), document: chain.current.hash, time, withdrawn })
  const record = { domain: DOMAIN, codec: PAYLOAD_TYPE, marshal: () => payload, equals: () => false }
  const listing = Uint8Array.from((await RecordEnvelope.seal(record, key)).marshal())
  const bytes = NewRepository.encode({ documents: chain.versions.map(({ signed }) => signed), listing })
  await openNewRepository(bytes)
  return bytes
}

/** Checks documents, signature and that a delegate signed. Throws `AnnouncementError`. */
export async function openNewRepository(bytes: Uint8Array, now: number = Date.now()): Promise<ListedRepository> {
  if (bytes.byteLength > MAX_NEW_REPOSITORY_BYTES) {
    throw new AnnouncementError(`it is longer than ${MAX_NEW_REPOSITORY_BYTES} bytes`)
  }
  const { documents, envelope, listing } = decode(bytes)
  const chain = await resolveChain(listing.repository, documents)
  if (chain == null) throw new AnnouncementError('its documents are of another repository')
  if (!sameBytes(chain.current.hash, listing.document)) throw new AnnouncementError('it is about another document')
  if (envelope.publicKey.type !== 'Ed25519') throw new AnnouncementError('its key is not Ed25519')
  const by = toBase64url(envelope.publicKey.raw)
  if (!chain.current.document.delegates.includes(by)) throw new AnnouncementError('no delegate signed it')
  if (!sameBytes(envelope.payloadType, PAYLOAD_TYPE)) throw new AnnouncementError('it is something else')
  if (!Number.isSafeInteger(listing.time) || listing.time > now + MAX_AHEAD)
    throw new AnnouncementError('its time is none')
  if (!(await envelope.validate(DOMAIN))) throw new AnnouncementError('its signature is wrong')
  return { digest: listing.repository, chain, by, time: listing.time, withdrawn: listing.withdrawn }
}

function decode(bytes: Uint8Array): { documents: Uint8Array[]; envelope: RecordEnvelope; listing: Listing } {
  try {
    const message = NewRepository.decode(Uint8Array.from(bytes))
    const envelope = RecordEnvelope.createFromProtobuf(message.listing)
    return { documents: message.documents, envelope, listing: Listing.decode(envelope.payload.subarray()) }
  } catch (error) {
    throw new AnnouncementError('it is damaged', { cause: error })
  }
}
