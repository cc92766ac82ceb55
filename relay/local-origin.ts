import type { IncomingHttpHeaders } from 'node:http'
import { isIPv4 } from 'node:net'
import type { RelayConfig } from './config/config.ts'

/** This machine, by a name or an address that no other machine can take. */
function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]') return true
  return isIPv4(hostname) && hostname.startsWith('127.')
}

/**
 * Whether whoever asks may use a relay that is for this machine alone: a program, or a page of this machine. Browsers
 * let any page of the web connect to `ws://localhost`; over it the page would learn whose relay this is (Hello says the
 * name that its user's commits have), and by the relay's key know the same person again elsewhere.
 */
export function isLocalCaller({ origin }: Pick<IncomingHttpHeaders, 'origin'>): boolean {
  if (origin === undefined) return true
  const url = URL.parse(origin)
  return url !== null && isLoopback(url.hostname)
}

/** Others cannot reach it: it listens on this machine alone, and has no name that a proxy or a certificate stands for. */
export function isForThisMachine({ host, publicUrl, tls }: Pick<RelayConfig, 'host' | 'publicUrl' | 'tls'>): boolean {
  return publicUrl === null && tls === null && (isLoopback(host) || host === '::1')
}
