import type { Page } from '@playwright/test'
import { editFile } from '../../playwright/support/actions.ts'
import { PATIENCE } from './browser.ts'

interface Watched {
  /** Unix milliseconds, with fractions. */
  at: Promise<number>
}

type WatchingWindow = typeof globalThis & { benchClick: Watched; benchText: Watched }

/** Goes to the file in a repository that is here. */
export async function showFile(page: Page, token: string, branch: string, file: string): Promise<void> {
  const { origin } = new URL(page.url())
  await page.goto(`${origin}/#/${token}/blob/${encodeURIComponent(branch)}/${file}`)
  await page.getByRole('region', { name: file, exact: true }).waitFor({ timeout: PATIENCE })
}

/** Replaces the file that is shown by `text` and commits; Unix milliseconds of the press on Commit. */
export async function commitText(page: Page, text: string): Promise<number> {
  await page.evaluate(() => {
    const at = new Promise<number>((resolve) => {
      const pressed = (event: Event): void => {
        const button = (event.target as Element).closest('button')
        if (!button?.textContent.trim().startsWith('Commit to')) return
        removeEventListener('click', pressed, true)
        resolve(performance.timeOrigin + event.timeStamp)
      }
      addEventListener('click', pressed, true)
    })
    ;(globalThis as WatchingWindow).benchClick = { at }
  })
  // The message says something else: it may be on screen before the file is.
  await editFile(page, text, 'Edit it')
  return await page.evaluate(async () => await (globalThis as WatchingWindow).benchClick.at)
}

/** Begins to look for `text` on the page. */
export async function expectText(page: Page, text: string): Promise<void> {
  await page.evaluate((wanted) => {
    const at = new Promise<number>((resolve) => {
      const look = (): void => {
        if (!document.body.textContent.includes(wanted)) return
        observer.disconnect()
        // The frame after this one has been painted by the time its callback's task ends.
        requestAnimationFrame(() => setTimeout(() => resolve(performance.timeOrigin + performance.now()), 0))
      }
      const observer = new MutationObserver(look)
      observer.observe(document.body, { childList: true, subtree: true, characterData: true })
      look()
    })
    ;(globalThis as WatchingWindow).benchText = { at }
  }, text)
}

/** Unix milliseconds at which the text was on screen. */
export async function shownAt(page: Page): Promise<number> {
  return await page.evaluate(async () => await (globalThis as WatchingWindow).benchText.at)
}
