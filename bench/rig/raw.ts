import type { Page } from '@playwright/test'
import type { RawPlan } from '../page/raw-channel.ts'
import { median } from '../harness/figures.ts'
import type { Rig } from './rig.ts'

/** Windows to choose from, in bytes; what is best depends on the machine and the round trip. */
const WINDOWS = [256 * 1024, 512 * 1024, 1024 * 1024, 2 * 1024 * 1024]
/** With a round trip in between: the window is what may be on the way. */
const FAR_WINDOWS = [512 * 1024, 1024 * 1024, 4 * 1024 * 1024]
const FAR_CONNECTIONS = [1, 2, 4]
/** As large as stock peers take (js-libp2p sends these), and larger. */
const MESSAGES = [16 * 1024, 64 * 1024]
/** Each is tried this often before the best is chosen. */
const TRIALS = 2

export interface RawChoice extends RawPlan {
  connections: number
}

export interface RawRun {
  seconds: number
  /** CPU of the whole browser meanwhile, in seconds. */
  cpuSeconds: number
}

/** Two pages with nothing but data channels between them. */
export class RawRival {
  readonly #rig: Rig
  readonly #sender: Page
  readonly #receiver: Page
  #choice: RawChoice | undefined

  private constructor(rig: Rig, sender: Page, receiver: Page) {
    this.#rig = rig
    this.#sender = sender
    this.#receiver = receiver
  }

  static async start(rig: Rig): Promise<RawRival> {
    const site = await rig.site()
    const pages: Page[] = []
    for (let n = 0; n < 2; n++) {
      const { page } = await rig.device()
      await page.goto(site.url)
      await page.waitForFunction(() => 'benchPage' in globalThis)
      pages.push(page)
    }
    const [sender, receiver] = pages as [Page, Page]
    await sender.evaluate(async () => await globalThis.benchPage.raw.load('/pack'))
    return new RawRival(rig, sender, receiver)
  }

  /** How it was found to be fastest. */
  get choice(): RawChoice | undefined {
    return this.#choice
  }

  /** Tries the ways to send and keeps the fastest. */
  async calibrate(say: (line: string) => void): Promise<RawChoice> {
    const far = this.#rig.link !== null
    const ways = (far ? FAR_CONNECTIONS : [1]).flatMap((connections) =>
      (far ? FAR_WINDOWS : WINDOWS).flatMap((windowBytes) =>
        MESSAGES.map((messageBytes) => ({ connections, windowBytes, messageBytes })),
      ),
    )
    const tried: Array<RawChoice & { seconds: number }> = []
    for (const way of ways) {
      const seconds: number[] = []
      for (let trial = 0; trial < TRIALS; trial++) seconds.push((await this.#move(way)).seconds)
      tried.push({ ...way, seconds: median(seconds) ?? Infinity })
    }
    const best = tried.toSorted((a, b) => a.seconds - b.seconds)[0]
    if (best === undefined) throw new Error('No raw channel carried anything.')
    const { connections, windowBytes, messageBytes } = best
    this.#choice = { connections, windowBytes, messageBytes }
    say(
      `  raw channel: best with ${connections} connection${connections === 1 ? '' : 's'}, ` +
        `a window of ${windowBytes / 1024} KiB and messages of ${messageBytes / 1024} KiB`,
    )
    return this.#choice
  }

  async run(): Promise<RawRun> {
    if (this.#choice === undefined) throw new Error('Calibrate first.')
    return await this.#move(this.#choice)
  }

  /** Milliseconds until one connection carries something: descriptions go from page to page by way of this process. */
  async dial(): Promise<number> {
    const start = performance.now()
    await this.#dial(1)
    const milliseconds = performance.now() - start
    await this.#hangUp()
    return milliseconds
  }

  /** All bytes of the pack once, over connections that are dialled for it. */
  async #move({ connections, ...plan }: RawChoice): Promise<RawRun> {
    const browser = await this.#rig.browser()
    await this.#dial(connections)
    await this.#sender.evaluate(async (given) => await globalThis.benchPage.raw.arm(given), plan)
    const before = await browser.cpuSeconds()
    const seconds = await this.#receiver.evaluate(
      async ([total, given]) => await globalThis.benchPage.raw.receive(total, given),
      [this.#rig.repository.packBytes, plan] as const,
    )
    const cpuSeconds = (await browser.cpuSeconds()) - before
    await this.#hangUp()
    return { seconds, cpuSeconds }
  }

  async #dial(connections: number): Promise<void> {
    const offers = await this.#sender.evaluate(
      async (count) => await globalThis.benchPage.raw.offer(count),
      connections,
    )
    const answers = await this.#receiver.evaluate(async (given) => await globalThis.benchPage.raw.answer(given), offers)
    await this.#sender.evaluate(async (given) => await globalThis.benchPage.raw.accept(given), answers)
  }

  async #hangUp(): Promise<void> {
    for (const page of [this.#sender, this.#receiver]) await page.evaluate(() => globalThis.benchPage.raw.close())
  }
}
