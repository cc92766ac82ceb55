import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { bundleOf } from '../fixtures/hostile.ts'
import { makeRepository } from '../fixtures/make-repository.ts'
import { judgeBundle, noDifference } from '../fixtures/oracle.ts'
import { downloadBundle, expectCloned, importBundle, openApp, shareLink } from '../support/actions.ts'
import { directBytesReceived, longestTask, probe, storedChunks } from '../support/probes.ts'
import { expect, test } from '../support/test.ts'

const CHUNK_BYTES = 262_144

/** A repository of everything git can hold: 5,000 commits, made by a seeded script. */
let source: string
let bundle: string

test.beforeAll(async () => {
  source = mkdtempSync(join(tmpdir(), 'seeded-'))
  await makeRepository(source, { commits: 5000, seed: 7 })
  bundle = bundleOf(source, join(source, 'seeded.bundle'))
})

test.afterAll(() => rmSync(source, { recursive: true, force: true }))

test('5,000 commits go tab to tab while the relay dies and comes back', async ({ relay, newPerson }, info) => {
  test.setTimeout(300_000)
  const ana = await newPerson()
  await openApp(ana.page, relay.url)
  await importBundle(ana.page, bundle)
  const link = await shareLink(ana.page)

  const bo = await newPerson()
  await probe(bo.context)
  await bo.page.goto(link)
  const started = Date.now()
  // In the middle of the transfer: some bytes have come, and not all.
  await expect
    .poll(async () => await directBytesReceived(bo.page), { intervals: [20], timeout: 30_000 })
    .toBeGreaterThan(600_000)
  await relay.kill()
  const size = statSync(bundle).size
  expect(await directBytesReceived(bo.page)).toBeLessThan(size * 0.9)
  await expectCloned(bo.page)
  info.annotations.push({ type: 'bundle', description: `${size} bytes` })
  info.annotations.push({ type: 'clone', description: `${Date.now() - started} ms` })
  info.annotations.push({ type: 'longest task of the receiver', description: `${await longestTask(bo.page)} ms` })
  expect(await directBytesReceived(bo.page)).toBeGreaterThan(size * 0.8)

  await test.step('what arrived is what was sent', async () => {
    expect(judgeBundle(await downloadBundle(bo.page), source)).toEqual(noDifference)
  })

  await test.step('the relay starts again, and a fourth person clones', async () => {
    await relay.restart()
    const restarted = Date.now()
    const dora = await newPerson()
    await dora.page.goto(link)
    await expectCloned(dora.page, 60_000)
    const seconds = (Date.now() - restarted) / 1000
    info.annotations.push({ type: 'relay back to fourth clone', description: `${seconds} s` })
    expect(seconds).toBeLessThan(15)
  })
})

test('a reload in the middle of the clone goes on from the chunks that are here', async ({
  relay,
  newPerson,
}, info) => {
  test.setTimeout(240_000)
  const ana = await newPerson()
  await openApp(ana.page, relay.url)
  await importBundle(ana.page, bundle)
  const link = await shareLink(ana.page)
  const bo = await newPerson()
  await probe(bo.context)
  await bo.page.goto(link)
  const size = statSync(bundle).size
  await expect
    .poll(async () => (await storedChunks(bo.page)) * CHUNK_BYTES, { intervals: [20], timeout: 30_000 })
    .toBeGreaterThan(size * 0.35)
  const before = (await storedChunks(bo.page)) * CHUNK_BYTES
  await bo.page.reload()
  await expectCloned(bo.page)
  const second = await directBytesReceived(bo.page)
  const share = (bytes: number): string => `${Math.round((100 * bytes) / size)} % of the bundle`
  info.annotations.push({ type: 'here before the reload', description: share(before) })
  info.annotations.push({ type: 'received after the reload', description: share(second) })
  // Transport bytes: a tenth more than what they carry, and the connection's own.
  expect(second).toBeLessThan((size - before) * 1.15 + 500_000)
  expect(judgeBundle(await downloadBundle(bo.page), source)).toEqual(noDifference)
})

test('eight tabs that open one link at once all clone', async ({ relay, newPerson }, info) => {
  test.setTimeout(300_000)
  const ana = await newPerson()
  await openApp(ana.page, relay.url)
  await importBundle(ana.page, bundle)
  const link = await shareLink(ana.page)
  const people = await Promise.all(Array.from({ length: 8 }, async () => await newPerson()))
  const started = Date.now()
  await Promise.all(
    people.map(async ({ page }) => {
      await page.goto(link)
      await expectCloned(page, 180_000)
    }),
  )
  info.annotations.push({ type: 'eight clones', description: `${Date.now() - started} ms` })
})
