import { expect, it } from 'vitest'
import { turnServers } from './turn.ts'

const turn = { urls: ['turn:a.org:3478', 'turns:a.org:5349'], secret: 'north-sea-and-south-wind', ttl: 86_400 }

it('makes credentials that end, as coturn checks them', () => {
  const [first, second] = turnServers(turn, 1_700_000_000_999, 'ana')
  // printf '%s' 1700086400:ana | openssl dgst -sha1 -hmac north-sea-and-south-wind -binary | base64
  expect(first).toEqual({
    urls: 'turn:a.org:3478',
    username: '1700086400:ana',
    credential: 'lwujPNL000UrFf0IXMKPt3GbXaY=',
  })
  expect(second).toEqual({ ...first, urls: 'turns:a.org:5349' })
})

it('gives each page a name of its own, and nobody the secret', () => {
  const names = [turnServers(turn), turnServers(turn)].map(([server]) => server?.username)
  expect(new Set(names).size).toBe(2)
  expect(JSON.stringify(turnServers(turn))).not.toContain(turn.secret)
})
