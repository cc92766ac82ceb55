import type { BrowserContext, Page } from '@playwright/test'

import { importBundle, openApp, tokenOf } from '../support/actions.ts'

/**
 * Somebody who has the repository. `open` opens a view by its address in a page of its own, `go` in the page that is
 * open.
 */
export async function reader(context: BrowserContext, first: Page, url: string, bundle: string) {
  const complaints: string[] = []
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} in ${message.page()?.url()}`)
  })
  await openApp(first, url)
  await importBundle(first, bundle)
  const base = `${url}/#/${tokenOf(first.url())}`
  let page = first
  const open = async (place: string): Promise<Page> => {
    const before = page
    page = await context.newPage()
    if (before !== first) await before.close()
    await page.goto(base + place)
    return page
  }
  const go = async (place: string): Promise<Page> => {
    await page.goto(base + place)
    return page
  }
  return { base, open, go, complaints }
}
