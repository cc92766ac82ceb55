import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expectCloned, importBundle, openApp, shareLink, tokenOf } from '../support/actions.ts'
import { directBytesReceived, probe } from '../support/probes.ts'
import { expect, test } from '../support/test.ts'
import { judgeCopy, makeSource, type Source } from './copies.ts'
import { readStored } from './database.ts'

const CHUNK_BYTES = 262_144

let dir: string
let first: Source
/** Big enough to be stopped half way by hand. */
let big: Source

test.beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'cancelled-'))
  first = await makeSource(dir, 1)
  big = await makeSource(dir, 2, 48)
})

test.afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('an import that is cancelled leaves nothing, and what was there stays', async ({ relay, newPerson }, info) => {
  const { context, page } = await newPerson()
  await openApp(page, relay.url)
  await importBundle(page, first.bundle)
  const token = tokenOf(page.url())
  await openApp(page, relay.url)
  const before = await readStored(page)
  // Looks at the database while the app's own page is busy.
  const beside = await context.newPage()
  await beside.goto(`${relay.url}/health`)
  await page.bringToFront()

  for (const least of [0, 16, 64]) {
    await page.getByLabel('Git bundle file').setInputFiles(big.bundle)
    await expect
      .poll(async () => (await readStored(beside)).stagedChunks, { intervals: [10] })
      .toBeGreaterThanOrEqual(least)
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByRole('dialog')).toHaveCount(0)
    await expect.poll(async () => await readStored(beside)).toEqual(before)
    info.annotations.push({ type: 'cancelled with', description: `at least ${least} chunks written` })
  }

  await test.step('and it can be imported after all', async () => {
    await openApp(page, relay.url)
    await importBundle(page, big.bundle)
    const whole = { token: tokenOf(page.url()), source: big, commits: [], underWay: null }
    await judgeCopy(page, relay.url, whole)
    await judgeCopy(page, relay.url, { ...whole, token, source: first })
  })
})

test('a clone that is stopped keeps what has come, and goes on from there', async ({ relay, newPerson }, info) => {
  const ana = await newPerson()
  await openApp(ana.page, relay.url)
  await importBundle(ana.page, big.bundle)
  const link = await shareLink(ana.page)

  const { context, page } = await newPerson()
  await probe(context)
  const beside = await context.newPage()
  await beside.goto(`${relay.url}/health`)
  await page.bringToFront()
  await page.goto(link)
  const chunks = Math.ceil(statSync(big.bundle).size / CHUNK_BYTES)
  await expect
    .poll(async () => (await readStored(beside)).stagedChunks, { intervals: [10], timeout: 30_000 })
    .toBeGreaterThan(chunks / 3)
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(page.getByText(/^Stopped\. What has come( so far)? is kept/)).toBeVisible()
  const paused = await settled(async () => (await readStored(beside)).stagedChunks)
  info.annotations.push({ type: 'here when it was stopped', description: `${paused} of ${chunks} chunks` })
  expect(paused).toBeLessThan(chunks)
  const before = await directBytesReceived(page)

  await page.getByRole('button', { name: 'Go on' }).click()
  await expectCloned(page)
  const rest = (await directBytesReceived(page)) - before
  info.annotations.push({ type: 'received after that', description: `${Math.round(rest / CHUNK_BYTES)} chunks` })
  // Transport bytes: a tenth more than what they carry, and the connection's own.
  expect(rest).toBeLessThan(((chunks - paused) * 1.15 + 8) * CHUNK_BYTES)
  await judgeCopy(page, relay.url, { token: tokenOf(link), source: big, commits: [], underWay: null })
  const { staging, broken } = await readStored(beside)
  expect({ staging, broken }).toEqual({ staging: 0, broken: [] })
})

/** The value once it has been the same for a second. */
async function settled(read: () => Promise<number>): Promise<number> {
  let value = await read()
  for (let same = 0; same < 10; same++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    const now = await read()
    if (now !== value) same = -1
    value = now
  }
  return value
}
