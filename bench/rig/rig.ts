import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Page } from '@playwright/test'
import { RelayProcess } from '../../playwright/support/relay-process.ts'
import type { Person } from '../../playwright/support/test.ts'
import { ArgumentError, type BenchArguments } from '../arguments.ts'
import { profile } from '../profile/profile.ts'
import { Between } from '../proxy/between.ts'
import { BenchBrowser } from './browser.ts'
import { detour } from './detour.ts'
import { type BenchRepository, prepareRepository } from './repository.ts'
import { Site } from './site.ts'

/** All that scenarios run on, each part started when it is first asked for, and ended together. */
export class Rig {
  readonly folder: string
  readonly #args: BenchArguments
  readonly #undo: Array<() => Promise<unknown>> = []
  #source: string | null
  #repository: BenchRepository | undefined
  #browser: Promise<BenchBrowser> | undefined
  #relay: Promise<RelayProcess> | undefined
  #site: Promise<Site> | undefined
  readonly #between: Between | null
  /** Files that the rivals' site serves, by their paths. */
  readonly #files: Record<string, string> = {}

  constructor(args: BenchArguments) {
    this.#args = args
    this.#source = args.repo
    this.folder = mkdtempSync(join(tmpdir(), 'guts-bench-'))
    this.#between = args.rtt > 0 || args.loss > 0 ? new Between({ rtt: args.rtt, loss: args.loss }) : null
    this.#undo.push(async () => await this.#between?.stop())
  }

  /** Takes another repository than the one that was named. Before anything is asked for. */
  useRepository(path: string): void {
    this.#source = path
  }

  /** What is measured with. Throws `ArgumentError` where there is none. */
  get repository(): BenchRepository {
    if (this.#repository !== undefined) return this.#repository
    if (this.#source === null) throw new ArgumentError('Name a git repository on disk: --repo ../some-project')
    this.#repository = prepareRepository(this.#source, this.folder)
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
    this.serve('/pack', this.repository.pack)
    this.#site ??= this.#keep(Site.start(this.folder, this.folder, this.#files), (site) => site.stop())
    return await this.#site
  }

  /** Serves `file` on the rivals' site, at `path`. */
  serve(path: string, file: string): void {
    this.#files[path] = file
  }

  /** What lies between the two sides; null: nothing. */
  get link(): Between | null {
    return this.#between
  }

  /** Another device, at the other end of what lies in between. */
  async device(): Promise<Person> {
    const person = await (await this.browser()).device()
    await this.detour(person.page)
    return person
  }

  /** Puts what lies in between in the way of the page's data channels. Before the page goes anywhere. */
  async detour(page: Page): Promise<void> {
    if (this.#between !== null) await detour(page, this.#between)
  }

  /** An address of this machine as the receiving side reaches it. */
  async fromThere(url: string): Promise<string> {
    const between = this.#between
    if (between === null) return url
    const there = new URL(url)
    const port = String(await between.tcp(Number(there.port)))
    return url.replace(`:${there.port}`, `:${port}`)
  }

  /** Ports of WebSockets as the receiving side reaches them. */
  async socketsFromThere(): Promise<Record<number, number> | undefined> {
    const { port } = await this.relay()
    return this.#between === null ? undefined : { [port]: await this.#between.tcp(port) }
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
    const add = async (port: number, built: string): Promise<void> => {
      scripts.set(port, built)
      if (this.#between !== null) scripts.set(await this.#between.tcp(port), built)
    }
    if (this.#site !== undefined) await add((await this.#site).port, (await this.#site).page)
    if (this.#relay !== undefined) await add((await this.#relay).port, resolve('dist/web'))
    const report = await profile(name, work, { browser, folder, scripts, processes })
    console.log(`\nWhere the time goes (${name}):\n${report}`)
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

  async #keep<T>(starting: Promise<T>, stop: (part: T) => Promise<unknown>): Promise<T> {
    const part = await starting
    this.#undo.push(() => stop(part))
    return part
  }
}
