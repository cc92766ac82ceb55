import type { PeerId } from '@libp2p/interface'
import { concatenate, hkdf, hmac, sameBytes, sha256 } from '../document/digest.ts'
import { discoveryKey } from '../document/repository-id.ts'
import type { Challenge, Open, OpenTransfer, Opened } from '../pb/sync.ts'
import { NONCE_BYTES, PROOF_BYTES } from './limits.ts'

const encoder = new TextEncoder()
const OPENER = 0
const ACCEPTOR = 1

/** What both sides of a control stream share once each proved that it knows the repository's id. */
export interface Session {
  /** Digest of the repository's id. */
  digest: Uint8Array
  discoveryKey: Uint8Array
  /** 32 bytes that only the two peers of this stream can know, and only if they know the id. */
  key: Uint8Array
}

/** The opener's half of a handshake: `message` goes out, and `verify` judges the answer. */
export interface Opening {
  message: Open
  /** Valid for building pipelined requests at once; what it makes says nothing to somebody without the id. */
  session: Session
  /** False: the other side holds nothing, or does not know the id. */
  verify(answer: Opened): boolean
}

/** The acceptor's half: `answer` goes out whatever happened; `session` is null where nothing may be told. */
export interface Acceptance {
  answer: Opened
  session: Session | null
}

/** First message of whoever accepted a stream. */
export function createChallenge(): Challenge {
  return { nonce: crypto.getRandomValues(new Uint8Array(NONCE_BYTES)) }
}

/** The opener's answer to `challenge`, for the repository with `digest`. */
export async function openHandshake(
  digest: Uint8Array,
  peers: { local: PeerId; remote: PeerId },
  challenge: Challenge,
): Promise<Opening> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const transcript = transcriptOf(peers.local, peers.remote, nonce, challenge.nonce)
  const proofs = await proofsOf(digest, transcript)
  const key = await discoveryKey(digest)
  return {
    message: { discoveryKey: key, nonce, proof: proofs.opener },
    session: { digest, discoveryKey: key, key: proofs.session },
    verify: (answer) => sameBytes(answer.proof, proofs.acceptor),
  }
}

/**
 * Judges `open` against what is held here: `find` gives the id's digest for a discovery key. Whether nothing is held or
 * the proof failed, the answer is random bytes made by the same work, and the session null.
 */
export async function acceptHandshake(
  open: Open,
  peers: { local: PeerId; remote: PeerId },
  challenge: Challenge,
  find: (discoveryKey: Uint8Array) => Uint8Array | undefined,
): Promise<Acceptance> {
  const random = crypto.getRandomValues(new Uint8Array(PROOF_BYTES))
  const held = find(open.discoveryKey)
  const digest = held ?? crypto.getRandomValues(new Uint8Array(32))
  const transcript = transcriptOf(peers.remote, peers.local, open.nonce, challenge.nonce)
  const proofs = await proofsOf(digest, transcript)
  const proved = sameBytes(open.proof, proofs.opener) && held != null
  if (!proved) return { answer: { proof: random }, session: null }
  const session = { digest, discoveryKey: open.discoveryKey, key: proofs.session }
  return { answer: { proof: proofs.acceptor }, session }
}

/** First message of a transfer stream: it belongs to the control stream of `session`. */
export async function openTransfer(session: Session, transfer: number): Promise<OpenTransfer> {
  return {
    discoveryKey: Uint8Array.from(session.discoveryKey),
    transfer,
    proof: await transferProof(session, transfer),
  }
}

/** Does this transfer stream belong to the control stream of `session`? */
export async function verifyTransfer(session: Session, open: OpenTransfer): Promise<boolean> {
  return (
    sameBytes(session.discoveryKey, open.discoveryKey) &&
    sameBytes(open.proof, await transferProof(session, open.transfer))
  )
}

async function transferProof(session: Session, transfer: number): Promise<Uint8Array<ArrayBuffer>> {
  const number = new Uint8Array(4)
  new DataView(number.buffer).setUint32(0, transfer)
  return hmac(session.key, encoder.encode('transfer'), number)
}

/** Both PeerIds in role order, each after its length, and both nonces: whoever stands in between has another. */
function transcriptOf(
  opener: PeerId,
  acceptor: PeerId,
  openerNonce: Uint8Array,
  acceptorNonce: Uint8Array,
): Uint8Array {
  const ids = [opener.toMultihash().bytes, acceptor.toMultihash().bytes]
  const prefixed = ids.flatMap((id) => [Uint8Array.of(id.byteLength), id])
  return concatenate([...prefixed, openerNonce, acceptorNonce])
}

async function proofsOf(
  digest: Uint8Array,
  transcript: Uint8Array,
): Promise<Record<'opener' | 'acceptor' | 'session', Uint8Array<ArrayBuffer>>> {
  const key = await hkdf(digest, 'guts-proof')
  const [opener, acceptor, session] = await Promise.all([
    hmac(key, Uint8Array.of(OPENER), transcript),
    hmac(key, Uint8Array.of(ACCEPTOR), transcript),
    sha256(transcript).then((salt) => hkdf(digest, 'guts-session', salt)),
  ])
  return { opener, acceptor, session }
}
