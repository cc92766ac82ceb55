import { statSync } from 'node:fs'

import { judgeBundle, noDifference } from '../fixtures/oracle.ts'
import {
  downloadBundle,
  editFile,
  expectCloned,
  expectFiles,
  nameYourself,
  openApp,
  shareLink,
} from '../support/actions.ts'
import { sampleSource } from '../support/sources.ts'
import { directBytesReceived, longestTask, probe } from '../support/probes.ts'
import { expect, test } from '../support/test.ts'

test("this project's own history goes tab to tab, stays live, and on from there", async ({
  relay,
  newPerson,
}, info) => {
  test.setTimeout(240_000)
  const ana = await newPerson()
  await openApp(ana.page, relay.url)
  await nameYourself(ana.page, 'Ana')
  await ana.page.getByRole('button', { name: /Try it with this project's own history/ }).click()
  await expectFiles(ana.page)
  await expect(ana.page.getByRole('heading', { name: 'Guts in the browser' })).toBeVisible()
  const link = await shareLink(ana.page)
  expect(link.length).toBeLessThanOrEqual(160)

  const bo = await newPerson()
  await probe(bo.context)
  const opened = Date.now()
  await bo.page.goto(link)
  await expectCloned(bo.page)
  info.annotations.push({ type: 'link to files on screen', description: `${Date.now() - opened} ms` })
  await expect(bo.page.getByText('Live from 1')).toBeVisible()

  await test.step('the connection that carried it is direct', async () => {
    const bundle = await downloadBundle(bo.page)
    expect(await directBytesReceived(bo.page)).toBeGreaterThan(statSync(bundle).size * 0.8)
    const source = sampleSource(relay)
    expect(judgeBundle(bundle, source)).toEqual(noDifference)
    info.annotations.push({ type: 'longest task', description: `${await longestTask(bo.page)} ms` })
    await bo.page.goBack()
  })

  await test.step('who may not move the branch sees why', async () => {
    await bo.page.getByRole('link', { name: 'README.md', exact: true }).first().click()
    await expect(bo.page.getByText(/^Only Ana can change /)).toBeVisible()
    await expect(bo.page.getByRole('button', { name: 'Edit' })).toHaveCount(0)
  })

  await test.step('a commit in one tab is on screen in the other, untouched', async () => {
    await ana.page.getByRole('link', { name: 'README.md', exact: true }).first().click()
    await editFile(ana.page, '# Changed by Ana\n\nLive.\n', 'Say hello from Ana')
    const committed = Date.now()
    await expect(bo.page.getByRole('heading', { name: 'Changed by Ana' })).toBeVisible()
    info.annotations.push({ type: 'commit to other screen', description: `${Date.now() - committed} ms` })
  })

  await test.step('the first tab is closed, and a third person clones from the second', async () => {
    await ana.context.close()
    const cleo = await newPerson()
    await cleo.page.goto(link)
    await expectCloned(cleo.page)
    await cleo.page.getByRole('link', { name: 'README.md', exact: true }).first().click()
    await expect(cleo.page.getByRole('heading', { name: 'Changed by Ana' })).toBeVisible()
  })

  await test.step('a reload without a network keeps it', async () => {
    await bo.context.setOffline(true)
    await bo.page.reload()
    await expect(bo.page.getByRole('heading', { name: 'Changed by Ana' })).toBeVisible()
    await bo.context.setOffline(false)
  })
})
