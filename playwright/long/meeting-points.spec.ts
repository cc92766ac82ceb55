import { openApp } from '../support/actions.ts'
import { relayAddress } from '../support/later-version.ts'
import { expect, test } from '../support/test.ts'

test('a second meeting point that somebody names is used from the next start on', async ({
  relay,
  ownRelay,
  newPerson,
}) => {
  const { page } = await newPerson()
  await openApp(page, relay.url)
  await page.goto(`${relay.url}/#/settings`)
  const section = page.getByRole('region', { name: 'Network' })
  const field = section.getByRole('textbox', { name: 'More meeting points' })
  await field.fill('relay.example')
  await section.getByRole('button', { name: 'Save' }).click()
  await expect(section.getByRole('alert')).toContainText('"relay.example" is no relay address')
  await field.fill(await relayAddress(ownRelay.url))
  await section.getByRole('button', { name: 'Save' }).click()
  await expect(section.getByText('It counts from when this page is reloaded')).toBeVisible()
  await page.goto(`${relay.url}/#/network`)
  await page.reload()
  await expect(page.getByRole('row', { name: /^relay/ })).toHaveCount(2)
})
