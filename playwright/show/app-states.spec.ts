import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { chromium, type Page } from '@playwright/test'

import { git } from '../fixtures/git.ts'
import { bundleOf, commitFile, plainRepository } from '../fixtures/hostile.ts'
import {
  editFile,
  expectCloned,
  expectFiles,
  importBundle,
  nameYourself,
  openApp,
  shareLink,
  tokenOf,
} from '../support/actions.ts'
import { launchOptions } from '../support/browser.ts'
import { relayAddress, startLaterVersion } from '../support/later-version.ts'
import { refuse } from '../support/refusals.ts'
import { expect, test } from '../support/test.ts'

let root: string
let made = 0

test.beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'app-states-'))
})
test.afterAll(() => rmSync(root, { recursive: true, force: true }))

function source(commits = 2): string {
  return plainRepository(join(root, `source-${made++}`), commits)
}

/** What a drop or a paste anywhere on the page gives. */
async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((text) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', text)
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))
  }, text)
}

test('a damaged link says so until the right one follows, and a damaged hint keeps nobody out', async ({
  relay,
  newPerson,
}) => {
  test.setTimeout(180_000)
  const ana = await newPerson()
  await openApp(ana.page, relay.url)
  await importBundle(ana.page, bundleOf(source(), join(root, 'linked.bundle')))
  const link = await shareLink(ana.page)
  const token = tokenOf(link)

  await test.step('pasted', async () => {
    const bo = await newPerson()
    await openApp(bo.page, relay.url)
    await paste(bo.page, link.slice(0, link.indexOf('#') + 20))
    await expect(bo.page.getByRole('alert')).toContainText('no link to a repository')
    await paste(bo.page, link)
    await expectCloned(bo.page)
    await expect(bo.page.getByRole('alert')).toHaveCount(0)
  })

  await test.step('in the address bar', async () => {
    const bo = await newPerson()
    await openApp(bo.page, relay.url)
    await paste(bo.page, 'https://example.org/holiday')
    await expect(bo.page.getByRole('alert')).toBeVisible()
    await bo.page.goto(link)
    await expectCloned(bo.page)
    await expect(bo.page.getByRole('alert')).toHaveCount(0)
    // A token whose last character cannot be: it names nothing, until the whole link comes.
    await bo.page.goto(`${relay.url}/#/${token.slice(0, 42)}B`)
    await expect(bo.page.getByRole('alert')).toContainText('is damaged')
    await bo.page.goto(`${relay.url}/#/${token}`)
    await expectFiles(bo.page)
  })

  // What else a damaged hint may be, the tests of the link's grammar go through.
  for (const damage of ['~%zz', `${link.slice(link.indexOf('~'))}x`]) {
    await test.step(`a hint like ${damage.slice(0, 12)}`, async () => {
      const bo = await newPerson()
      await bo.page.goto(`${relay.url}/#/${token}${damage}`)
      await expectCloned(bo.page)
      await expect(bo.page.getByRole('alert')).toHaveCount(0)
      await expect(bo.page).toHaveURL(`${relay.url}/#/${token}`)
    })
  }
})

test('a browser that lets the page store nothing is told apart from a fault', async ({ relay }) => {
  const profile = mkdtempSync(join(root, 'profile-'))
  await mkdir(join(profile, 'Default'), { recursive: true })
  // As somebody sets it who blocks all cookies and site data.
  const preferences = { profile: { default_content_setting_values: { cookies: 2 }, cookie_controls_mode: 1 } }
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences))
  const context = await chromium.launchPersistentContext(profile, launchOptions())
  try {
    const page = await context.newPage()
    await page.goto(relay.url)
    await expect(page.getByRole('heading', { name: 'This browser does not let the page store anything' })).toBeVisible()
    await expect(page.getByText('allow them for')).toContainText(relay.url)
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible()
    await expect(page.getByRole('alert')).toHaveCount(0)
  } finally {
    await context.close()
  }
})

