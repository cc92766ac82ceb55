import { isIPv6 } from 'node:net'
import type { Multiaddr } from '@multiformats/multiaddr'
import { multiaddr } from '@multiformats/multiaddr'

/** `ws://` or `wss://` URL of a WebSocket multiaddr, such as `/dns4/example.org/tcp/443/tls/ws`. */
export function webSocketUrl(address: Multiaddr): string {
  const parts = new Map(address.getComponents().map(({ name, value }) => [name, value ?? '']))
  const host = ['ip4', 'ip6', 'dns4', 'dns6', 'dns', 'dnsaddr'].map((name) => parts.get(name)).find(Boolean)
  const port = parts.get('tcp')
  if (host === undefined || port === undefined) throw new TypeError(`${address.toString()} is no WebSocket address.`)
  const scheme = parts.has('tls') || parts.has('wss') ? 'wss' : 'ws'
  return `${scheme}://${isIPv6(host) ? `[${host}]` : host}:${port}/`
}

/** `/ip4/1.2.3.4/tcp/5678/ws` for the peer at the other end of a socket. */
export function webSocketPeerAddress(host: string, port: number): Multiaddr {
  return multiaddr(`/${isIPv6(host) ? 'ip6' : 'ip4'}/${host}/tcp/${port}/ws`)
}

/** The multiaddr at which a page on `url` (`http:` or `https:`) finds the WebSocket of the same origin. */
export function webSocketAddressOf(url: URL): Multiaddr {
  const secure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[(.+)\]$/, '$1')
  const kind = /^\d+\.\d+\.\d+\.\d+$/.test(host) ? 'ip4' : isIPv6(host) ? 'ip6' : 'dns4'
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port)
  return multiaddr(`/${kind}/${host}/tcp/${port}/${secure ? 'tls/ws' : 'ws'}`)
}
