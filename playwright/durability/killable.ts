import { readlinkSync } from 'node:fs'
import { join } from 'node:path'

import { type BrowserContext, chromium, type Page } from '@playwright/test'

import { launchOptions } from '../support/browser.ts'
import { watch } from '../support/test.ts'

/** A browser whose storage outlives it, and whose whole process tree can be killed. */
export class KillableBrowser {
  readonly page: Page
  readonly #context: BrowserContext
  readonly #pid: number

  private constructor(context: BrowserContext, page: Page, pid: number) {
    this.#context = context
    this.page = page
    this.#pid = pid
  }

  /** `profile` is the user data directory; what goes wrong in its pages is added to `errors`. */
  static async start(profile: string, errors: string[]): Promise<KillableBrowser> {
    const context = await chromium.launchPersistentContext(profile, { ...launchOptions(), acceptDownloads: true })
    watch(context, errors)
    const page = context.pages()[0] ?? (await context.newPage())
    return new KillableBrowser(context, page, browserPid(profile))
  }

  /** Ends every process of it at once, as a crash does: none of them gets to finish anything. */
  async kill(): Promise<void> {
    const closed = new Promise((resolve) => this.#context.once('close', resolve))
    // Playwright starts a browser as the leader of a process group.
    process.kill(-this.#pid, 'SIGKILL')
    await closed
  }

  async close(): Promise<void> {
    await this.#context.close()
  }

  /**
   * Begins `work` and kills the browser `delay` milliseconds later, wherever it is then. Resolves to whether it had
   * ended. An error before the kill is the work's own, and thrown.
   */
  async killDuring(work: () => Promise<void>, delay: number): Promise<boolean> {
    let killed = false
    let ended = false
    let timer: NodeJS.Timeout | undefined
    const working = work().then(
      () => {
        ended = true
      },
      (error: unknown) => {
        // After the kill Playwright says that the page is gone, which is what was wanted.
        if (!killed) throw error
      },
    )
    const moment = new Promise<void>((resolve) => (timer = setTimeout(resolve, delay)))
    await Promise.race([working.then(async () => await moment), moment])
    clearTimeout(timer)
    killed = true
    const endedInTime = ended
    await this.kill()
    await working
    return endedInTime
  }
}

/** Chromium locks its profile by a link that names its host and its process. */
function browserPid(profile: string): number {
  const pid = Number(/-(\d+)$/.exec(readlinkSync(join(profile, 'SingletonLock')))?.[1])
  // A process group of 0 or 1 would be our own, or everybody's.
  if (!Number.isInteger(pid) || pid < 2) throw new Error(`No process holds the profile ${profile}.`)
  return pid
}