test('a maintainer makes another one, whose open page can commit at once', async ({ relay, newPerson }) => {
  test.setTimeout(180_000)
  const ana = await newPerson()
  await openApp(ana.page, relay.url)
  await nameYourself(ana.page, 'Ana')
  await importBundle(ana.page, bundleOf(source(), join(root, 'ours.bundle')))
  const link = await shareLink(ana.page)
  const settings = `${relay.url}/#/${tokenOf(link)}/settings`

  const bo = await newPerson()
  await bo.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await openApp(bo.page, relay.url)
  await nameYourself(bo.page, 'Bo')
  await bo.page.goto(link)
  await expectCloned(bo.page)

  const key = await test.step('who is none sees who is one, and has a key to send', async () => {
    await bo.page.goto(settings)
    const people = bo.page.getByRole('region', { name: 'Maintainers' })
    await expect(people.getByRole('listitem')).toHaveText(/^Ana/)
    await expect(people.getByRole('textbox')).toHaveCount(0)
    await people.getByRole('button', { name: 'Copy your key' }).click()
    return await bo.page.evaluate(() => navigator.clipboard.readText())
  })
  await bo.page.goto(`${relay.url}/#/${tokenOf(link)}`)
  await bo.page.getByRole('link', { name: 'README.md', exact: true }).first().click()
  await expect(bo.page.getByText('Only Ana can change main')).toBeVisible()

  await test.step('what is no key is refused', async () => {
    await ana.page.goto(settings)
    const input = ana.page.getByRole('textbox', { name: 'Add a maintainer' })
    await input.fill(key.slice(1))
    await expect(ana.page.getByText('this has 42')).toBeVisible()
    await expect(ana.page.getByRole('button', { name: 'Add…' })).toBeDisabled()
    await input.fill(link)
    await expect(ana.page.getByText('That is a link to a repository')).toBeVisible()
    await input.fill(key)
  })

  await test.step('it is asked about, and done', async () => {
    await ana.page.getByRole('button', { name: 'Add…' }).click()
    const dialog = ana.page.getByRole('dialog', { name: 'Make Bo a maintainer?' })
    await expect(dialog).toContainText('It cannot be taken back yet')
    await expect(dialog).toContainText(key.slice(0, 4))
    await expect(dialog.getByRole('textbox')).toHaveValue('Bo')
    await dialog.getByRole('button', { name: 'Make a maintainer' }).click()
    await expect(ana.page.getByText('Bo is a maintainer now')).toBeVisible()
    await expect(ana.page.getByRole('region', { name: 'Maintainers' }).getByRole('listitem')).toHaveText([
      /^Ana/,
      /^Bo/,
    ])
  })

  await test.step('the page that was open all the time can commit', async () => {
    await expect(bo.page.getByText('You are a maintainer of this repository now')).toBeVisible()
    await editFile(bo.page, '# Changed by Bo\n', 'Say hello from Bo')
    await ana.page.goto(`${relay.url}/#/${tokenOf(link)}`)
    await expect(ana.page.getByRole('heading', { name: 'Changed by Bo' })).toBeVisible()
  })
})

test('what is here already is asked about, and a newer one updates it', async ({ relay, newPerson }) => {
  test.setTimeout(180_000)
  const ana = await newPerson()
  const { page } = ana
  const repository = source()
  await openApp(page, relay.url)
  await importBundle(page, bundleOf(repository, join(root, 'mine.bundle')))
  const token = tokenOf(page.url())
  const link = await shareLink(page)
  const give = async (file: string): Promise<void> => {
    await page.goto(`${relay.url}/#/`)
    await page.getByLabel('Git bundle file').setInputFiles(file)
    await expect(page.getByRole('dialog', { name: 'You have this already' })).toBeVisible()
  }
  const dialog = page.getByRole('dialog')
  const listed = page.getByRole('region', { name: 'Repositories in this browser' }).getByRole('listitem')

  await test.step('cancelled: nothing happens', async () => {
    await give(join(root, 'mine.bundle'))
    await expect(dialog).toContainText('with everything that is in what you gave')
    await page.keyboard.press('Escape')
    await expect(dialog).toHaveCount(0)
    await expect(listed).toHaveCount(1)
  })

  await test.step('opened: the one that is here', async () => {
    await give(join(root, 'mine.bundle'))
    await dialog.getByRole('button', { name: 'Open mine' }).click()
    await expectFiles(page)
    expect(tokenOf(page.url())).toBe(token)
  })

  await test.step('updated: the newer state is the repository', async () => {
    commitFile(repository, 'README.md', '# Newer\n', 'Go on')
    git(repository, ['branch', 'fresh'])
    await give(bundleOf(repository, join(root, 'newer.bundle')))
    await expect(dialog).toContainText('fresh and main have something that is not here')
    await dialog.getByRole('button', { name: 'Update mine with it' }).click()
    await expect(page.getByText('Updated: fresh and main.')).toBeVisible()
    await expect(page.getByRole('heading', { name: 'Newer' })).toBeVisible()
    expect(tokenOf(page.url())).toBe(token)
  })

  await test.step('for who is no maintainer there is no update', async () => {
    const bo = await newPerson()
    await bo.page.goto(link)
    await expectCloned(bo.page)
    commitFile(repository, 'README.md', '# Newest\n', 'Go on again')
    await bo.page.goto(`${relay.url}/#/`)
    await bo.page.getByLabel('Git bundle file').setInputFiles(bundleOf(repository, join(root, 'newest.bundle')))
    const asked = bo.page.getByRole('dialog')
    await expect(asked).toContainText('You are not one of its maintainers')
    await expect(asked.getByRole('button', { name: /Update/ })).toHaveCount(0)
    await asked.getByRole('button', { name: 'Import it as a second repository' }).click()
    await expect(bo.page.getByRole('heading', { name: 'Newest', exact: true })).toBeVisible()
    expect(tokenOf(bo.page.url())).not.toBe(token)
  })
})

