import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { bundleOf } from '../fixtures/hostile.ts'
import { makeRepository } from '../fixtures/make-repository.ts'
import { judgeBundle, noDifference } from '../fixtures/oracle.ts'
import { downloadBundle, expectCloned, importBundle, openApp, shareLink } from '../support/actions.ts'
import { directBytesReceived, directBytesSent, longestTask, probe, storedChunks } from '../support/probes.ts'
import { expect, test } from '../support/test.ts'

const CHUNK_BYTES = 262_144
const LONG = process.env.GUTS_LONG === '1'
/** Eight clones take all that two cores have: few commits where there is a hurry. */
const COMMITS_FOR_EIGHT = LONG ? 5000 : 400
/** Copies that leave the origin, transport and protocol included; of 400 commits, under 8 MiB, everybody gets one from it. */
const MOST_COPIES = 2

/** A repository of everything git can hold: 5,000 commits, made by a seeded script. */
let source: string
let bundle: string

test.beforeAll(async () => {
  source = mkdtempSync(join(tmpdir(), 'seeded-'))
  await makeRepository(source, { commits: 5000, seed: 7 })
  bundle = bundleOf(source, join(source, 'seeded.bundle'))
})

test.afterAll(() => rmSync(source, { recursive: true, force: true }))

test('5,000 commits go tab to tab: the relay dies and comes back, and a tab is reloaded in the middle', async ({
  ownRelay,
  newPerson,
}, info) => {
  test.setTimeout(300_000)
  const note = (type: string, description: string): void => void info.annotations.push({ type, description })
  const size = statSync(bundle).size
  const ana = await newPerson()
  await openApp(ana.page, ownRelay.url)
  await importBundle(ana.page, bundle)
  const link = await shareLink(ana.page)

  await test.step('the relay dies in the middle of the transfer', async () => {
    const bo = await newPerson()
    await probe(bo.context)
    await bo.page.goto(link)
    const started = Date.now()
    // Some bytes have come, and not all.
    await expect
      .poll(async () => await directBytesReceived(bo.page), { intervals: [20], timeout: 30_000 })
      .toBeGreaterThan(600_000)
    await ownRelay.kill()
    expect(await directBytesReceived(bo.page)).toBeLessThan(size * 0.9)
    await expectCloned(bo.page)
    note('bundle', `${size} bytes`)
    note('clone', `${Date.now() - started} ms`)
    note('longest task of the receiver', `${await longestTask(bo.page)} ms`)
    expect(await directBytesReceived(bo.page)).toBeGreaterThan(size * 0.8)
    expect(judgeBundle(await downloadBundle(bo.page), source)).toEqual(noDifference)
  })

  await test.step('the relay starts again, and a fourth person clones', async () => {
    await ownRelay.restart()
    const restarted = Date.now()
    const dora = await newPerson()
    await dora.page.goto(link)
    await expectCloned(dora.page, 60_000)
    const seconds = (Date.now() - restarted) / 1000
    note('relay back to fourth clone', `${seconds} s`)
    expect(seconds).toBeLessThan(15)
  })

  await test.step('a reload in the middle goes on from the chunks that are here', async () => {
    const eve = await newPerson()
    await probe(eve.context)
    await eve.page.goto(link)
    await expect
      .poll(async () => (await storedChunks(eve.page)) * CHUNK_BYTES, { intervals: [20], timeout: 30_000 })
      .toBeGreaterThan(size * 0.35)
    const before = (await storedChunks(eve.page)) * CHUNK_BYTES
    await eve.page.reload()
    await expectCloned(eve.page)
    const second = await directBytesReceived(eve.page)
    const share = (bytes: number): string => `${Math.round((100 * bytes) / size)} % of the bundle`
    note('here before the reload', share(before))
    note('received after the reload', share(second))
    // Transport bytes: a tenth more than what they carry, and the connection's own.
    expect(second).toBeLessThan((size - before) * 1.15 + 500_000)
    expect(judgeBundle(await downloadBundle(eve.page), source)).toEqual(noDifference)
  })
})

test('eight tabs that open one link at once share what its origin sends', async ({ relay, newPerson }, info) => {
  test.setTimeout(300_000)
  const ana = await newPerson()
  await probe(ana.context)
  await openApp(ana.page, relay.url)
  const fewer = await makeRepository(join(source, 'fewer'), { commits: COMMITS_FOR_EIGHT, seed: 8 })
  const eightsBundle = bundleOf(fewer, join(source, 'fewer.bundle'))
  await importBundle(ana.page, eightsBundle)
  const link = await shareLink(ana.page)
  const people = await Promise.all(Array.from({ length: 8 }, async () => await newPerson()))
  const started = Date.now()
  await Promise.all(
    people.map(async ({ page }) => {
      await page.goto(link)
      await expectCloned(page, 180_000)
    }),
  )
  info.annotations.push({
    type: `eight clones of ${COMMITS_FOR_EIGHT} commits`,
    description: `${Date.now() - started} ms`,
  })
  const copies = (await directBytesSent(ana.page)) / statSync(eightsBundle).size
  info.annotations.push({ type: 'copies that left the origin', description: copies.toFixed(2) })
  if (LONG) expect(copies).toBeLessThan(MOST_COPIES)
  for (const { page } of LONG ? people : people.slice(0, 2)) {
    expect(judgeBundle(await downloadBundle(page), fewer)).toEqual(noDifference)
  }
})
