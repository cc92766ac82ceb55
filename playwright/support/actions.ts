import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, type Page } from '@playwright/test'

/** Opens the app's first page and waits until the peer runs. */
export async function openApp(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await expect(page.getByRole('button', { name: 'New repository' })).toBeEnabled({ timeout: 30_000 })
  // Until then the page lists what it remembers, not what is stored.
  await expect(page.getByText(/^(Starting|Opening what is stored here)…$/)).toHaveCount(0, { timeout: 30_000 })
}

/** Goes to the first page within the app that is open. */
export async function goHome(page: Page): Promise<void> {
  await page.getByRole('link', { name: /all repositories/ }).click()
  await expect(page.getByRole('button', { name: 'New repository' })).toBeEnabled()
}

/** Changes the person's self-claimed name in the settings, then goes back to the first page. */
export async function nameYourself(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: 'Settings' }).click()
  const you = page.getByRole('region', { name: 'You', exact: true })
  await you.getByRole('textbox', { name: 'Name' }).fill(name)
  await you.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Saved.')).toBeVisible()
  await goHome(page)
}

export async function importBundle(page: Page, file: string, timeout = 60_000): Promise<void> {
  await page.getByLabel('Git bundle file').setInputFiles(file)
  await expectFiles(page, timeout)
}

/** The file list of a repository is on screen. */
export async function expectFiles(page: Page, timeout = 30_000): Promise<void> {
  await expect(page.getByRole('region', { name: 'Files' })).toBeVisible({ timeout })
}

/** Presses Share and reads the link from the dialog. */
export async function shareLink(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Share' }).click()
  const dialog = page.getByRole('dialog')
  const link = await dialog.getByRole('textbox', { name: 'Link' }).inputValue()
  await expect(dialog.getByText('Anyone with this link; they see your IP address.')).toBeVisible()
  await expect(dialog.getByRole('img', { name: /QR code/ })).toBeVisible()
  await page.keyboard.press('Escape')
  return link
}

/** Waits until the whole repository is here, not just something to look at. */
export async function expectCloned(page: Page, timeout = 90_000): Promise<void> {
  await expectFiles(page, timeout)
  // What is only looked at so far cannot be shared.
  await expect(page.getByRole('button', { name: 'Share' })).toBeVisible({ timeout })
  await expect(page.getByRole('status').getByRole('link')).toHaveText(/(Live from|Nobody online|Offline copy)/, {
    timeout,
  })
}

/** Downloads the repository as a bundle through its settings page; the file's path. */
export async function downloadBundle(page: Page): Promise<string> {
  const token = tokenOf(page.url())
  await page.goto(`${new URL(page.url()).origin}/#/${token}/settings`)
  const waiting = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download as a git bundle' }).click()
  const download = await waiting
  const file = join(mkdtempSync(join(tmpdir(), 'download-')), 'clone.bundle')
  await download.saveAs(file)
  return file
}

export function tokenOf(url: string): string {
  const token = /#\/([A-Za-z0-9_-]{43})/.exec(url)?.[1]
  if (token === undefined) throw new Error(`No repository in ${url}`)
  return token
}

/** Edits the file that is shown: replaces its text and commits. */
export async function editFile(page: Page, text: string, message: string): Promise<void> {
  await page.getByRole('button', { name: 'Edit' }).click()
  const editor = page.getByRole('textbox', { name: /^Contents of/ })
  await editor.click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.insertText(text)
  await page.getByRole('textbox', { name: 'What changed' }).fill(message)
  await page.getByRole('button', { name: /^Commit to/ }).click()
  await expect(page.getByRole('button', { name: 'Edit' })).toBeVisible()
}
