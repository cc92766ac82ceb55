import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Page } from '@playwright/test'

import { git } from '../fixtures/git.ts'
import { bundleOf, notABundle } from '../fixtures/hostile.ts'
import { hostileRepository } from '../fixtures/hostile-trees.ts'
import { makeRepository } from '../fixtures/make-repository.ts'
import {
  expectCloned,
  expectFiles,
  importBundle,
  nameYourself,
  openApp,
  shareLink,
  tokenOf,
} from '../support/actions.ts'
import { looks } from '../support/look.ts'
import { BEFORE_GATE, heldBack, holdBack, openGate } from '../support/slow-holder.ts'
import { expect, test } from '../support/test.ts'

/** Where the pictures go, for somebody to look at. */
const PICTURES = 'test-results/look'
const WINDOWS = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  desk: { viewport: { width: 1280, height: 800 } },
}
const SCHEMES = ['light', 'dark'] as const

let dir: string
test.beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'look-'))
})
test.afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Takes pictures of a page, light and dark, and notes what is wrong with how it looks. */
async function lookAt(page: Page, name: string, faults: string[]): Promise<void> {
  for (const scheme of SCHEMES) {
    await page.emulateMedia({ colorScheme: scheme })
    await page.waitForTimeout(250)
    await page.screenshot({ path: `${PICTURES}/${name}-${scheme}.png` })
    for (const fault of await looks(page)) faults.push(`${name}, ${scheme}: ${fault}`)
  }
}

