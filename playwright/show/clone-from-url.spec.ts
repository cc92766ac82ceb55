import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Page } from '@playwright/test'

import { judgeCopy, makeSource, type Source } from '../durability/copies.ts'
import { readStored } from '../durability/database.ts'
import { GitServer } from '../fixtures/git-server.ts'
import { makeRepository } from '../fixtures/make-repository.ts'
import { judgeBundle, noDifference } from '../fixtures/oracle.ts'
import { downloadBundle, expectFiles, openApp, tokenOf } from '../support/actions.ts'
import { longestTask, probe } from '../support/probes.ts'
import { freePort, RelayProcess } from '../support/relay-process.ts'
import { expect, test, watch } from '../support/test.ts'
import { selfSigned, type Certificate } from '../support/tls-proxy.ts'

/** Where the repositories are, behind stock `git http-backend`. */
let root: string
let tls: Certificate
let source: string
let big: Source
/** Lets no page read; the relay asks it. */
let closed: GitServer
/** Lets every page read (CORS). */
let open: GitServer
let relay: RelayProcess

test.beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'clone-url-'))
  source = await makeRepository(join(root, 'seeded.git'), { commits: 5000, seed: 7, bare: true })
  big = await makeSource(root, 2, 48)
  tls = await selfSigned([])
  closed = await GitServer.start(root, { tls })
  open = await GitServer.start(root, { tls, cors: true })
  writeFileSync(join(root, 'cert.pem'), tls.cert)
  relay = await RelayProcess.start({
    args: ['--git-proxy-hosts', closed.host],
    env: { NODE_EXTRA_CA_CERTS: join(root, 'cert.pem') },
  })
})

test.afterAll(async () => {
  await relay.dispose()
  await closed.stop()
  await open.stop()
  rmSync(root, { recursive: true, force: true })
})

async function clone(page: Page, url: string): Promise<void> {
  const address = page.getByRole('textbox', { name: 'Address of a repository' })
  if (!(await address.isVisible())) await page.getByRole('button', { name: 'Clone from a URL' }).click()
  await address.fill(url)
  await page.getByRole('button', { name: 'Clone', exact: true }).click()
}

async function refused(page: Page, url: string, words: RegExp): Promise<void> {
  await clone(page, url)
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('alert')).toContainText(words, { timeout: 60_000 })
  await expect(dialog).toContainText('Nothing was kept of it')
  await dialog.getByText('Close', { exact: true }).click()
}

test('through the relay, from a server that lets no page read', async ({ newPerson }, info) => {
  test.setTimeout(240_000)
  const { context, page } = await newPerson()
  await probe(context)
  await openApp(page, relay.url)
  const started = Date.now()
  await clone(page, closed.url('seeded.git'))
  await expectFiles(page, 120_000)
  info.annotations.push({ type: 'address to files on screen', description: `${Date.now() - started} ms` })
  info.annotations.push({ type: 'longest task', description: `${await longestTask(page)} ms` })
  await expect(page.getByRole('banner').getByRole('link', { name: 'seeded', exact: true })).toBeVisible()
  expect(judgeBundle(await downloadBundle(page), source)).toEqual(noDifference)
  // Two requests of protocol version 2 for a clone, after the one that asks for it; all of them the relay's.
  expect(closed.asked.map(({ line }) => line)).toEqual([
    'GET /seeded.git/info/refs?service=git-upload-pack',
    'POST /seeded.git/git-upload-pack',
    'POST /seeded.git/git-upload-pack',
  ])
  for (const { headers } of closed.asked) {
    expect(headers).toMatchObject({ 'user-agent': 'git/guts-relay', 'git-protocol': 'version=2' })
    expect([headers.cookie, headers.authorization, headers.referer, headers.origin]).toEqual(Array(4).fill(undefined))
  }
})

