import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from '@playwright/test'
import { launchOptions } from '../../playwright/support/browser.ts'
import { type Person, watch } from '../../playwright/support/test.ts'

/** Milliseconds in which whatever a page is asked for comes: a big repository takes its time. */
export const PATIENCE = 1_200_000

/** Milliseconds for which a page is kept busy to see whose process it is. */
const BUSY = 250
const MAX_TRIES = 10

/**
 * One Chromium for a whole scenario, so that every contender has the same. Its default profile is on disk, as a person's is:
 * what is measured to be durable is written there. Other devices are contexts of their own beside it, which Chromium
 * keeps in memory.
 */
export class BenchBrowser {
  readonly #profile: string
  readonly #context: BrowserContext
  readonly #browser: Browser
  readonly #session: CDPSession
  readonly #errors: string[] = []
  readonly #others: BrowserContext[] = []

  private constructor(profile: string, context: BrowserContext, browser: Browser, session: CDPSession) {
    this.#profile = profile
    this.#context = context
    this.#browser = browser
    this.#session = session
    watch(context, this.#errors)
  }

  static async start(): Promise<BenchBrowser> {
    const profile = mkdtempSync(join(tmpdir(), 'guts-bench-profile-'))
    const context = await chromium.launchPersistentContext(profile, { ...launchOptions(), acceptDownloads: true })
    const browser = context.browser()
    if (browser === null) throw new Error('Chromium does not say which process it is.')
    return new BenchBrowser(profile, context, browser, await browser.newBrowserCDPSession())
  }

  get version(): string {
    return this.#browser.version()
  }

  /** A blank page of a person who was never here: whatever `origin` stored in the profile is gone, and all caches. */
  async visitor(origin: string): Promise<Page> {
    const page = await this.#context.newPage()
    page.setDefaultTimeout(PATIENCE)
    const session = await this.#context.newCDPSession(page)
    await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
    await session.send('Network.enable')
    await session.send('Network.clearBrowserCache')
    await session.detach()
    return page
  }

  /** Another device: a storage of its own, in memory. */
  async device(): Promise<Person> {
    const context = await this.#browser.newContext({ acceptDownloads: true })
    this.#others.push(context)
    watch(context, this.#errors)
    const page = await context.newPage()
    page.setDefaultTimeout(PATIENCE)
    return { context, page }
  }

  /** Throws what went wrong in any page since the last call. */
  throwErrors(): void {
    const errors = this.#errors.splice(0)
    if (errors.length > 0) throw new Error(`Pages failed:\n${errors.join('\n')}`)
  }

  /** Seconds of CPU that all of its processes took so far. */
  async cpuSeconds(): Promise<number> {
    return (await this.#processes()).reduce((sum, { cpuTime }) => sum + cpuTime, 0)
  }

  /** Process that renders `page`, its workers included, or null where it cannot be told. The other pages must be idle. */
  async rendererOf(page: Page): Promise<number | null> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const before = new Map((await this.#processes()).map(({ id, cpuTime }) => [id, cpuTime]))
      await page.evaluate((duration) => {
        const end = performance.now() + duration
        while (performance.now() < end);
      }, BUSY)
      const [busiest, next] = (await this.#processes())
        .filter(({ type }) => type === 'renderer')
        .map(({ id, cpuTime }) => ({ id, spent: cpuTime - (before.get(id) ?? 0) }))
        .sort((a, b) => b.spent - a.spent)
      // On a machine that is busy itself it does not get all of that time.
      if (busiest !== undefined && busiest.spent > BUSY / 5000 && busiest.spent > 2 * (next?.spent ?? 0))
        return busiest.id
    }
    return null
  }

  /** Records what all threads do while `work` runs, as Chromium's trace events. */
  async trace(path: string, work: () => Promise<unknown>): Promise<void> {
    await this.#browser.startTracing(undefined, {
      path,
      categories: ['-*', '__metadata', 'disabled-by-default-v8.cpu_profiler'],
    })
    try {
      await work()
    } finally {
      await this.#browser.stopTracing()
    }
  }

  async stop(): Promise<void> {
    for (const context of this.#others.splice(0)) await context.close()
    await this.#context.close()
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }

  async #processes() {
    return (await this.#session.send('SystemInfo.getProcessInfo')).processInfo
  }
}

/** Follows how much memory a process has while something runs: its own and its share of what it shares (PSS). */
export class MemoryWatch {
  readonly #file: string
  #timer: NodeJS.Timeout | undefined
  #peak = 0
  readonly base: number

  private constructor(file: string) {
    this.#file = file
    this.base = this.#sample()
  }

  /** Begins to sample; null where the system does not tell (it is Linux that does). */
  static start(pid: number | null, everyMs = 50): MemoryWatch | null {
    const file = `/proc/${pid}/smaps_rollup`
    if (pid === null || !existsSync(file)) return null
    const watch = new MemoryWatch(file)
    watch.#timer = setInterval(() => watch.#sample(), everyMs)
    return watch
  }

  /** Growth since the start at its highest, in MB (10⁶ bytes). */
  stop(): number {
    clearInterval(this.#timer)
    this.#sample()
    return (this.#peak - this.base) / 1e6
  }

  #sample(): number {
    const kilobytes = Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(this.#file, 'utf8'))?.[1] ?? 0)
    this.#peak = Math.max(this.#peak, kilobytes * 1024)
    return kilobytes * 1024
  }
}