for (const [size, context] of Object.entries(WINDOWS)) {
  test(`every page fits a window of ${context.viewport.width} px and can be read, light and dark`, async ({
    relay,
    newPerson,
  }) => {
    test.setTimeout(600_000)
    const { page } = await newPerson({ context })
    const faults: string[] = []
    const look = async (name: string, at: Page = page): Promise<void> => await lookAt(at, `${name}-${size}`, faults)
    const go = async (fragment: string): Promise<void> => {
      await page.evaluate((hash) => (location.hash = hash), fragment)
    }

    await openApp(page, relay.url)
    await look('home-empty')
    await page.getByRole('button', { name: 'New repository' }).click()
    await look('new-dialog')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Paste a link' }).click()
    await page.getByRole('textbox', { name: 'Link to a repository' }).fill('https://example.org/holiday')
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await look('paste-refused')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Clone from a URL' }).click()
    await page.getByRole('textbox', { name: 'Address of a repository' }).fill('ssh://example.org/holiday')
    await page.getByRole('button', { name: 'Clone', exact: true }).click()
    await look('clone-refused')

    await page.getByRole('button', { name: /Try it with this project's own history/ }).click()
    await expectFiles(page)
    const own = tokenOf(page.url())
    const link = await shareLink(page)
    await look('own-files')
    await page.getByRole('button', { name: 'Share' }).click()
    await look('share')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Branch:/ }).click()
    await look('branches')
    await page.keyboard.press('Escape')
    const older = git(process.cwd(), ['rev-parse', 'HEAD~3'])
    const routes: Array<[name: string, fragment: string]> = [
      ['own-folder', `#/${own}/tree/main/src/sync`],
      ['own-code', `#/${own}/blob/main/src/sync/link.ts`],
      ['own-code-lines', `#/${own}/blob/main/src/sync/link.ts?L=20-30`],
      ['own-readme', `#/${own}/blob/main/README.md`],
      ['own-image', `#/${own}/blob/main/docs/app.png`],
      ['own-commits', `#/${own}/commits/main`],
      ['own-history', `#/${own}/commits/main/README.md`],
      ['own-commit', `#/${own}/commit/HEAD`],
      ['own-compare', `#/${own}/compare/${older}...main`],
      ['own-compare-nothing', `#/${own}/compare/main...main`],
      ['own-missing', `#/${own}/blob/main/not/there.ts`],
      ['own-copies', `#/${own}/copies`],
      ['own-settings', `#/${own}/settings`],
    ]
    for (const [name, fragment] of routes) {
      await go(fragment)
      await page.waitForTimeout(1000)
      await look(name)
    }
    await page.getByRole('button', { name: 'Remove…' }).click()
    await look('remove')
    await page.keyboard.press('Escape')
    await go(`#/${own}`)
    await page.getByRole('button', { name: 'Add file' }).click()
    await page.waitForTimeout(500)
    await look('own-new-file')

    const seeded = await makeRepository(join(dir, `seeded-${size}`), { commits: 300, big: false })
    const long = 'a-repository-whose-name-is-as-long-as-people-sometimes-make-them-and-then-some'
    git(seeded, ['branch', 'feature/a-branch-whose-name-tells-the-whole-story-of-what-is-done-on-it'])
    await openApp(page, relay.url)
    await importBundle(page, bundleOf(seeded, join(dir, `${long}.bundle`)))
    const odd = tokenOf(page.url())
    await look('odd-files')
    await page.goto(`${relay.url}/#/`)
    await page.getByLabel('Git bundle file').setInputFiles(join(dir, `${long}.bundle`))
    await expect(page.getByRole('dialog', { name: 'You have this already' })).toBeVisible()
    await look('known')
    await page.getByRole('button', { name: 'Cancel' }).click()
    await go(`#/${odd}`)
    await expectFiles(page)
    await page.getByRole('button', { name: /^Branch:/ }).click()
    await look('odd-branches')
    await page.keyboard.press('Escape')
    await go(`#/${odd}/commits/main`)
    await page.waitForTimeout(500)
    await look('odd-commits')
    await go(`#/${odd}/settings`)
    await look('odd-settings')
    await openApp(page, relay.url)
    await page.getByLabel('Folder with a repository').setInputFiles(hostileRepository(join(dir, `hostile-${size}`)))
    await expectFiles(page)
    await look('hostile-files')
    await openApp(page, relay.url)
    await page.getByLabel('Git bundle file').setInputFiles(notABundle(mkdtempSync(join(dir, 'bad-'))))
    await expect(page.getByRole('dialog').getByRole('alert')).toBeVisible()
    await look('import-failed')
    await page.getByRole('dialog').getByText('Close', { exact: true }).click()
    await look('home')

    const bo = await newPerson({ context })
    await bo.page.goto(link)
    await expectCloned(bo.page)
    await look('bo-files', bo.page)
    await bo.page.getByRole('link', { name: 'README.md', exact: true }).first().click()
    await bo.page.waitForTimeout(500)
    await look('bo-readme', bo.page)
    await go(`#/${own}/copies`)
    await look('own-copies-two')
    await go(`#/${own}/settings`)
    await page.getByRole('textbox', { name: 'Add a maintainer' }).fill('k')
    await look('maintainers')
    await page.getByRole('textbox', { name: 'Add a maintainer' }).fill(`${'k'.repeat(42)}A`)
    await page.getByRole('button', { name: 'Add…' }).click()
    await look('maintainer-asked')
    await page.keyboard.press('Escape')
    await go('#/settings')
    await page.waitForTimeout(500)
    await look('settings')
    await go('#/network')
    await page.getByRole('button', { name: 'Test this browser and network' }).click()
    await page.waitForTimeout(4000)
    await look('network')
    await go('#/nothing/there')
    await look('unknown')
    await go(`#/${'A'.repeat(43)}`)
    await expect(page.getByText('Nobody who has this repository is online')).toBeVisible({ timeout: 30_000 })
    await look('nobody')
    await go('#/')
    await look('home-arriving')
    await bo.page.goto(link)
    await expect(bo.page.getByText('This browser already has it.')).toBeVisible()
    await bo.page.evaluate(() => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', 'nothing')
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))
    })
    await bo.context.setOffline(true)
    await look('bo-offline', bo.page)
    await bo.page.getByRole('button', { name: /more thing/ }).click()
    await look('bo-notices', bo.page)
    await bo.context.setOffline(false)
    await bo.page.goto(`${relay.url}/#/${own}/settings`)
    await look('bo-settings', bo.page)
    await bo.page.getByRole('button', { name: 'Remove…' }).click()
    await bo.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
    await expect(bo.page.getByText('None yet.')).toBeVisible()
    await bo.page.goBack()
    await expect(bo.page.getByRole('heading', { name: /^You removed/ })).toBeVisible()
    await look('removed', bo.page)
    expect(faults).toEqual([])
  })

  test(`what arrives fits a window of ${context.viewport.width} px and can be read, light and dark`, async ({
    relay,
    newPerson,
  }) => {
    test.setTimeout(300_000)
    const ana = await newPerson({ context })
    await holdBack(ana.context, BEFORE_GATE)
    await openApp(ana.page, relay.url)
    await nameYourself(ana.page, 'Ana')
    const source = await makeRepository(join(dir, `slow-${size}`), { commits: 1000 })
    await importBundle(ana.page, bundleOf(source, join(dir, `slow-${size}.bundle`)))
    const link = await shareLink(ana.page)
    const { page } = await newPerson({ context })
    const faults: string[] = []
    const look = async (name: string): Promise<void> => await lookAt(page, `${name}-${size}`, faults)
    const go = async (route: string): Promise<void> => {
      await page.goto(`${relay.url}/#/${tokenOf(link)}${route}`)
      await page.waitForTimeout(1000)
    }

    await page.goto(link)
    await expectFiles(page)
    await page.waitForTimeout(2000)
    await look('arriving-files')
    const saveOffline = page.getByRole('button', { name: 'Save offline' })
    // A phone asks first.
    if (await saveOffline.isVisible()) await saveOffline.click()
    await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible()
    await go('/tree/main/docs')
    await look('arriving-folder')
    await go('/blob/main/scripts/run.sh')
    await look('arriving-file')
    await go('/blob/main/not/there.ts')
    await look('arriving-missing')
    await go('/commits/main')
    await look('arriving-history')
    await go('/copies')
    await look('arriving-copies')
    await go('/settings')
    await look('arriving-settings')
    await page.getByRole('link', { name: /all repositories/ }).click()
    await look('arriving-home')
    await go('')
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.waitForTimeout(500)
    await look('arriving-stopped')
    await page.getByRole('button', { name: 'Go on' }).click()
    await expect.poll(async () => await heldBack(ana.page)).toBeGreaterThan(0)
    await openGate(ana.page)
    await expect(page.getByText('All of it is here now.')).toBeAttached({ timeout: 60_000 })
    await page.waitForTimeout(1000)
    await look('arrived')

    await page.goto(`${relay.url}/#/`)
    const cleo = await newPerson({ context })
    await cleo.context.addInitScript(() =>
      Object.defineProperty(navigator, 'connection', { value: { saveData: true } }),
    )
    await cleo.page.goto(link)
    await expect(cleo.page.getByRole('button', { name: 'Save offline' })).toBeVisible({ timeout: 30_000 })
    await lookAt(cleo.page, `arriving-asks-${size}`, faults)
    await ana.context.close()
    await page.context().close()
    await cleo.page.getByRole('link', { name: 'docs', exact: true }).click()
    await cleo.page.waitForTimeout(6000)
    await lookAt(cleo.page, `arriving-nobody-${size}`, faults)
    expect(faults).toEqual([])
  })
}