test('directly, from a server that lets pages read', async ({ browser, pageErrors }) => {
  test.setTimeout(240_000)
  const context = await browser.newContext({ acceptDownloads: true, ignoreHTTPSErrors: true })
  try {
    watch(context, pageErrors)
    const page = await context.newPage()
    await openApp(page, relay.url)
    await clone(page, open.url('seeded.git'))
    await expectFiles(page, 120_000)
    expect(judgeBundle(await downloadBundle(page), source)).toEqual(noDifference)
    const gits = open.asked.filter(({ line }) => !line.startsWith('OPTIONS'))
    expect(gits).toHaveLength(3)
    for (const { headers } of gits) {
      expect(headers.origin).toBe(relay.url)
      expect([headers.cookie, headers.authorization, headers.referer]).toEqual(Array(3).fill(undefined))
    }

    await test.step('the page itself may not ask it', async () => {
      const asked = open.asked.length
      const answer = await page.evaluate(
        async (url) =>
          await fetch(url).then(
            () => 'answered',
            () => 'refused',
          ),
        open.url('seeded.git'),
      )
      expect([answer, open.asked.length]).toEqual(['refused', asked])
    })

    await test.step('a server that lets no page read is named, and so are the other ways', async () => {
      await openApp(page, relay.url)
      const other = await GitServer.start(root, { tls })
      try {
        await refused(page, other.url('seeded.git'), /does not let pages of other sites fetch from it/)
        const url = other.url('seeded.git')
        const ways = new RegExp(`git clone --mirror ${url}.*bundle create.*Or open the folder.*npm start -- --share`)
        await refused(page, url, ways)
      } finally {
        await other.stop()
      }
    })

    await test.step('nobody there', async () => {
      await refused(page, `https://localhost:${await freePort()}/code.git`, /cannot be reached/)
    })
  } finally {
    await context.close()
  }
})

test('what cannot be cloned says what happened and what to do', async ({ newPerson }) => {
  const { page } = await newPerson()
  await openApp(page, relay.url)
  const before = await readStored(page)
  await refused(page, closed.url('nothing.git'), /there is none, or it is private/)
  await page.getByRole('textbox', { name: 'Address of a repository' }).fill('http://localhost/code.git')
  await page.getByRole('button', { name: 'Clone', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('Only https addresses can be fetched from')

  await test.step('a page that is no git server', async () => {
    const site = await website(tls)
    const { port } = site.address() as AddressInfo
    const other = await RelayProcess.start({
      args: ['--git-proxy-hosts', `localhost:${port},localhost:1`],
      env: { NODE_EXTRA_CA_CERTS: join(root, 'cert.pem') },
    })
    try {
      await openApp(page, other.url)
      await refused(page, `https://localhost:${port}/code.git`, /but no git repository/)
      await refused(page, 'https://localhost:1/code.git', /The server of this page cannot reach localhost:1/)
    } finally {
      await other.dispose()
      site.close()
    }
  })
  await openApp(page, relay.url)
  expect(await readStored(page)).toEqual(before)
})

test('a clone that is cancelled leaves nothing, and works after all', async ({ newPerson }) => {
  test.setTimeout(180_000)
  const { context, page } = await newPerson()
  await openApp(page, relay.url)
  const before = await readStored(page)
  const beside = await context.newPage()
  await beside.goto(`${relay.url}/health`)
  await page.bringToFront()
  const url = closed.url(big.dir.slice(root.length + 1))
  await clone(page, url)
  await expect.poll(async () => (await readStored(beside)).stagedChunks, { intervals: [10] }).toBeGreaterThanOrEqual(16)
  await expect(page.getByRole('dialog')).toContainText(/MB.*objects/)
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect.poll(async () => await readStored(beside)).toEqual(before)

  await test.step('and by pasting its address on the page', async () => {
    await page.evaluate((text) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', text)
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))
    }, `git clone ${url}`)
    await expectFiles(page, 120_000)
    await judgeCopy(page, relay.url, { token: tokenOf(page.url()), source: big, commits: [], underWay: null })
  })
})

/** A web server that knows nothing of git. */
async function website(certificate: Certificate): Promise<Server> {
  const server = createServer(certificate, (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Holiday</title>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
