import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync } from 'node:zlib'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PortError } from '../errors.ts'
import { siteHandler } from './handler.ts'
import { addressFor } from './page-config.ts'
import { openWebServer } from './server.ts'
import type { WebServer } from './server.ts'
import { chooseEncoding, StaticFiles } from './static-files.ts'

const script = 'export const answer = 42\n'.repeat(200)
/** Compressed as the build might, and the relay never would: told apart by its bytes. */
const builtBrotli = brotliCompressSync(script, { params: { [constants.BROTLI_PARAM_QUALITY]: 0 } })
let folder: string
let web: WebServer
let sample: string | null = null

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/** Node's own client: unlike `fetch` it sends paths as they are and leaves the content encoded. */
function ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ port: web.port, host: '127.0.0.1', path, agent: false, ...options }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      )
    })
      .on('error', reject)
      .end()
  })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guts-http-'))
  await mkdir(join(folder, 'web', 'assets'), { recursive: true })
  await writeFile(join(folder, 'secret.txt'), 'secret')
  await writeFile(join(folder, 'web', 'index.html'), '<!doctype html>')
  await writeFile(join(folder, 'web', 'assets', 'main-abc123.js'), script)
  await writeFile(join(folder, 'web', 'assets', 'worker-abc123.js'), '')
  await writeFile(join(folder, 'web', 'assets', 'view-abc123.js'), script)
  await writeFile(join(folder, 'web', 'assets', 'view-abc123.js.br'), builtBrotli)
  await writeFile(join(folder, 'web', 'assets', 'hash.wasm'), 'wasm')
  const files = await StaticFiles.list(join(folder, 'web'))
  const handler = siteHandler({
    files,
    config: async (asked) => ({
      relays: [asked.headers.host ?? ''],
      furtherRelays: [],
      iceServers: [],
      publicUrl: null,
      sample: sample !== null,
      gitProxy: null,
    }),
    health: () => ({ ok: true }),
    metrics: () => 'guts_up 1\n',
    sample: () => sample,
  })
  web = await openWebServer({ host: '127.0.0.1', port: 0, tls: null }, handler)
})
afterAll(async () => {
  await web.close(100)
  await rm(folder, { recursive: true })
})

