import { expect, it } from 'vitest'
import { webSocketUrl } from './self-test.ts'

it.each([
  ['/ip4/127.0.0.1/tcp/8080/ws/p2p/12D3', 'ws://127.0.0.1:8080/'],
  ['/dns4/guts.example/tcp/443/tls/ws/p2p/12D3', 'wss://guts.example:443/'],
  ['/dns4/guts.example/tcp/443/wss', 'wss://guts.example:443/'],
  ['/dns4/guts.example/tcp/443/tls/sni/guts.example/ws', 'wss://guts.example:443/'],
  ['/ip6/::1/tcp/8080/ws', 'ws://[::1]:8080/'],
  ['/ip4/127.0.0.1/tcp/9000/p2p/12D3', null],
  ['nonsense', null],
])('%s → %s', (multiaddr, url) => expect(webSocketUrl(multiaddr)).toBe(url))
