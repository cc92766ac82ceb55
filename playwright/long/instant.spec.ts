import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { bundleOf } from '../fixtures/hostile.ts'
import { makeRepository } from '../fixtures/make-repository.ts'
import { judgeBundle, noDifference } from '../fixtures/oracle.ts'
import { downloadBundle, expectCloned, importBundle, openApp, shareLink } from '../support/actions.ts'
import { LockstepClock, LockstepProxy } from '../support/lockstep-proxy.ts'
import { BEFORE_GATE, holdBack } from '../support/slow-holder.ts'
import { expect, test } from '../support/test.ts'

/** From a link to its first file, with TCP and WebSocket. */
const MAX_ROUND_TRIPS = 14

let source: string
let bundle: string

test.beforeAll(async () => {
  source = mkdtempSync(join(tmpdir(), 'instant-'))
  await makeRepository(source, { commits: 2500, seed: 11 })
  bundle = bundleOf(source, join(source, 'instant.bundle'))
})

test.afterAll(() => rmSync(source, { recursive: true, force: true }))

test('where the whole turns out to be wrong, nothing of it stays on screen', async ({ relay, newPerson }) => {
  const mallory = await newPerson()
  await holdBack(mallory.context, BEFORE_GATE, true)
  await openApp(mallory.page, relay.url)
  await importBundle(mallory.page, bundle)
  const link = await shareLink(mallory.page)
  const { page } = await newPerson()
  await page.goto(link)
  await expect(page.getByText('A device sent data that does not match its signature.')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('region', { name: 'Files' })).toHaveCount(0)
  await page.getByText('What it did').click()
  await page.getByRole('link', { name: 'Who is blocked, and until when' }).click()
  const refused = page.getByRole('region', { name: 'Refused' })
  await expect(refused.getByRole('listitem')).toHaveCount(1)
  await page.reload()
  await refused.getByRole('button', { name: /^Let .* in again$/ }).click()
  await expect(refused).toHaveCount(0)
})

test('what is too big to fetch unasked is read file by file, and saved when somebody says so', async ({
  relay,
  newPerson,
}) => {
  test.setTimeout(240_000)
  const ana = await newPerson()
  await openApp(ana.page, relay.url)
  await importBundle(ana.page, bundle)
  const link = await shareLink(ana.page)
  const bo = await newPerson()
  // Somebody who saves data.
  await bo.context.addInitScript(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } }))
  await bo.page.goto(link)
  await expect(bo.page.getByText(/^[0-9.]+ KB of [0-9.]+ MB here\. Files open as you click\.$/)).toBeVisible({
    timeout: 30_000,
  })
  await bo.page.getByRole('link', { name: 'docs', exact: true }).click()
  await bo.page.getByRole('link', { name: 'guide.md', exact: true }).click()
  await expect(bo.page.getByRole('region', { name: 'guide.md' })).toBeVisible()
  await bo.page.getByRole('button', { name: 'Save offline' }).click()
  await expectSaved()
  expect(judgeBundle(await downloadBundle(bo.page), source)).toEqual(noDifference)

  async function expectSaved(): Promise<void> {
    await expect(bo.page.getByRole('button', { name: 'Share' })).toBeVisible({ timeout: 90_000 })
    await expect(bo.page.getByRole('region', { name: 'guide.md' })).toBeVisible()
  }
})

test(`from a link to the first file there are at most ${MAX_ROUND_TRIPS} round trips`, async ({
  relay,
  newPerson,
}, info) => {
  test.setTimeout(240_000)
  const ana = await newPerson()
  await openApp(ana.page, relay.url)
  await importBundle(ana.page, bundle)
  const link = await shareLink(ana.page)
  const clock = new LockstepClock(300)
  const proxy = await LockstepProxy.start(relay.port, clock)
  const bo = await newPerson()
  // The page itself comes from near by, as an installed one does; all that its peer does goes the long way.
  await bo.page.route('**/config.json', async (route) => {
    const answer = await route.fetch()
    const text = (await answer.text()).replaceAll(`/tcp/${relay.port}/`, `/tcp/${proxy.port}/`)
    await route.fulfill({ response: answer, body: text })
  })
  // A direct link has round trips of its own, which the proxy does not see: it must not help.
  await bo.context.addInitScript(() => {
    RTCPeerConnection.prototype.addIceCandidate = async () => undefined
  })
  await bo.page.goto(link)
  await expect(bo.page.getByRole('region', { name: 'Files' })).toBeVisible({ timeout: 60_000 })
  await expect(bo.page.getByRole('heading', { name: 'Lanterns' })).toBeVisible()
  const counted = LockstepClock.roundTrips(0, clock.ticks)
  info.annotations.push({ type: 'round trips', description: String(counted) })
  expect(counted).toBeGreaterThanOrEqual(8)
  expect(counted).toBeLessThanOrEqual(MAX_ROUND_TRIPS)
  await bo.context.close()
  clock.stop()
  await proxy.stop()
  expect(await expectClonable()).toBe(true)

  /** The holder is none the worse. */
  async function expectClonable(): Promise<boolean> {
    const cleo = await newPerson()
    await cleo.page.goto(link)
    await expectCloned(cleo.page)
    return true
  }
})
