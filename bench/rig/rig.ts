import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Page } from '@playwright/test'
import { RelayProcess } from '../../playwright/support/relay-process.ts'
import type { Person } from '../../playwright/support/test.ts'
import { ArgumentError, type BenchArguments } from '../arguments.ts'
import { profile } from '../profile/profile.ts'
import { BenchBrowser } from './browser.ts'
import { type BenchRepository, prepareRepository } from './repository.ts'
import { Site } from './site.ts'

/** All that scenarios run on, each part started when it is first asked for, and ended together. */
export class Rig {
  readonly folder: string
  readonly #args: BenchArguments
  readonly #undo: Array<() => Promise<unknown>> = []
  #repository: BenchRepository | undefined
  #browser: Promise<BenchBrowser> | undefined
  #relay: Promise<RelayProcess> | undefined
  #site: Promise<Site> | undefined

  constructor(args: BenchArguments) {
    this.#args = args
    this.folder = mkdtempSync(join(tmpdir(), 'guts-bench-'))
  }

  /** What is measured with. Throws `ArgumentError` where there is none. */
  get repository(): BenchRepository {
    if (this.#repository !== undefined) return this.#repository
    if (this.#args.repo === null) {
      throw new ArgumentError('Name a git repository on disk: --repo ../some-project')
    }
    this.#repository = prepareRepository(this.#args.repo, this.folder)
    return this.#repository
  }

  async browser(): Promise<BenchBrowser> {
    this.#browser ??= this.#keep(BenchBrowser.start(), (browser) => browser.stop())
    return await this.#browser
  }

  /** The built relay, which serves the built app. */
  async relay(): Promise<RelayProcess> {
    this.#relay ??= this.#keep(RelayProcess.start(), (relay) => relay.dispose())
    return await this.#relay
  }

  /** The rivals' page and stock git's server. */
  async site(): Promise<Site> {
    this.#site ??= this.#keep(this.#startSite(), (site) => site.stop())
    return await this.#site
  }

  /** Another device. */
  async device(): Promise<Person> {
    return await (await this.browser()).device()
  }

  /**
   * With `--profile`, runs `work` once more with a profiler in every thread and prints where the time went; `known` names
   * the processes of pages that take part.
   */
  async profile(
    name: string,
    work: () => Promise<unknown>,
    known: ReadonlyMap<string, Page> = new Map(),
  ): Promise<void> {
    const folder = this.#args.profile
    if (folder === null) return
    const browser = await this.browser()
    const processes = new Map<number, string>()
    for (const [title, page] of known) {
      const pid = await browser.rendererOf(page)
      if (pid !== null) processes.set(pid, title)
    }
    const scripts = new Map<number, string>()
    if (this.#site !== undefined) scripts.set((await this.#site).port, (await this.#site).page)
    if (this.#relay !== undefined) scripts.set((await this.#relay).port, resolve('dist/web'))
    console.log(
      `\nWhere the time goes (${name}):\n${await profile(name, work, { browser, folder, scripts, processes })}`,
    )
  }

  /** A folder of its own for one use. */
  fresh(name: string): string {
    const folder = join(this.folder, name)
    if (existsSync(folder)) rmSync(folder, { recursive: true })
    mkdirSync(folder)
    return folder
  }

  /** Ends everything, in order, and leaves nothing on disk. */
  async stop(): Promise<void> {
    for (const step of this.#undo.splice(0).reverse()) await step()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #startSite(): Promise<Site> {
    const { repo } = this.#args
    return await Site.start(this.folder, this.folder, repo === null ? null : this.repository.pack)
  }

  async #keep<T>(starting: Promise<T>, stop: (part: T) => Promise<unknown>): Promise<T> {
    const part = await starting
    this.#undo.push(() => stop(part))
    return part
  }
}