test('what was removed stays away when somebody goes back, and comes when asked for', async ({ relay, newPerson }) => {
  test.setTimeout(180_000)
  const ana = await newPerson()
  await openApp(ana.page, relay.url)
  await importBundle(ana.page, bundleOf(source(), join(root, 'removed.bundle')))
  const link = await shareLink(ana.page)
  const bo = await newPerson()
  await bo.page.goto(link)
  await expectCloned(bo.page)
  await bo.page.getByRole('link', { name: 'Settings' }).click()
  await bo.page.getByRole('button', { name: 'Remove…' }).click()
  await bo.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(bo.page.getByText('None yet.')).toBeVisible()

  const removed = bo.page.getByRole('heading', { name: 'You removed this repository from this browser' })
  await bo.page.goBack()
  await expect(removed).toBeVisible()
  await bo.page.reload()
  await expect(removed).toBeVisible()
  await bo.page.goto(`${relay.url}/#/`)
  await expect(bo.page.getByText('None yet.')).toBeVisible()
  await bo.page.goBack()
  await bo.page.getByRole('button', { name: 'Fetch it again' }).click()
  await expect(bo.page.getByRole('region', { name: 'Maintainers' })).toBeVisible()
  await bo.page.goto(`${relay.url}/#/${tokenOf(link)}`)
  await expectCloned(bo.page)

  await test.step('a link to it is asking for it', async () => {
    await bo.page.goto(`${relay.url}/#/${tokenOf(link)}/settings`)
    await bo.page.getByRole('button', { name: 'Remove…' }).click()
    await bo.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
    await expect(bo.page.getByText('None yet.')).toBeVisible()
    await bo.page.goto(link)
    await expectCloned(bo.page)
  })

  await test.step('another tab that shows it says so, too', async () => {
    const other = await bo.context.newPage()
    await other.goto(`${relay.url}/#/${tokenOf(link)}`)
    await expectFiles(other)
    await bo.page.goto(`${relay.url}/#/${tokenOf(link)}/settings`)
    await bo.page.getByRole('button', { name: 'Remove…' }).click()
    await bo.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
    await expect(other.getByRole('heading', { name: 'You removed this repository' })).toBeVisible()
    await other.goto(`${relay.url}/#/`)
    await other.goBack()
    await expect(other.getByRole('heading', { name: 'You removed this repository' })).toBeVisible()
    await other.getByRole('button', { name: 'Fetch it again' }).click()
    await expectCloned(other)
  })
})

