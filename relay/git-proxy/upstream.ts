import { request, type Agent } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { PrivateAddressError, publicLookup, type Resolve } from './public-address.ts'
import { ProxyRefusal } from './refusal.ts'
import type { Target } from './target.ts'

/** GitHub answers programs that are no git as it answers browsers. */
const USER_AGENT = 'git/guts-relay'

export interface UpstreamOptions {
  agent: Agent
  /** Milliseconds until an answer begins. */
  timeout: number
  /** The page is gone. */
  signal: AbortSignal
  resolve?: Resolve
}

/**
 * Asks the host itself: with headers of our own, and none of the page's but the protocol's version. Answers with what came,
 * not yet read; redirects are not followed. Rejects with a `ProxyRefusal`.
 */
export async function askHost(
  { url, kind }: Target,
  body: Uint8Array | null,
  { agent, timeout, signal, resolve: resolveName }: UpstreamOptions,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const asked = request(url, {
    agent,
    signal,
    method: body === null ? 'GET' : 'POST',
    ...(isNamedByAddress(url.hostname) ? {} : { lookup: publicLookup(resolveName) }),
    headers: {
      'User-Agent': USER_AGENT,
      Accept: kind === 'result' ? 'application/x-git-upload-pack-result' : '*/*',
      'Accept-Encoding': 'identity',
      'Git-Protocol': 'version=2',
      ...(body === null
        ? {}
        : { 'Content-Type': 'application/x-git-upload-pack-request', 'Content-Length': body.length }),
    },
  })
  const timer = setTimeout(() => asked.destroy(new ProxyRefusal('stalled')), timeout)
  asked.once('response', resolve)
  asked.once('error', (error) => reject(refusalFor(error)))
  asked.end(body)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}

/** Whoever lists an address, or this machine by its name, means it: no name service can turn it into another. */
function isNamedByAddress(hostname: string): boolean {
  return hostname === 'localhost' || isIP(hostname.replace(/^\[(.+)\]$/, '$1')) !== 0
}

function refusalFor(error: Error): Error {
  if (error instanceof ProxyRefusal) return error
  return new ProxyRefusal(error instanceof PrivateAddressError ? 'address' : 'unreachable', { cause: error })
}
