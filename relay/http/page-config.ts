import type { IncomingMessage } from 'node:http'
import { webSocketAddressOf } from '../websocket-address.ts'

export interface Origins {
  /** Where others reach the relay; null: this machine alone. */
  publicUrl: URL | null
  secure: boolean
  port: number
  peerId: string
}

/** `http://localhost:8080`: the URL for this machine. */
export function localUrl({ secure, port }: Pick<Origins, 'secure' | 'port'>): URL {
  return new URL(`${secure ? 'https' : 'http'}://localhost:${port}/`)
}

/**
 * The relay's WebSocket as a page on this machine dials it. By IP address where names do not matter: `localhost` may be
 * `::1` first, where nobody listens. A certificate is for a name.
 */
export function localAddress(origins: Origins): string {
  const url = localUrl(origins)
  if (!origins.secure) url.hostname = '127.0.0.1'
  return `${webSocketAddressOf(url).toString()}/p2p/${origins.peerId}`
}

export function publicAddress(origins: Origins): string | null {
  return origins.publicUrl === null ? null : `${webSocketAddressOf(origins.publicUrl).toString()}/p2p/${origins.peerId}`
}

/** Which address the page that asks can use: the public one, unless it was opened on this machine by its local URL. */
export function addressFor(origins: Origins, request: Pick<IncomingMessage, 'headers'>): string {
  const elsewhere = publicAddress(origins)
  return elsewhere === null || isLocalPage(origins, request) ? localAddress(origins) : elsewhere
}

/** Opened on this machine by its local URL, and by nobody in between. */
export function isLocalPage(origins: Origins, { headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const host = headers.host?.toLowerCase()
  if (host === origins.publicUrl?.host) return false
  // A tunnel may put its target's name into `Host`; what it forwards is marked.
  if (Object.keys(headers).some(isForwarding)) return false
  return ['localhost', '127.0.0.1', '[::1]'].some((name) => {
    const url = localUrl(origins)
    url.hostname = name
    return host === url.host
  })
}

function isForwarding(header: string): boolean {
  return ['forwarded', 'via', 'x-real-ip'].includes(header) || header.startsWith('x-forwarded-')
}
