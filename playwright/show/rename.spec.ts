import { editFile, expectCloned, expectFiles, nameYourself, openApp, shareLink, tokenOf } from '../support/actions.ts'
import { expect, test } from '../support/test.ts'

test('who takes another name is called so on the pages of others, from every tab, and by who comes later', async ({
  relay,
  newPerson,
}) => {
  const ana = await newPerson()
  await openApp(ana.page, relay.url)
  await nameYourself(ana.page, 'Ana')
  await ana.page.getByRole('button', { name: 'New repository' }).click()
  const dialog = ana.page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Name' }).fill('notes')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expectFiles(ana.page)
  const link = await shareLink(ana.page)
  const file = `${relay.url}#/${tokenOf(ana.page.url())}/blob/main/README.md`
  // Another tab of hers, open since before.
  const second = await ana.context.newPage()
  await second.goto(file)
  await expect(second.getByRole('button', { name: 'Edit' })).toBeVisible()

  const bo = await newPerson()
  await bo.page.goto(link)
  await expectCloned(bo.page)
  await bo.page.getByRole('link', { name: 'README.md', exact: true }).first().click()
  await expect(bo.page.getByText('Only Ana can change main')).toBeVisible()

  await openApp(ana.page, relay.url)
  await nameYourself(ana.page, 'Anna Maria')
  await expect(bo.page.getByText('Only Anna Maria can change main')).toBeVisible()

  await test.step('what the other tab signs from then on carries the new name', async () => {
    await editFile(second, '# Changed by the other tab\n', 'Say hello')
    await expect(bo.page.getByRole('heading', { name: 'Changed by the other tab' })).toBeVisible()
    await expect(bo.page.getByText('Only Anna Maria can change main')).toBeVisible()
  })

  await test.step('the list of maintainers, and somebody who never met her', async () => {
    await bo.page.goto(`${link.split('~')[0]}/settings`)
    await expect(bo.page.getByRole('region', { name: 'Maintainers' })).toContainText('Anna Maria')
    await ana.context.close()
    const cleo = await newPerson()
    await cleo.page.goto(`${link.split('~')[0]}/settings`)
    await expect(cleo.page.getByRole('region', { name: 'Maintainers' })).toContainText('Anna Maria', {
      timeout: 60_000,
    })
  })
})
