import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { KEY_BYTES } from './document/limits.ts'
import { digestOf, fromBase64url, toBase64url } from './document/repository-id.ts'
import { TokenError } from './document/errors.ts'
import type { RepositoryLink } from './types.ts'

/** Bytes of the newest header's hash that a link carries: what is left of 160 characters at the longest sequence. */
export const LINK_HASH_BYTES = 5
/** Characters of a link without a route, for an origin of up to 50. */
export const MAX_LINK_LENGTH = 160
/** Characters of pasted text that are looked at: a route may carry a long path. */
const MAX_PASTE = 8192
/** A sequence is base 36: 8 characters until the year 2059, at most 11. */
const SEQUENCE = /^[0-9a-z]{1,11}$/

/** What is wrong with a link, so that the screen can say it. */
export type LinkProblem = 'no-link' | 'token' | 'hint' | 'too-long'
/** What of a link's hint could not be read: it and what follows it is left out. */
export type LinkDamage = 'hint' | 'sequence' | 'hash'

export interface ParsedLink extends RepositoryLink {
  /** What follows the name, without its slash. */
  route: string
  damage?: LinkDamage
}

const PROBLEMS: Record<LinkProblem, string> = {
  'no-link': 'This is no link to a repository. One looks like https://…/#/ and 43 letters and digits after it.',
  token:
    'The name of the repository in this link is damaged: it should be 43 letters, digits, - and _. Copy the whole link again.',
  hint: 'The part of this link after ~ that says where to look first is damaged. Copy the whole link again.',
  'too-long': 'This text is too long to be a link. Paste the link alone.',
}

export class LinkError extends Error {
  static override readonly name = 'LinkError'
  override readonly name = 'LinkError'
  readonly problem: LinkProblem
  constructor(problem: LinkProblem) {
    super(PROBLEMS[problem])
    this.problem = problem
  }
}

/** `#/<token>[~<hint>[.<sequence>.<hash>]][/route]`: all that a server never sees. `route` has no leading slash. */
export function formatFragment(link: RepositoryLink, route = ''): string {
  const hint = link.hint == null ? '' : `~${toBase64url(link.hint)}`
  const fresh = hint !== '' && link.sequence != null && link.hash != null
  const state = fresh ? `.${(link.sequence as number).toString(36)}.${link.hash}` : ''
  return `#/${link.token}${hint}${state}${route === '' ? '' : `/${route}`}`
}

/** `<origin>/#/…`. `base` is where the app is served: an origin, with a path where it is not at the root. */
export function formatLink(base: string, link: RepositoryLink, route = ''): string {
  return `${base.replace(/\/+$/, '')}/${formatFragment(link, route)}`
}

/** The short hash of a header for a link. */
export function linkHash(headerHash: Uint8Array): string {
  return toBase64url(headerHash.subarray(0, LINK_HASH_BYTES))
}

/**
 * Reads what somebody pasted: a whole URL of any origin, only its fragment, or only the part after `#/`; white space and
 * angle brackets or quotes around it are taken off. The token is what counts: a damaged hint is left out, and `damage` says
 * so. Throws `LinkError`, which says what is wrong.
 */
export function parseLink(pasted: string): ParsedLink {
  if (pasted.length > MAX_PASTE) throw new LinkError('too-long')
  const text = pasted.trim().replace(/^[<("'`\s]+|[>)"'`\s]+$/g, '')
  const fragment = fragmentOf(text)
  const slash = fragment.indexOf('/')
  const name = slash < 0 ? fragment : fragment.slice(0, slash)
  const route = slash < 0 ? '' : fragment.slice(slash + 1)
  const tilde = name.indexOf('~')
  const token = tilde < 0 ? name : name.slice(0, tilde)
  checkToken(token)
  return { token, ...(tilde < 0 ? {} : parseHint(name.slice(tilde + 1))), route }
}

/** The PeerId of the holder that a link hints at. Throws `LinkError` where the key is none. */
export function peerIdOfHint(hint: Uint8Array): PeerId {
  try {
    return peerIdFromPublicKey(publicKeyFromRaw(hint))
  } catch (error) {
    if (error instanceof Error) throw new LinkError('hint')
    throw error
  }
}

/** The hint for a peer; null for a PeerId that is not an Ed25519 key. */
export function hintOfPeerId(peer: PeerId): Uint8Array | null {
  return peer.type === 'Ed25519' ? peer.publicKey.raw : null
}

/** What stands after `#/`; text without `#` is taken as that part itself when it can be one. */
function fragmentOf(text: string): string {
  const hash = text.indexOf('#')
  if (hash >= 0) {
    const after = decoded(text.slice(hash + 1))
    if (!after.startsWith('/') || after === '/') throw new LinkError('no-link')
    return after.slice(1)
  }
  const bare = decoded(text).replace(/^\//, '')
  if (!/^[A-Za-z0-9_-]{40,}([~/]|$)/.test(bare)) throw new LinkError('no-link')
  return bare
}

/** Some mailers escape the `~`: only that is undone, a route is decoded by whoever reads it. */
function decoded(text: string): string {
  return text.replace(/%7e/gi, '~').replace(/^%2f/i, '/')
}

function checkToken(token: string): void {
  try {
    digestOf(token)
  } catch (error) {
    if (error instanceof TokenError) throw new LinkError('token')
    throw error
  }
}

/** As much of the hint as is sound. */
function parseHint(text: string): Omit<RepositoryLink, 'token'> & { damage?: LinkDamage } {
  const [hintText, sequenceText, hash, ...more] = text.split('.')
  const hint = fromBase64url(hintText ?? '')
  if (hint?.byteLength !== KEY_BYTES || toBase64url(hint) !== hintText) return { damage: 'hint' }
  if (sequenceText == null) return { hint }
  const sequence = SEQUENCE.test(sequenceText) ? parseInt(sequenceText, 36) : NaN
  if (!Number.isSafeInteger(sequence) || sequence < 1) return { hint, damage: 'sequence' }
  if (hash == null || more.length > 0 || fromBase64url(hash)?.byteLength !== LINK_HASH_BYTES)
    return { hint, damage: 'hash' }
  return { hint, sequence, hash }
}
