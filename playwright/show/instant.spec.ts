import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { git } from '../fixtures/git.ts'
import { bundleOf } from '../fixtures/hostile.ts'
import { makeRepository } from '../fixtures/make-repository.ts'
import { judgeBundle, noDifference } from '../fixtures/oracle.ts'
import { downloadBundle, importBundle, nameYourself, openApp, shareLink, tokenOf } from '../support/actions.ts'
import { BEFORE_GATE, heldBack, holdBack, openGate } from '../support/slow-holder.ts'
import { expect, test } from '../support/test.ts'

let source: string
let bundle: string

test.beforeAll(async () => {
  source = mkdtempSync(join(tmpdir(), 'instant-'))
  await makeRepository(source, { commits: 600, seed: 11 })
  bundle = bundleOf(source, join(source, 'instant.bundle'))
})

test.afterAll(() => rmSync(source, { recursive: true, force: true }))

test('the code is read while the repository arrives, and all of it is there in place afterwards', async ({
  relay,
  newPerson,
}) => {
  const ana = await newPerson()
  await holdBack(ana.context, BEFORE_GATE)
  await openApp(ana.page, relay.url)
  await nameYourself(ana.page, 'Ana')
  await importBundle(ana.page, bundle)
  const link = await shareLink(ana.page)
  const { page } = await newPerson()
  await page.goto(link)

  await test.step('file list and README are there before the rest is', async () => {
    await expect(page.getByRole('region', { name: 'Files' })).toBeVisible({ timeout: 30_000 })
    await expect(page.getByRole('heading', { name: 'Lanterns' })).toBeVisible()
    // Its image lies in a folder that is not here either.
    await expect
      .poll(
        async () =>
          await page.getByRole('img', { name: 'A gradient' }).evaluate((image: HTMLImageElement) => image.naturalWidth),
      )
      .toBeGreaterThan(0)
    await expect(page.getByText(/ MB here\. Files open as you click\.$/)).toBeVisible()
    await expect.poll(async () => await heldBack(ana.page)).toBeGreaterThan(0)
    await expect(page.getByRole('button', { name: 'Share' })).toHaveCount(0)
    await expect(page.getByText('Live from 1')).toBeVisible()
  })

  await test.step('a folder and a file open by click', async () => {
    await page.getByRole('link', { name: 'scripts', exact: true }).click()
    await expect(page.getByRole('link', { name: 'Parent folder' })).toBeVisible()
    await page.getByRole('link', { name: 'run.sh', exact: true }).click()
    const line = git(source, ['show', 'main:scripts/run.sh']).split('\n')[0] ?? ''
    await expect(page.getByRole('region', { name: 'run.sh' }).getByText(line)).toBeVisible()
    await expect(page.getByRole('button', { name: 'Edit' })).toHaveCount(0)
  })

  await test.step('another branch, too', async () => {
    const branch =
      git(source, ['for-each-ref', '--format=%(refname:short)', 'refs/heads'])
        .split('\n')
        .find((name) => name !== 'main') ?? ''
    await page.goto(`${relay.url}/#/${tokenOf(link)}`)
    await page.getByRole('button', { name: /^Branch:/ }).click()
    await page.getByRole('link', { name: branch, exact: true }).click()
    await expect(page).toHaveURL(new RegExp(`/tree/${encodeURIComponent(branch)}`))
    await expect(page.getByRole('region', { name: 'Files' })).toBeVisible()
  })

  await test.step('history waits', async () => {
    await page.getByRole('link', { name: 'Commits' }).click()
    await expect(page.getByText('History needs all of the repository.')).toBeVisible()
    await page.getByRole('link', { name: 'Files', exact: true }).click()
    await expect(page.getByRole('heading', { name: 'Lanterns' })).toBeVisible()
    // All of that before the rest could come.
    expect(await heldBack(ana.page)).toBeGreaterThan(0)
  })

  await test.step('the rest comes, and nothing moves', async () => {
    const heading = page.getByRole('heading', { name: 'Lanterns' })
    await heading.evaluate((element) => element.setAttribute('data-kept', 'yes'))
    await heading.scrollIntoViewIfNeeded()
    await page.evaluate(() => scrollBy(0, 40))
    const before = await heading.boundingBox()
    await openGate(ana.page)
    await expect(page.getByText('All of it is here now.')).toBeAttached({ timeout: 90_000 })
    await expect(page.getByRole('button', { name: 'Share' })).toBeVisible()
    await expect(page.getByRole('link', { name: /^[0-9,]+ commits$/ })).toBeVisible()
    expect(await heading.boundingBox()).toEqual(before)
    // Not made anew, either.
    await expect(page.locator('[data-kept=yes]')).toHaveCount(1)
  })

  await test.step('what arrived is what was sent', async () => {
    expect(judgeBundle(await downloadBundle(page), source)).toEqual(noDifference)
  })
})
