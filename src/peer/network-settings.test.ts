import { expect, test } from 'vitest'
import { MAX_OWN_RELAYS } from './config.ts'
import { checkNetworkSettings, DEFAULT_NETWORK_SETTINGS } from './network-settings.ts'

const ID = '12D3KooWPBZMq6PbasEpirdnUuM5v3GeEXwi9cdCUr9qexHxyVNb'
const PLAIN = `/ip4/127.0.0.1/tcp/8080/ws/p2p/${ID}`
const SECURE = `/dns4/relay.example/tcp/443/tls/ws/p2p/${ID}`

function check(change: Partial<typeof DEFAULT_NETWORK_SETTINGS>, secure = false): unknown {
  return checkNetworkSettings({ ...DEFAULT_NETWORK_SETTINGS, ...change }, { secure })
}

test('what may be set is taken as it is', () => {
  expect(check({})).toEqual(DEFAULT_NETWORK_SETTINGS)
  expect(check({ bootstrapNodes: [PLAIN, SECURE] })).toMatchObject({ bootstrapNodes: [PLAIN, SECURE] })
  expect(check({ bootstrapNodes: [SECURE], maximumConnections: 100 }, true)).toMatchObject({ maximumConnections: 100 })
})

test.each([
  ['no address', { bootstrapNodes: ['relay.example'] }, false, 'is no relay address'],
  ['none of a relay', { bootstrapNodes: ['/ip4/127.0.0.1/tcp/8080/ws'] }, false, 'does not end in /p2p/'],
  ['one that browsers do not reach', { bootstrapNodes: [`/ip4/127.0.0.1/tcp/9000/p2p/${ID}`] }, false, 'by WebSocket'],
  ['one without TLS, from https', { bootstrapNodes: [PLAIN] }, true, 'only those with TLS'],
  [
    'one relay too many',
    { bootstrapNodes: Array<string>(MAX_OWN_RELAYS + 1).fill(PLAIN) },
    false,
    `at most ${MAX_OWN_RELAYS}`,
  ],
  ['nobody at all', { maximumConnections: 0 }, false, 'from 1 to 100'],
  ['one peer too many', { maximumConnections: 101 }, false, 'from 1 to 100'],
  ['half a peer', { maximumConnections: 1.5 }, false, 'whole number'],
])('%s is refused, and why is said', (_, change, secure, why) => {
  expect(() => check(change, secure)).toThrow(why)
})
