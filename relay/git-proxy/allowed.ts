import type { IncomingMessage } from 'node:http'
import { isIPv4 } from 'node:net'
import { isLocalPage, type Origins } from '../http/page-config.ts'
import { isLocalCaller } from '../local-origin.ts'

/**
 * Whether whoever asks may have repositories fetched: this relay's own page, opened on this machine; with `everywhere` its
 * page wherever it is opened. What a proxy passed on says so in its headers, and counts as elsewhere.
 */
export function mayHaveFetched(
  origins: Origins,
  everywhere: boolean,
  request: Pick<IncomingMessage, 'headers'> & { socket: Pick<IncomingMessage['socket'], 'remoteAddress'> },
): boolean {
  const isHere = isLoopbackAddress(request.socket.remoteAddress) && isLocalPage(origins, request)
  return (isHere || everywhere) && isOwnPage(origins, request, isHere)
}

/** Browsers say of which site a page is, in one of two headers; programs say nothing. */
function isOwnPage({ publicUrl }: Origins, { headers }: Pick<IncomingMessage, 'headers'>, isHere: boolean): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  const { origin, host } = headers
  if (origin === undefined) return true
  // `npm run dev` serves the page from another port of this machine, and passes on what the page asks.
  if (isHere) return isLocalCaller({ origin })
  const asking = URL.parse(origin)?.host
  return asking !== undefined && (asking === host?.toLowerCase() || asking === publicUrl?.host)
}

function isLoopbackAddress(address: string | undefined): boolean {
  const plain = address?.replace(/^::ffff:/i, '') ?? ''
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'))
}
