import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chromium, type Page } from '@playwright/test'
import { launchOptions } from '../support/browser.ts'

/** A Chromium of our own over a profile that stays, to be killed as a power cut would. */
export async function startBrowser(
  profile: string,
): Promise<{ page: Page; kill(): Promise<void>; stop(): Promise<void> }> {
  const { executablePath = chromium.executablePath(), args = [] } = launchOptions()
  const child = spawn(
    executablePath,
    [
      ...args,
      '--headless=new',
      '--remote-debugging-port=0',
      '--no-first-run',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    // A group of its own, so that its renderers and their helpers go with it.
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  )
  const endpoint = await new Promise<string>((resolve, reject) => {
    let output = ''
    child.stderr.on('data', (bytes: Buffer) => {
      output += bytes.toString()
      const match = /DevTools listening on (ws:\S+)/.exec(output)
      if (match?.[1] !== undefined) resolve(match[1])
    })
    child.once('exit', (code) => reject(new Error(`Chromium ended with ${code}: ${output}`)))
  })
  const browser = await chromium.connectOverCDP(endpoint)
  const context = browser.contexts()[0]
  if (context === undefined) throw new Error('Chromium has no context.')
  const ended = once(child, 'exit')
  return {
    page: context.pages()[0] ?? (await context.newPage()),
    kill: async () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      await ended
    },
    stop: async () => {
      const session = await browser.newBrowserCDPSession()
      await session.send('Browser.close')
      await ended
    },
  }
}
