import type { PeerId } from '@libp2p/interface'
import { pbStream } from '@libp2p/utils'
import type { GutsPeer } from '../peer/index.ts'
import { concatenate, hkdf, hmac, sameBytes, sha256 } from './document/digest.ts'
import { digestOf, fromBase64url, toBase64url } from './document/repository-id.ts'
import { Claim, ClaimAnswer, ClaimStatus } from './pb/claim.ts'

/** A holder that its owner started hands a repository's maintenance to the browser that opens its local URL. */
export const CLAIM_PROTOCOL = '/guts/claim/1.0.0'

/** Random bytes of a code: 22 characters in the URL, beyond guessing. */
const CODE_BYTES = 16
const PROOF_BYTES = 32
/** A claim is two fields of 32 bytes. */
const MAX_CLAIM_BYTES = 256
const CLAIM_TIMEOUT = 15_000
/** How long a claim waits for the Hello of its connection, which a page may overtake. */
const HELLO_WAIT = 5_000
const encoder = new TextEncoder()

export type ClaimRefusal = 'wrong' | 'used' | 'no-identity' | 'failed'

const REFUSALS: Record<ClaimRefusal, string> = {
  wrong: 'This code is not valid any more. Start the share again in the terminal: it prints a new URL.',
  used: 'This URL was used by another browser first. Start the share again in the terminal: it prints a new one.',
  'no-identity': 'The device that shares this repository does not know who you are yet. Reload the page.',
  failed: 'The device that shares this repository could not make you a maintainer; its terminal says why.',
}

export class ClaimRefusedError extends Error {
  static override readonly name = 'ClaimRefusedError'
  override readonly name = 'ClaimRefusedError'
  readonly refusal: ClaimRefusal
  constructor(refusal: ClaimRefusal) {
    super(REFUSALS[refusal])
    this.refusal = refusal
  }
}

/**
 * Makes this peer's identity a maintainer of the repository `token` by the one-time `code` of the local URL. `holder` is
 * the PeerId of the peer that printed it. Rejects with `ClaimRefusedError` or the connection's error.
 */
export async function claimMaintainer(
  peer: GutsPeer,
  token: string,
  code: string,
  holder: string,
  signal?: AbortSignal,
): Promise<void> {
  const secret = fromBase64url(code)
  if (secret?.byteLength !== CODE_BYTES) throw new ClaimRefusedError('wrong')
  const within = AbortSignal.any([AbortSignal.timeout(CLAIM_TIMEOUT), ...(signal == null ? [] : [signal])])
  const { stream, connection } = await peer.openStream(holder, CLAIM_PROTOCOL, { signal: within })
  try {
    const messages = pbStream(stream, { maxDataLength: MAX_CLAIM_BYTES })
    const digest = digestOf(token)
    const proof = await proofOf(secret, digest, peer.peerId, connection.remotePeer)
    await messages.write({ repository: await nameOf(digest), proof }, Claim, { signal: within })
    const { status } = await messages.read(ClaimAnswer, { signal: within })
    await stream.close({ signal: within })
    refuseUnlessAccepted(status)
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}

function refuseUnlessAccepted(status: ClaimStatus): void {
  switch (status) {
    case ClaimStatus.CLAIM_ACCEPTED:
      return
    case ClaimStatus.CLAIM_WRONG:
      throw new ClaimRefusedError('wrong')
    case ClaimStatus.CLAIM_USED:
      throw new ClaimRefusedError('used')
    case ClaimStatus.CLAIM_NO_IDENTITY:
      throw new ClaimRefusedError('no-identity')
    case ClaimStatus.CLAIM_FAILED:
    case ClaimStatus.CLAIM_UNKNOWN:
      throw new ClaimRefusedError('failed')
  }
}

export interface ClaimsOptions {
  /** Adds the identity to the delegates; does nothing where it is one. */
  addMaintainer(token: string, identity: { id: string; name: string }): Promise<void>
  /** Told what `addMaintainer` rejected with. */
  onError(error: unknown): void
}

interface OneTimeCode {
  secret: Uint8Array
  digest: Uint8Array
  token: string
  /** Identity that used it. */
  usedBy: string | null
}

/** The holder's side: one-time codes, and who used them. */
export class Claims {
  readonly #peer: GutsPeer
  readonly #options: ClaimsOptions
  /** By the repository's name in a claim, hex. */
  readonly #codes = new Map<string, OneTimeCode>()

  constructor(peer: GutsPeer, options: ClaimsOptions) {
    this.#peer = peer
    this.#options = options
  }

  start(): Promise<void> {
    return this.#peer.handle(
      CLAIM_PROTOCOL,
      async (stream, connection) => {
        const signal = AbortSignal.timeout(CLAIM_TIMEOUT)
        try {
          const messages = pbStream(stream, { maxDataLength: MAX_CLAIM_BYTES })
          const claim = await messages.read(Claim, { signal })
          const status = await this.#judge(claim, connection.remotePeer, signal)
          await messages.write({ status }, ClaimAnswer, { signal })
          await stream.close({ signal })
        } catch (error) {
          stream.abort(error instanceof Error ? error : new Error(String(error)))
        }
      },
      { maxInboundStreams: 2 },
    )
  }

  /** A new code for the repository; an older one ends. */
  async issue(token: string): Promise<string> {
    const digest = digestOf(token)
    const secret = crypto.getRandomValues(new Uint8Array(CODE_BYTES))
    this.#codes.set(hex(await nameOf(digest)), { secret, digest, token, usedBy: null })
    return toBase64url(secret)
  }

  async #judge(claim: Claim, claimant: PeerId, signal: AbortSignal): Promise<ClaimStatus> {
    const code = this.#codes.get(hex(claim.repository))
    // The same work whether the repository is known or not.
    const { secret, digest } = code ?? { secret: new Uint8Array(CODE_BYTES), digest: new Uint8Array(PROOF_BYTES) }
    const proved = sameBytes(claim.proof, await proofOf(secret, digest, claimant, this.#peer.peerId))
    if (!proved || code === undefined) return ClaimStatus.CLAIM_WRONG
    const identity = await this.#identityOf(claimant.toString(), signal)
    if (identity === null) return ClaimStatus.CLAIM_NO_IDENTITY
    if (code.usedBy !== null && code.usedBy !== identity.id) return ClaimStatus.CLAIM_USED
    // Before anything is awaited: of two claims that come at once one is the first.
    code.usedBy = identity.id
    try {
      await this.#options.addMaintainer(code.token, identity)
      return ClaimStatus.CLAIM_ACCEPTED
    } catch (error) {
      code.usedBy = null
      this.#options.onError(error)
      return ClaimStatus.CLAIM_FAILED
    }
  }

  /** Verified by Hello, which is waited for. */
  async #identityOf(peer: string, signal: AbortSignal): Promise<{ id: string; name: string } | null> {
    const until = Date.now() + HELLO_WAIT
    for (;;) {
      const identity = this.#peer.peers.get(peer)?.identity ?? null
      if (identity !== null || Date.now() > until || signal.aborted) return identity
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function nameOf(digest: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(encoder.encode('guts-claim'), digest)
}

/** Bound to both peers, so that nobody in between can use it, and to the repository. */
async function proofOf(
  secret: Uint8Array,
  digest: Uint8Array,
  claimant: PeerId,
  holder: PeerId,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await hkdf(secret, 'guts-claim', digest)
  const ids = [claimant.toMultihash().bytes, holder.toMultihash().bytes]
  return hmac(key, concatenate(ids.flatMap((id) => [Uint8Array.of(id.byteLength), id])))
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
