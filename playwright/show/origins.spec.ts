import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { chromium } from '@playwright/test'

import { bundleOf, plainRepository } from '../fixtures/hostile.ts'
import { expectCloned, importBundle, openApp, shareLink } from '../support/actions.ts'
import { launchOptions } from '../support/browser.ts'
import { freePort, RelayProcess } from '../support/relay-process.ts'
import { expect, test } from '../support/test.ts'
import { selfSigned, TlsProxy } from '../support/tls-proxy.ts'

let dir: string
let bundle: string
test.beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'origins-'))
  bundle = bundleOf(plainRepository(join(dir, 'source'), 5), join(dir, 'origins.bundle'))
})
test.afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('behind a TLS proxy it all works with wss', async ({ browser }) => {
  test.setTimeout(180_000)
  const port = await freePort()
  const proxy = await TlsProxy.start(port, await selfSigned([]))
  const origin = `https://localhost:${proxy.port}`
  const relay = await RelayProcess.start({ port, args: ['--public-url', origin, '--host', '127.0.0.1'] })
  const sockets: string[] = []
  try {
    const contexts = await Promise.all([1, 2].map(async () => await browser.newContext({ ignoreHTTPSErrors: true })))
    const [ana, bo] = await Promise.all(contexts.map(async (context) => await context.newPage()))
    if (ana === undefined || bo === undefined) throw new Error('No pages.')
    bo.on('websocket', (socket) => sockets.push(socket.url()))
    await openApp(ana, origin)
    await importBundle(ana, bundle)
    const link = await shareLink(ana)
    expect(link.startsWith(`${origin}/#/`)).toBe(true)
    await bo.goto(link)
    await expectCloned(bo)
    expect(sockets.length).toBeGreaterThan(0)
    expect(sockets.every((url) => url.startsWith('wss://'))).toBe(true)
    for (const context of contexts) await context.close()
  } finally {
    await relay.dispose()
    await proxy.stop()
  }
})

test('with a certificate of its own the relay serves https', async ({ browser }) => {
  const certificate = await selfSigned([])
  writeFileSync(join(dir, 'cert.pem'), certificate.cert)
  writeFileSync(join(dir, 'key.pem'), certificate.key)
  const port = await freePort()
  const relay = await RelayProcess.start({
    port,
    args: ['--tls-cert', join(dir, 'cert.pem'), '--tls-key', join(dir, 'key.pem')],
    scheme: 'https',
  })
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    await openApp(page, `https://localhost:${port}`)
    await importBundle(page, bundle)
    await context.close()
  } finally {
    await relay.dispose()
  }
})

test('on a host name that is no secure context the page explains itself', async ({ relay }) => {
  const browser = await chromium.launch(launchOptions(['--host-resolver-rules=MAP guts.test 127.0.0.1']))
  try {
    const page = await browser.newPage()
    const sockets: string[] = []
    page.on('websocket', (socket) => sockets.push(socket.url()))
    await page.goto(`http://guts.test:${relay.port}/`)
    await expect(page.getByText('Browsers allow this only over https or on localhost.')).toBeVisible()
    expect(sockets).toEqual([])
  } finally {
    await browser.close()
  }
})

test('a malformed WebSocket frame leaves the relay serving', async ({ relay, newPerson }) => {
  const socket = connect(relay.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(
    `GET / HTTP/1.1\r\nHost: localhost:${relay.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  )
  await once(socket, 'data')
  const closed = once(socket, 'close')
  // Reserved bits set, an opcode that does not exist, not masked, a length that no frame may have.
  socket.write(Buffer.from([0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
  socket.resume()
  await closed
  const { page } = await newPerson()
  await openApp(page, relay.url)
  await importBundle(page, bundle)
})
