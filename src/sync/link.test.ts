import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { CASES_TIMEOUT, cases } from '../../playwright/fixtures/cases.ts'
import { tokenOf } from './document/repository-id.ts'
import {
  formatFragment,
  formatLink,
  hintOfPeerId,
  LINK_HASH_BYTES,
  linkHash,
  LinkError,
  MAX_LINK_LENGTH,
  parseLink,
  peerIdOfHint,
} from './link.ts'

vi.setConfig({ testTimeout: CASES_TIMEOUT })

const seed = Number(process.env['FUZZ_SEED'] ?? 1)
const token = tokenOf(new Uint8Array(32).fill(200))
const hint = new Uint8Array(32).fill(7)
const full = { token, hint, sequence: 1_795_000_000_000, hash: linkHash(new Uint8Array(32).fill(250)) }

const anyLink = fc.record({
  token: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(tokenOf),
  hint: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  hash: fc.uint8Array({ minLength: LINK_HASH_BYTES, maxLength: LINK_HASH_BYTES }).map(linkHash),
})

test(`what is formatted is parsed, with all of it in the fragment (seed ${seed})`, () => {
  fc.assert(
    fc.property(anyLink, fc.constantFrom(3, 2, 1), fc.constantFrom('', 'tree/main/src'), (link, parts, route) => {
      const { sequence, hash, ...hinted } = link
      const shorter = parts === 3 ? link : parts === 2 ? hinted : { token: link.token }
      const text = formatLink('https://guts.example', shorter, route)
      expect(new URL(text).hash).toBe(formatFragment(shorter, route))
      expect(new URL(text).pathname + new URL(text).search).toBe('/')
      expect(parseLink(text)).toEqual({ ...shorter, route })
      expect([sequence, hash]).toEqual([link.sequence, link.hash])
    }),
    { seed, numRuns: 300 },
  )
})

test('a link for the longest origin has at most 160 characters, at the longest sequence', () => {
  const origin = `https://${'o'.repeat(42)}`
  expect(origin).toHaveLength(50)
  expect(formatLink(origin, full).length).toBeLessThanOrEqual(MAX_LINK_LENGTH)
  expect(formatLink(origin, { ...full, sequence: Number.MAX_SAFE_INTEGER }).length).toBeLessThanOrEqual(MAX_LINK_LENGTH)
})

test.each([
  ['a whole URL', `https://guts.example/#/${token}`],
  ['of another origin, in a folder', `http://localhost:8080/app/#/${token}`],
  ['with white space', `\n\t  https://guts.example/#/${token}  \r\n`],
  ['in angle brackets', `<https://guts.example/#/${token}>`],
  ['in quotes', `"https://guts.example/#/${token}"`],
  ['the fragment', `#/${token}`],
  ['what follows the fragment’s slash', token],
])('pasted: %s', (_, text) => {
  expect(parseLink(text)).toEqual({ token, route: '' })
})

test('a mailer that escapes the tilde does no harm', () => {
  expect(parseLink(formatLink('https://guts.example', full).replace('~', '%7E'))).toEqual({ ...full, route: '' })
})

const good = formatLink('https://guts.example', full)
test.each([
  ['no-link', ''],
  ['no-link', 'https://guts.example/'],
  ['no-link', 'https://guts.example/#/'],
  ['no-link', 'https://guts.example/#about'],
  ['no-link', 'hello there'],
  ['token', `https://guts.example/#/${token.slice(1)}`],
  ['token', `https://guts.example/#/${token}A`],
  ['token', `https://guts.example/#/${token.slice(0, 42)}B`],
  ['token', `https://guts.example/#/${token.slice(1)}!`],
  ['token', token.slice(1)],
  ['too-long', `https://guts.example/#/${token}/${'a'.repeat(8192)}`],
])('broken: %s (%#)', (problem, text) => {
  let error: unknown
  try {
    parseLink(text)
  } catch (caught) {
    error = caught
  }
  expect(error).toBeInstanceOf(LinkError)
  expect(error).toMatchObject({ problem })
})

const hinted = { token, hint }
test.each([
  ['hint', `#/${token}~`, { token }],
  ['hint', `#/${token}~abc`, { token }],
  ['hint', `#/${token}~%zz/tree/main`, { token, route: 'tree/main' }],
  ['hint', `#/${token}~${'a'.repeat(4000)}`, { token }],
  ['hint', good.replace(/~./, '~'), { token }],
  ['sequence', good.replace(/\.[0-9a-z]+\./, '..'), hinted],
  ['sequence', good.replace(/\.[0-9a-z]+\./, '.0.'), hinted],
  ['sequence', good.replace(/\.[0-9a-z]+\./, '.zzzzzzzzzzz.'), hinted],
  ['sequence', good.replace(/\.[0-9a-z]+\./, '.000000000001.'), hinted],
  ['hash', good.slice(0, -1), hinted],
  ['hash', good.replace(/\.[^.]+$/, ''), hinted],
  ['hash', `${good}.x`, hinted],
])('damaged after the token: %s (%#), and the repository is named all the same', (damage, text, link) => {
  expect(parseLink(text)).toEqual({ route: '', ...link, damage })
})

test(`any text is a link or says what is wrong (seed ${seed})`, () => {
  const check = (text: string): void => {
    try {
      parseLink(text)
    } catch (error) {
      expect(error).toBeInstanceOf(LinkError)
    }
  }
  fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), check), cases(seed))
  const altered = fc
    .tuple(fc.nat(good.length - 1), fc.string({ maxLength: 3 }))
    .map(([at, text]) => good.slice(0, at) + text + good.slice(at + 1))
  fc.assert(fc.property(altered, check), cases(seed))
})

test('a hint is a PeerId and back', async () => {
  const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
  const raw = hintOfPeerId(peer)
  expect(raw).toHaveLength(32)
  expect(peerIdOfHint(raw as Uint8Array).equals(peer)).toBe(true)
  expect(() => peerIdOfHint(new Uint8Array(31))).toThrow(LinkError)
  expect(hintOfPeerId(peerIdFromPrivateKey(await generateKeyPair('secp256k1')))).toBeNull()
})