test('a dialog begins where its reader goes on, Escape closes it, and the keyboard is where it was', async ({
  relay,
  newPerson,
}) => {
  const { page } = await newPerson()
  await openApp(page, relay.url)
  const dialog = page.getByRole('dialog')

  const opener = page.getByRole('button', { name: 'New repository' })
  await opener.click()
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  await expect(opener).toBeFocused()

  const paster = page.getByRole('button', { name: 'Paste a link' })
  await paster.click()
  const field = page.getByRole('textbox', { name: 'Link to a repository' })
  await expect(field).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(field).toHaveCount(0)
  await expect(paster).toBeFocused()

  const cloner = page.getByRole('button', { name: 'Clone from a URL' })
  await cloner.click()
  await expect(page.getByRole('textbox', { name: 'Address of a repository' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(cloner).toBeFocused()

  await importBundle(page, bundleOf(source(), join(root, 'dialogs.bundle')))
  const share = page.getByRole('button', { name: 'Share' })
  await share.click()
  await expect(dialog.getByRole('button', { name: 'Copy link' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(share).toBeFocused()

  await page.getByRole('link', { name: 'Settings' }).click()
  const remove = page.getByRole('button', { name: 'Remove…' })
  await remove.click()
  await expect(dialog.getByRole('button', { name: 'Keep it' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(remove).toBeFocused()
  await page.getByRole('textbox', { name: 'Add a maintainer' }).fill(`${'k'.repeat(42)}A`)
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('textbox', { name: /^Name/ })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('textbox', { name: 'Add a maintainer' })).toBeFocused()
})

test('however much there is to know, two notices are open and the code stays on a phone’s screen', async ({
  relay,
  newPerson,
}) => {
  test.setTimeout(120_000)
  const { page, context } = await newPerson()
  await page.setViewportSize({ width: 390, height: 844 })
  await openApp(page, relay.url)
  await importBundle(page, bundleOf(source(), join(root, 'notices.bundle')))
  const token = tokenOf(page.url())
  const link = await shareLink(page)
  await page.goto(link)
  await expect(page.getByText('This browser already has it.')).toBeVisible()
  await paste(page, 'one')
  await expect(page.getByRole('alert')).toHaveCount(1)
  await context.setOffline(true)
  await expect(page.getByText('You are offline. This is your copy')).toBeVisible()
  // The least of the three is behind the line.
  await expect(page.getByText('This browser already has it.')).toBeHidden()
  const more = page.getByRole('button', { name: '1 more thing to know' })
  await expect(more).toBeVisible()
  const top = await page.getByRole('region', { name: 'Files' }).evaluate((node) => node.getBoundingClientRect().top)
  expect(top).toBeLessThan(844 * 0.6)
  await more.click()
  await expect(page.getByText('This browser already has it.')).toBeVisible()
  await page.getByRole('button', { name: 'Show fewer' }).click()
  await expect(page.getByText('This browser already has it.')).toBeHidden()
  // One is put away: there is room again.
  await page.getByRole('alert').getByRole('button', { name: 'Dismiss' }).click()
  await expect(page.getByText('This browser already has it.')).toBeVisible()
  await expect(more).toHaveCount(0)
  await context.setOffline(false)
  expect(tokenOf(page.url())).toBe(token)
})

test('who is refused stands on the network page over a reload, until they are let in again', async ({
  relay,
  newPerson,
}) => {
  const { page } = await newPerson()
  await openApp(page, relay.url)
  await refuse(page, [
    { id: '12D3KooWMallory', name: 'Mallory', reason: 'a chunk that does not match its hash' },
    { id: '12D3KooWEve', name: 'Eve', reason: 'it asks for far more than it may' },
  ])
  await page.goto(`${relay.url}/#/network`)
  await page.reload()
  const refused = page.getByRole('region', { name: 'Refused' })
  await expect(refused.getByRole('listitem')).toHaveCount(2)
  await expect(refused).toContainText('a piece that does not match its hash')
  await refused.getByRole('button', { name: 'Let Mallory in again' }).click()
  await expect(refused.getByRole('listitem')).toHaveCount(1)
  await page.reload()
  await expect(refused.getByRole('listitem')).toContainText('Eve')
  await expect(refused.getByRole('listitem')).toHaveCount(1)
})

test('a device of another version is said to be one, not to be away', async ({ relay, newPerson }) => {
  const later = await startLaterVersion(await relayAddress(relay.url), 7)
  const { page } = await newPerson()
  await openApp(page, relay.url)
  const token = Buffer.alloc(32, 7).toString('base64url')
  await page.goto(`${relay.url}/#/${token}~${later.hint}`)
  await expect(page.getByText('A device runs a newer version of this app')).toBeVisible({ timeout: 15_000 })
  await page.goto(`${relay.url}/#/network`)
  await page.getByText(/seen before/).click()
  await expect(page.getByText('It runs a newer version of this app')).toBeVisible()
  await later.stop()
})
