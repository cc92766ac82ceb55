import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Page } from '@playwright/test'

import { Random } from '../fixtures/random.ts'
import {
  editFile,
  expectCloned,
  expectFiles,
  goHome,
  importBundle,
  nameYourself,
  openApp,
  shareLink,
  tokenOf,
} from '../support/actions.ts'
import type { RelayProcess } from '../support/relay-process.ts'
import { expect, type Person, test } from '../support/test.ts'
import { type Copy, judgeCopy, makeSource, type Source, textOf } from './copies.ts'
import { readStored, type Stored } from './database.ts'
import { KillableBrowser } from './killable.ts'

const KINDS = ['import', 'clone', 'commit'] as const
type Kind = (typeof KINDS)[number]

export interface KillRunOptions {
  relay: RelayProcess
  newPerson: () => Promise<Person>
  pageErrors: string[]
  seed: number
  points: number
  note: (type: string, description: string) => void
}

/** What a kill came upon, counted: the figures of a run. */
type Outcomes = Record<Kind, Record<string, number>>

/**
 * One browser that imports, clones and commits, and is killed at seeded moments of it, `points` times. Each time it is
 * started again on the storage that it left, and has to have all that it had said it has.
 */
export class KillRun {
  readonly #options: KillRunOptions
  readonly #random: Random
  readonly #dir = mkdtempSync(join(tmpdir(), 'killed-'))
  readonly #copies: Copy[] = []
  readonly #outcomes: Outcomes = { import: {}, clone: {}, commit: {} }
  /** Milliseconds that each takes here when nobody kills it. */
  readonly #usual: Record<Kind, number> = { import: 0, clone: 0, commit: 0 }
  #browser: KillableBrowser | null = null
  #ana: Page | null = null
  #sources = 0

  constructor(options: KillRunOptions) {
    this.#options = options
    this.#random = new Random(options.seed)
  }

