import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Page } from '@playwright/test'
import { judgeBundle, type Verdict } from '../../playwright/fixtures/oracle.ts'
import {
  downloadBundle,
  expectFiles,
  importBundle,
  nameYourself,
  openApp,
  shareLink,
  tokenOf,
} from '../../playwright/support/actions.ts'
import type { Person } from '../../playwright/support/test.ts'
import { PATIENCE } from './browser.ts'

/** A device that holds the repository and shares it. */
export interface Holder {
  person: Person
  page: Page
  /** As it stands in the Share dialog. */
  link: string
  token: string
}

/** Imports `bundle` on a new device and shares it, as a person does. */
export async function shareFrom(person: Person, url: string, bundle: string, name = 'Ana'): Promise<Holder> {
  const { page } = person
  await openApp(page, url)
  await nameYourself(page, name)
  await importBundle(page, bundle, PATIENCE)
  const link = await shareLink(page)
  return { person, page, link, token: tokenOf(link) }
}

/** The same repository once more, by the same device: another link, and to whoever has just one of them another repository. */
export async function shareAnother(person: Person, url: string, bundle: string): Promise<Holder> {
  const { page } = person
  await openApp(page, url)
  await page.getByLabel('Git bundle file').setInputFiles(bundle)
  await page.getByRole('button', { name: 'Import it as a second repository' }).click()
  await expectFiles(page, PATIENCE)
  const link = await shareLink(page)
  return { person, page, link, token: tokenOf(link) }
}

/** Exports what the page has as a bundle and lets stock git compare it with the repository on disk. */
export async function judge(page: Page, bare: string): Promise<Verdict> {
  await expectFiles(page, PATIENCE)
  const bundle = await downloadBundle(page)
  try {
    return judgeBundle(bundle, bare)
  } finally {
    rmSync(dirname(bundle), { recursive: true })
  }
}
