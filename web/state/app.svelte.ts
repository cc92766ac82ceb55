import { createContext } from 'svelte'
import type { ImportWarning } from '../../src/git/index.ts'
import type { UpdateOutcome } from '../../src/sync/index.ts'
import { OfflineApp } from '../offline/offline-app.svelte.ts'
import type { Recent } from '../storage/app-storage.ts'
import { persistRoom } from '../storage/room.ts'
import type { Core } from './core.ts'
import type { PrepareSource } from './import-job.svelte.ts'
import { ImportJob } from './import-job.svelte.ts'
import type { PageLocation } from './location.svelte.ts'
import { Network } from './network.svelte.ts'
import { Repositories } from './repositories.svelte.ts'

/** How far the start has come. */
export type Running =
  | { kind: 'starting'; step: string }
  | { kind: 'ready'; core: Core; repositories: Repositories; network: Network }
  /** Not https and not localhost: the browser gives pages nothing to work with. */
  | { kind: 'insecure' }
  | { kind: 'failed'; error: unknown }

const PERSIST_ASKED = 'persist-asked'

export interface Fault {
  id: number
  error: unknown
  /** It is about what was just given: whatever is opened next takes it away. */
  passing: boolean
}

/** The app's own state: where it is, what runs, what went wrong. One for the page, made in main.ts. */
export class App {
  readonly location: PageLocation
  /** The app itself, kept for when there is no network. */
  readonly offline = new OfflineApp()
  running: Running = $state.raw({ kind: 'starting', step: 'Starting…' })
  /** Repositories looked at before, known before anything is started. */
  recents: Recent[] = $state.raw([])
  importing: ImportJob | null = $state.raw(null)
  /** What an import left out, by token, until its reader has seen it. */
  warnings: Record<string, ImportWarning[]> = $state.raw({})
  /** What an update brought, by token, until its reader has seen it. */
  updates: Record<string, UpdateOutcome | null> = $state.raw({})
  /** Tokens of repositories that were removed here. */
  removed: readonly string[] = $state.raw([])
  /** Tokens of links opened here though this browser has them: "open it in another browser". */
  sameBrowser: string | null = $state.raw(null)
  /** A device was refused: for data that does not match its signature (`proven`), or for how it behaved. */
  refused: { reason: string; proven: boolean } | null = $state.raw(null)
  shareOpen = $state(false)
  faults: Fault[] = $state.raw([])
  #faults = 0
  /** What was chosen before everything was started waits for it. */
  readonly #started = Promise.withResolvers<Core>()

  constructor(location: PageLocation) {
    this.location = location
  }

  get core(): Core | null {
    return this.running.kind === 'ready' ? this.running.core : null
  }

  ready(core: Core): void {
    const network = new Network(core.peer, window)
    network.onDenied(({ reason, proven }) => {
      this.refused = { reason, proven }
    })
    // The list changed: another tab may have removed one.
    core.sync.on((token) => {
      if (token === '') this.attempt(async () => (this.removed = await core.storage.removed()))
    })
    this.#started.resolve(core)
    this.running = { kind: 'ready', core, repositories: new Repositories(core.sync), network }
  }

  /** Shows an error that nobody else showed. */
  readonly report = (error: unknown): void => this.#report(error, false)

  /** Shows what is wrong with what somebody gave, until they give something else. */
  readonly refuse = (error: Error): void => {
    this.forgetRefused()
    this.#report(error, true)
  }

  /** Something else was opened: what was wrong with what came before is of no interest any more. */
  readonly forgetRefused = (): void => {
    if (this.faults.some(({ passing }) => passing)) this.faults = this.faults.filter(({ passing }) => !passing)
  }

  #report(error: unknown, passing: boolean): void {
    this.#faults += 1
    // The newest few: a loop that fails must not fill the page.
    this.faults = [...this.faults, { id: this.#faults, error, passing }].slice(-3)
  }

  readonly dismiss = (id: number): void => {
    this.faults = this.faults.filter((fault) => fault.id !== id)
  }

  /** Runs `action` for a button: what fails reaches the screen. */
  readonly attempt = (action: () => Promise<unknown>): void => {
    action().catch(this.report)
  }

  /** Imports what `prepare` gives and goes there; how it ends stands in `importing`. */
  async import(name: string, prepare: PrepareSource): Promise<void> {
    if (this.importing?.status.kind === 'running' || this.importing?.status.kind === 'asking') return
    const job = new ImportJob(name)
    this.importing = job
    const token = await job.run(
      this.#started.promise.then(({ sync }) => sync),
      prepare,
    )
    if (this.importing !== job || job.status.kind === 'failed') return
    this.importing = null
    if (token === null || job.status.kind !== 'done') return
    const { warnings, update } = job.status
    this.warnings = { ...this.warnings, [token]: warnings }
    this.updates = { ...this.updates, [token]: update }
    this.location.navigate({ view: 'tree', token, ref: null, path: '' })
  }

  /** Notes that the repository was looked at; the first page then knows it before anything is started. */
  async remember(token: string, name: string): Promise<void> {
    const { core } = this
    if (core === null) return
    await core.storage.addRecent({ token, name, openedAt: Date.now() })
    this.recents = await core.storage.recents()
    await this.#askToPersist(core)
  }

  /** Asked once, at the first repository: some browsers ask the person. */
  async #askToPersist({ storage }: Core): Promise<void> {
    if (await storage.get(PERSIST_ASKED)) return
    await storage.set(PERSIST_ASKED, Uint8Array.of(1))
    await persistRoom()
  }

  /** Forgets the repository here, and leaves its pages first so that they do not open it again. */
  async remove(token: string): Promise<void> {
    const { core } = this
    if (core === null) return
    this.removed = [...this.removed, token]
    this.location.navigate({ view: 'home' })
    // Before it is gone: other tabs that see it go know why.
    await core.storage.addRemoved(token)
    try {
      await core.sync.remove(token)
    } catch (error) {
      await this.wantAgain(token)
      throw error
    }
    await core.storage.removeRecent(token)
    this.recents = await core.storage.recents()
  }

  /** A removed repository is asked for again: from here on its addresses open it. */
  async wantAgain(token: string): Promise<void> {
    if (!this.removed.includes(token)) return
    this.removed = this.removed.filter((other) => other !== token)
    await this.core?.storage.dropRemoved(token)
  }
}

export const [getApp, setApp] = createContext<App>()