  async run(): Promise<void> {
    const { points, note } = this.#options
    try {
      await test.step('once without a kill', async () => await this.#measure())
      for (let point = 0; point < points; point++) {
        const kind = KINDS[point % KINDS.length] as Kind
        const delay = this.#moment(kind, Math.floor(point / KINDS.length))
        const name = `point ${point} of seed ${this.#options.seed}: ${kind}, killed after ${delay} ms`
        await test.step(name, async () => await this.#point(kind, delay))
      }
      // Each copy has been through every later kill by then: the verdict on all of them is the strictest here.
      await test.step('what was acknowledged is judged', async () => {
        for (const copy of this.#copies) await judgeCopy(this.#page, this.#origin, copy)
      })
      for (const kind of KINDS) {
        const counts = Object.entries(this.#outcomes[kind]).map(([what, times]) => `${what} ${times}`)
        note(`killed in ${kind} (takes ${this.#usual[kind]} ms)`, counts.join(', '))
      }
    } finally {
      await this.#browser?.close()
      rmSync(this.#dir, { recursive: true, force: true })
    }
  }

  get #browserNow(): KillableBrowser {
    if (this.#browser === null) throw new Error('The browser does not run.')
    return this.#browser
  }

  get #page(): Page {
    return this.#browserNow.page
  }

  get #profile(): string {
    return join(this.#dir, 'profile')
  }

  get #origin(): string {
    return this.#options.relay.url
  }

  /**
   * Milliseconds from the beginning of the `n`th of its kind to the kill: random, but each in its own part of the time
   * that it takes, so that few points meet every part. To half as long again: the machine may be slower by then.
   */
  #moment(kind: Kind, n: number): number {
    const parts = Math.ceil(this.#options.points / KINDS.length)
    return Math.round(((n + this.#random.int(1000) / 1000) / parts) * this.#usual[kind] * 1.5)
  }

  async #measure(): Promise<void> {
    const ana = await this.#options.newPerson()
    this.#ana = ana.page
    await openApp(ana.page, this.#origin)
    await nameYourself(ana.page, 'Ana')
    this.#browser = await KillableBrowser.start(this.#profile, this.#options.pageErrors)
    await openApp(this.#page, this.#origin)

    const imported = await this.#source()
    this.#usual.import = await timed(async () => await importBundle(this.#page, imported.bundle))
    const copy = this.#hold(tokenOf(this.#page.url()), imported)
    this.#usual.commit = await timed(async () => await this.#commit(copy, 6))

    const cloned = await this.#source()
    const link = await this.#shareFromAna(cloned)
    await openApp(this.#page, this.#origin)
    this.#usual.clone = await timed(async () => {
      await this.#page.goto(link)
      await expectCloned(this.#page)
    })
    this.#hold(tokenOf(link), cloned)
  }

  async #point(kind: Kind, delay: number): Promise<void> {
    await goHome(this.#page)
    switch (kind) {
      case 'import':
        return await this.#killImport(delay)
      case 'clone':
        return await this.#killClone(delay)
      case 'commit':
        return await this.#killCommits(delay)
    }
  }

  async #killImport(delay: number): Promise<void> {
    const source = await this.#source()
    const before = new Set(this.#copies.map(({ token }) => token))
    const ended = await this.#browserNow.killDuring(async () => await importBundle(this.#page, source.bundle), delay)
    const { abandoned, stagedChunks } = await this.#restart()
    // All of it or nothing: its transaction may have been through before the page could say so.
    const fresh = (await this.#listed()).filter((token) => !before.has(token))
    expect(fresh.length).toBeGreaterThanOrEqual(ended ? 1 : 0)
    expect(fresh.length).toBeLessThanOrEqual(1)
    for (const token of fresh) this.#hold(token, source)
    let left = 'before anything was written'
    if (abandoned.length > 0) left = stagedChunks > 0 ? 'half written, collected' : 'begun, collected'
    this.#count('import', ended ? 'acknowledged' : fresh.length > 0 ? 'stored, not yet shown' : left)
  }

  async #killClone(delay: number): Promise<void> {
    const source = await this.#source()
    const link = await this.#shareFromAna(source)
    const token = tokenOf(link)
    let known = false
    const ended = await this.#browserNow.killDuring(async () => {
      await this.#page.goto(link)
      const arriving = this.#page.getByRole('region', { name: 'Getting the repository' })
      await arriving
        .or(this.#page.getByRole('region', { name: 'Files' }))
        .first()
        .waitFor()
      known = true
      await expectCloned(this.#page)
    }, delay)
    const { repositories, stagedChunks } = await this.#restart()
    const kept = repositories.includes(token)
    if (known) expect(repositories).toContain(token)
    // What the page had begun goes on by itself; what it never began is begun again.
    if (!kept) await this.#page.goto(link)
    await goHome(this.#page)
    await expect.poll(async () => await this.#listed(), { timeout: 60_000 }).toContain(token)
    await this.#page.goto(`${this.#origin}/#/${token}`)
    await expectCloned(this.#page)
    this.#hold(token, source)
    const partly = stagedChunks > 0 ? 'half here, went on' : 'known, went on'
    this.#count('clone', ended ? 'acknowledged' : kept ? partly : 'before it was known')
  }

  async #killCommits(delay: number): Promise<void> {
    const copy = this.#copies[0] as Copy
    const before = copy.commits.length
    await this.#browserNow.killDuring(async () => await this.#commit(copy, Infinity), delay)
    const [acknowledged, underWay] = [copy.commits.length - before, copy.underWay !== null]
    await this.#restart()
    await judgeCopy(this.#page, this.#origin, copy)
    const stored = copy.commits.length - before > acknowledged
    const last = underWay ? ` and one under way ${stored ? 'stored' : 'not stored'}` : ''
    this.#count('commit', `${acknowledged} acknowledged${last}`)
  }

  /** Starts the browser again and looks at what the kill left; then at all that was acknowledged before. */
  async #restart(): Promise<Stored> {
    this.#browser = await KillableBrowser.start(this.#profile, this.#options.pageErrors)
    // A page of the app's origin that is not the app: the database as the kill left it.
    await this.#page.goto(`${this.#origin}/health`)
    const left = await readStored(this.#page)
    await openApp(this.#page, this.#origin)
    const tokens = this.#copies.map(({ token }) => token)
    await expect.poll(async () => await this.#listed()).toEqual(expect.arrayContaining(tokens))
    const { abandoned, broken } = await readStored(this.#page)
    expect({ abandoned, broken }).toEqual({ abandoned: [], broken: [] })
    return left
  }

  /** Commits in the page, `times` times one after the other; notes in `copy` what is acknowledged. */
  async #commit(copy: Copy, times: number): Promise<void> {
    await this.#page.goto(`${this.#origin}/#/${copy.token}`)
    await expectFiles(this.#page)
    await this.#page.getByRole('link', { name: 'README.md', exact: true }).first().click()
    for (let n = 0; n < times; n++) {
      const message = `Commit ${copy.commits.length + 1}`
      copy.underWay = message
      await editFile(this.#page, textOf(message), message)
      copy.commits.push(message)
      copy.underWay = null
    }
  }

  async #shareFromAna({ bundle }: Source): Promise<string> {
    if (this.#ana === null) throw new Error('Ana is not here.')
    await goHome(this.#ana)
    await importBundle(this.#ana, bundle)
    return await shareLink(this.#ana)
  }

  /** Tokens of the repositories that the first page lists as being here. */
  async #listed(): Promise<string[]> {
    const links = this.#page.getByRole('region', { name: 'Repositories in this browser' }).getByRole('link')
    return (await links.evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href))).map(tokenOf)
  }

  async #source(): Promise<Source> {
    return await makeSource(this.#dir, this.#options.seed * 1000 + this.#sources++)
  }

  #hold(token: string, source: Source): Copy {
    const copy: Copy = { token, source, commits: [], underWay: null }
    this.#copies.push(copy)
    return copy
  }

  #count(kind: Kind, outcome: string): void {
    this.#outcomes[kind][outcome] = (this.#outcomes[kind][outcome] ?? 0) + 1
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = Date.now()
  await work()
  return Date.now() - began
}