describe('the web server', () => {
  it('serves the page under a strict policy', async () => {
    const { status, headers, body } = await ask('/')
    expect(status).toBe(200)
    expect(body.toString()).toBe('<!doctype html>')
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    })
    expect(headers['content-security-policy']).toContain("default-src 'self'")
    expect(headers['content-security-policy']).not.toMatch(
      /unsafe-eval(?<!wasm-unsafe-eval)|style-src [^;]*unsafe-inline/,
    )
  })

  it('lets git’s worker alone ask servers elsewhere', async () => {
    const connects = async (path: string) =>
      /connect-src [^;]*/.exec(String((await ask(path)).headers['content-security-policy']))?.[0]
    expect(await connects('/')).toBe("connect-src 'self' ws: wss:")
    expect(await connects('/assets/main-abc123.js')).toBe("connect-src 'self' ws: wss:")
    expect(await connects('/assets/worker-abc123.js')).toBe("connect-src 'self' https:")
  })

  it('lets hashed assets be cached for good, compressed', async () => {
    const plain = await ask('/assets/main-abc123.js')
    expect(plain.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'Accept-Encoding',
    })
    expect(plain.body.toString()).toBe(script)
    const gzip = await ask('/assets/main-abc123.js', { headers: { 'Accept-Encoding': 'gzip' } })
    expect(gzip.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(gzip.body).toString()).toBe(script)
    const brotli = await ask('/assets/main-abc123.js', { headers: { 'Accept-Encoding': 'gzip, deflate, br' } })
    expect(brotli.headers['content-encoding']).toBe('br')
    expect(brotliDecompressSync(brotli.body).toString()).toBe(script)
    expect(new Set([plain.headers.etag, gzip.headers.etag, brotli.headers.etag]).size).toBe(3)
    const built = await ask('/assets/view-abc123.js', { headers: { 'Accept-Encoding': 'br' } })
    expect(built.headers['content-encoding']).toBe('br')
    expect(built.body).toEqual(builtBrotli)
    expect(brotli.body).not.toEqual(builtBrotli)
    expect((await ask('/assets/view-abc123.js')).body.toString()).toBe(script)
    expect((await ask('/assets/hash.wasm')).headers['content-type']).toBe('application/wasm')
  })

  it('answers 304 to what is known', async () => {
    const { headers } = await ask('/')
    const again = await ask('/', { headers: { 'If-None-Match': `"other", W/${String(headers.etag)}` } })
    expect([again.status, again.body.length]).toEqual([304, 0])
  })

  it('answers HEAD with the length and no body', async () => {
    const { status, headers, body } = await ask('/assets/main-abc123.js', { method: 'HEAD' })
    expect([status, headers['content-length'], body.length]).toEqual([200, String(script.length), 0])
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('refuses %s', async (method) => {
    const { status, headers } = await ask('/', { method })
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
  })

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/../../secret.txt',
    '/assets/..\\..\\secret.txt',
    '//secret.txt',
    '/assets',
    '/assets/',
    '/index.html/',
    '/%00',
    '/%',
    'http://other/secret.txt',
    '/proxy/github.com/git/git/info/refs?service=git-upload-pack',
  ])('has nothing at %s', async (path) => {
    const { status, body } = await ask(path)
    expect(status).toBe(404)
    expect(body.toString()).not.toContain('secret')
  })

  it('tells the page its configuration, health and metrics', async () => {
    const config = await ask('/config.json?x=1', { headers: { Host: 'example.org' } })
    expect(JSON.parse(config.body.toString())).toEqual({
      relays: ['example.org'],
      furtherRelays: [],
      iceServers: [],
      publicUrl: null,
      sample: false,
      gitProxy: null,
    })
    expect(config.headers['cache-control']).toBe('no-store')
    expect((await ask('/health')).status).toBe(200)
    expect((await ask('/metrics')).body.toString()).toBe('guts_up 1\n')
  })

  it('serves the sample where there is one', async () => {
    expect((await ask('/sample.bundle')).status).toBe(404)
    sample = join(folder, 'secret.txt')
    const { status, headers, body } = await ask('/sample.bundle')
    expect([status, headers['content-length'], body.toString()]).toEqual([200, '6', 'secret'])
    sample = null
  })

  it('answers 400 to what is no HTTP', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(web.port, '127.0.0.1', () => socket.write('hello\r\n\r\n'))
      let text = ''
      socket.setEncoding('utf8').on('data', (part: string) => (text += part))
      socket.on('close', () => resolve(text)).on('error', reject)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('names the port that is taken, and what to do', async () => {
    const taken = openWebServer({ host: '127.0.0.1', port: web.port, tls: null }, () => Promise.resolve())
    await expect(taken).rejects.toThrow(PortError)
    await expect(taken).rejects.toThrow(`Port ${web.port} is taken by another program.`)
    await expect(taken).rejects.toThrow(`--port ${web.port + 1}`)
  })
})

describe('chooseEncoding', () => {
  it.each([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip, br', 'br'],
    ['gzip;q=1.0, br;q=0', 'gzip'],
    ['*', 'br'],
    ['*;q=0', 'identity'],
    ['br;q=0, *', 'gzip'],
    ['deflate', 'identity'],
  ])('of %j chooses %s', (header, encoding) => expect(chooseEncoding(header)).toBe(encoding))
})

describe('addressFor', () => {
  const local = { publicUrl: null, secure: false, port: 8080, peerId: 'id' }
  const there = { ...local, publicUrl: new URL('https://code.example.org') }
  const loopback = '/ip4/127.0.0.1/tcp/8080/ws/p2p/id'
  const elsewhere = '/dns4/code.example.org/tcp/443/tls/ws/p2p/id'

  it.each([
    [local, { host: 'localhost:8080' }, loopback],
    [local, { host: 'anything' }, loopback],
    [{ ...local, secure: true }, { host: 'localhost:8080' }, '/dns4/localhost/tcp/8080/tls/ws/p2p/id'],
    [there, { host: 'code.example.org' }, elsewhere],
    [there, { host: 'localhost:8080' }, loopback],
    [there, { host: '127.0.0.1:8080' }, loopback],
    [there, { host: 'localhost:8080', 'x-forwarded-for': '1.2.3.4' }, elsewhere],
    [there, { host: 'localhost:8080', via: '1.1 proxy' }, elsewhere],
    [{ ...there, port: 80 }, { host: 'localhost' }, '/ip4/127.0.0.1/tcp/80/ws/p2p/id'],
    [there, { host: 'localhost:9999' }, elsewhere],
    [there, {}, elsewhere],
    [
      { ...local, publicUrl: new URL('https://localhost:8443') },
      { host: 'localhost:8443' },
      '/dns4/localhost/tcp/8443/tls/ws/p2p/id',
    ],
    [{ ...local, publicUrl: new URL('http://[::1]:81') }, { host: '[::1]:81' }, '/ip6/::1/tcp/81/ws/p2p/id'],
  ])('%#', (origins, headers, address) => expect(addressFor(origins, { headers })).toBe(address))
})
