import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Origins } from '../http/page-config.ts'
import { mayHaveFetched } from './allowed.ts'
import { isPublicAddress, PrivateAddressError, publicLookup } from './public-address.ts'
import { parseTarget, proxyPath } from './target.ts'

const discovery = '/info/refs?service=git-upload-pack'

describe('parseTarget', () => {
  it.each([
    ['GET', `/proxy/github.com/git/git.git${discovery}`, 'https://github.com/git/git.git'],
    ['GET', `/proxy/localhost:4433/a%20b/~c${discovery}`, 'https://localhost:4433/a%20b/~c'],
    ['GET', `/proxy/[::1]:4433/a${discovery}`, 'https://[::1]:4433/a'],
  ])('reads %s %s', (method, path, repository) => {
    expect(parseTarget(method, path)?.url.href).toBe(`${repository}${discovery}`)
    const command = path.replace(discovery, '/git-upload-pack')
    expect(parseTarget('POST', command)).toMatchObject({
      kind: 'result',
      url: { href: `${repository}/git-upload-pack` },
    })
  })

  it.each([
    ['GET', '/proxy/github.com/git/git/git-upload-pack'],
    ['GET', '/proxy/github.com/git/git/info/refs?service=git-receive-pack'],
    ['GET', '/proxy/github.com/git/git/info/refs'],
    ['GET', `/proxy/github.com/git/git${discovery}&x=1`],
    ['GET', `/proxy/github.com/git/git?x${discovery}`],
    ['GET', `/proxy/github.com/git/git#x${discovery}`],
    ['GET', `/proxy/github.com${discovery}`],
    ['GET', `/proxy/github.com/${discovery}`],
    ['GET', `/proxy/github.com//git${discovery}`],
    ['GET', `/proxy//git/git${discovery}`],
    ['GET', `/proxy/github.com/git/../../x${discovery}`],
    ['GET', `/proxy/github.com/git/%2e%2e/x${discovery}`],
    ['GET', `/proxy/github.com/git\\git${discovery}`],
    ['GET', `/proxy/github.com/git\tgit${discovery}`],
    ['GET', `/proxy/GitHub.com/git/git${discovery}`],
    ['GET', `/proxy/ana@github.com/git/git${discovery}`],
    ['GET', `/proxy/github.com:443/git/git${discovery}`],
    ['GET', `/proxy/2130706433/git/git${discovery}`],
    ['GET', `/proxies/github.com/git/git${discovery}`],
    ['GET', `http://other/proxy/github.com/git/git${discovery}`],
    ['HEAD', `/proxy/github.com/git/git${discovery}`],
    ['OPTIONS', `/proxy/github.com/git/git${discovery}`],
    ['POST', `/proxy/github.com/git/git${discovery}`],
    ['POST', '/proxy/github.com/git/git/git-receive-pack'],
    ['POST', '/proxy/github.com/login'],
    [undefined, ''],
  ])('refuses %s %s', (method, path) => expect(parseTarget(method, path)).toBeNull())

  it('writes what it reads', () => {
    const path = `/proxy/github.com/git/git${discovery}`
    expect(proxyPath(new URL(`https://github.com/git/git${discovery}`))).toBe(path)
    for (const other of [
      `http://github.com/git/git${discovery}`,
      `https://github.com${discovery}`,
      'https://github.com/login',
    ]) {
      expect(proxyPath(new URL(other))).toBeNull()
    }
  })
})

describe('isPublicAddress', () => {
  it.each(
    [
      ['140.82.121.3', '8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '223.255.255.255', '192.0.1.1'],
      ['2606:4700::1111', '2a00:1450:4001::1', '2001:4860:4860::8888', '64:ff9b::8.8.8.8'],
    ].flat(),
  )('lets %s through', (address) => expect(isPublicAddress(address)).toBe(true))

  it.each(
    [
      ['0.0.0.0', '10.1.2.3', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.8.8.8', '169.254.169.254'],
      ['172.16.0.1', '172.31.255.255', '192.0.0.8', '192.168.1.1', '198.18.0.1', '198.51.100.1', '203.0.113.1'],
      ['224.0.0.1', '240.0.0.1', '255.255.255.255', '::', '::1', 'fe80::1', 'fe80::1%lo', 'fc00::1', 'fd12::1'],
      ['ff02::1', '2001:db8::1', '2001::1', '2002:7f00:1::1', '64:ff9b:1::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8'],
      ['64:ff9b::7f00:1', '64:ff9b::10.0.0.1', '64:ff9b::', '100::1', '5f00::1', 'localhost', '', '1.2.3'],
    ].flat(),
  )('stops %s', (address) => expect(isPublicAddress(address)).toBe(false))
})

describe('publicLookup', () => {
  const look = (host: string, all: boolean) =>
    new Promise((resolve) => publicLookup()(host, { all }, (...answer) => resolve(answer)))

  it('refuses a name that leads into this machine', async () => {
    expect(await look('localhost', true)).toEqual([expect.any(PrivateAddressError), []])
  })

  it('passes on what is public, in both forms', async () => {
    // An address needs no name service.
    expect(await look('8.8.8.8', false)).toEqual([null, '8.8.8.8', 4])
    expect(await look('8.8.8.8', true)).toEqual([null, [{ address: '8.8.8.8', family: 4 }]])
  })
})

describe('mayHaveFetched', () => {
  const local: Origins = { publicUrl: null, secure: false, port: 8080, peerId: 'id' }
  const open: Origins = { ...local, publicUrl: new URL('https://code.example.org') }
  const here = { host: 'localhost:8080' }
  const may = (
    headers: IncomingHttpHeaders,
    options: { origins?: Origins; from?: string; everywhere?: boolean } = {},
  ) => {
    const { origins = local, from = '127.0.0.1', everywhere = false } = options
    return mayHaveFetched(origins, everywhere, { headers, socket: { remoteAddress: from } })
  }

  it('is for the page and for programs of this machine', () => {
    expect(may(here)).toBe(true)
    expect(may({ ...here, origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' })).toBe(true)
    expect(may({ ...here, origin: 'http://localhost:5173' })).toBe(true)
    expect(may({ host: '[::1]:8080' }, { from: '::1' })).toBe(true)
    expect(may({ host: '127.0.0.1:8080' }, { from: '::ffff:127.0.0.1' })).toBe(true)
    expect(may(here, { origins: open })).toBe(true)
  })

  it.each([
    ['another machine', here, { from: '192.168.1.7' }],
    ['nobody', here, { from: '' }],
    ['what a proxy passed on', { ...here, 'x-forwarded-for': '127.0.0.1' }, {}],
    ['what another proxy passed on', { ...here, forwarded: 'for=127.0.0.1' }, {}],
    ['a proxy that says only itself', { ...here, via: '1.1 cache' }, {}],
    ['a name that leads here', { host: 'rebound.example:8080' }, {}],
    ['another port', { host: 'localhost:9999' }, {}],
    ['no host', {}, {}],
    ['a page of the web', { ...here, origin: 'https://example.org' }, {}],
    ['a page without an origin', { ...here, origin: 'null' }, {}],
    ['a page of another site that says no origin', { ...here, 'sec-fetch-site': 'cross-site' }, {}],
    ['a page of another port', { ...here, 'sec-fetch-site': 'same-site' }, {}],
    ['the public page', { host: 'code.example.org' }, { origins: open }],
  ] as const)('is not for %s', (_, headers, options) => expect(may(headers, options)).toBe(false))

  it('is for the public page too where it was asked for, and for no other', () => {
    const options = { origins: open, from: '203.0.113.9', everywhere: true }
    const host = 'code.example.org'
    expect(may({ host, 'x-forwarded-for': '1.2.3.4' }, options)).toBe(true)
    expect(may({ host, origin: 'https://code.example.org' }, options)).toBe(true)
    // A proxy may put its own name for the relay into `Host`.
    expect(may({ host: '10.0.0.2:8080', origin: 'https://code.example.org' }, options)).toBe(true)
    expect(may({ host, origin: 'https://example.org' }, options)).toBe(false)
    expect(may({ host, 'sec-fetch-site': 'cross-site' }, options)).toBe(false)
    expect(may({ ...here, origin: 'https://example.org' }, { everywhere: true })).toBe(false)
  })
})
