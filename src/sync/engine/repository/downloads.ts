import { PeerFaultError, RelayedTooLargeError, RemoteRefusedError, StoppedError } from '../../errors.ts'
import { entriesOf } from '../../refs/index.ts'
import { asError } from '../bytes.ts'
import { isLocal } from '../faults.ts'
import { TransferProgress } from '../progress.ts'
import { TooLargeError } from '../too-large.ts'
import { MAX_PACKS, type RepositorySettings } from '../settings.ts'
import { backoff } from '../timing.ts'
import { fetchObjects } from './fetch.ts'
import type { GitStore } from '../../../git/index.ts'
import type { HolderState, TransferState } from '../../types.ts'
import type { ClientSession, RemotePack } from '../client/session.ts'
import type { Candidate } from './intake.ts'
import type { Ledger } from './ledger.ts'

/** Milliseconds before a holder that failed is tried again, first and at most. */
const AVOID_FIRST = 1_000
const AVOID_CAP = 30_000
/** Milliseconds for which an inventory is taken as it was answered. */
const INVENTORY_AGE = 10_000

export interface DownloadsInit {
  store: GitStore
  token: string
  ledger: Ledger
  signal: AbortSignal
  /** Open sessions, direct ones first. */
  sessions: () => ClientSession[]
  describe: (session: ClientSession) => HolderState
  /** Bytes that a first copy may have without its user having agreed. */
  limit: () => number
  onProgress: () => void
  onStatus: (status: DownloadStatus) => void
  /** A proven fault of a peer. */
  onFault: (fault: PeerFaultError) => void
  /** The holder's refs have moved on: it is asked again. */
  compare: (session: ClientSession) => Promise<void>
}

interface Avoided {
  until: number
  failures: number
  /** It was too much for a relayed link: over a direct one there is nothing to avoid. */
  relayed: boolean
}

export type DownloadStatus =
  /** Everything that is known is here. */
  | { kind: 'idle' }
  /** Something is to be fetched and nobody has it now. */
  | { kind: 'waiting' }
  | { kind: 'running' }
  /** More than may be fetched unasked: bytes. */
  | { kind: 'too-large'; bytes: number }
  | { kind: 'failed'; error: Error }

/** Fetches what the ledger's candidates need, from one holder after another until it is here. */
export class Downloads {
  readonly #init: DownloadsInit
  readonly #inventories = new Map<string, { packs: RemotePack[]; at: number }>()
  readonly #avoid = new Map<string, Avoided>()
  #progress: TransferProgress | undefined
  #current: AbortController | undefined
  #wake = Promise.withResolvers<void>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #paused = false
  /** What would be fetched, if its user agreed. */
  #tooLarge: TransferState | null = null
  /** Bytes after which a transfer turned out to be too large: not begun again before its user agrees. */
  #refused = 0

  constructor(init: DownloadsInit) {
    this.#init = init
  }

  get transfer(): TransferState | null {
    return this.#progress?.state ?? this.#tooLarge
  }

  set paused(paused: boolean) {
    this.#paused = paused
    if (paused) this.#current?.abort(new StoppedError())
    this.wake()
  }

  /** What a holder said that it has. */
  inventory(peer: string, packs: RemotePack[]): void {
    this.#inventories.set(peer, { packs, at: Date.now() })
  }

  wake(): void {
    this.#wake.resolve()
  }

  /** Forgets earlier failures: somebody asked, or a link is back. */
  retry(): void {
    this.#avoid.clear()
    this.wake()
  }

  /** Runs until the signal aborts. */
  async run(): Promise<void> {
    const { signal } = this.#init
    const stop = (): void => {
      this.#current?.abort(signal.reason)
      this.wake()
    }
    signal.addEventListener('abort', stop, { once: true })
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers<void>()
      if (!(await this.#step())) await this.#wake.promise
    }
    clearTimeout(this.#timer)
  }

  /** True where there may be more to do at once. */
  async #step(): Promise<boolean> {
    const { ledger, onStatus } = this.#init
    if (this.#paused) return false
    if (this.#refused > this.#init.limit()) return false
    this.#refused = 0
    const candidates = [...ledger.candidates.values()]
    if (candidates.length === 0) {
      onStatus({ kind: 'idle' })
      return false
    }
    const session = this.#choose(candidates)
    if (session == null) {
      onStatus({ kind: 'waiting' })
      this.#wakeLater()
      return false
    }
    const headers = candidates.filter(({ sources }) => sources.has(session.peer))
    try {
      onStatus({ kind: 'running' })
      await this.#fetch(session, headers)
      this.#avoid.delete(session.peer)
    } catch (error) {
      return await this.#failed(session, asError(error))
    }
    return true
  }

  async #fetch(session: ClientSession, headers: Candidate[]): Promise<void> {
    const { store, token, ledger, describe, onProgress, limit } = this.#init
    const { record } = ledger
    if (record == null) return
    const current = new AbortController()
    this.#current = current
    this.#tooLarge = null
    const progress = new TransferProgress(onProgress)
    const { peer, name, link } = describe(session)
    progress.set({ from: { peer, name, link } })
    this.#progress = progress
    let staged: string[] = []
    try {
      const inventory = record.held.size === 0 ? await this.#packsOf(session, current.signal) : []
      const bytes = inventory.reduce((sum, { size }) => sum + size, 0)
      if (bytes > limit()) throw new TooLargeError(bytes, true)
      await ledger.settings((settings) => withPacks(settings, inventory))
      staged = await fetchObjects({
        store,
        token,
        record,
        session,
        inventory,
        headers,
        progress,
        limit,
        signal: current.signal,
      })
      progress.set({ phase: 'saving' })
      const absent = staged.length === 0 ? new Set<string>() : await absentTips(store, token, headers)
      await ledger.accept(headers, staged, absent, session.peer)
    } catch (error) {
      for (const staging of staged) await store.discard(staging)
      throw error
    } finally {
      progress.stop()
      this.#progress = undefined
      this.#current = undefined
      onProgress()
    }
  }

  async #packsOf(session: ClientSession, signal: AbortSignal): Promise<RemotePack[]> {
    const known = this.#inventories.get(session.peer)
    if (known != null && Date.now() - known.at < INVENTORY_AGE) return known.packs
    const packs = await session.inventory({ signal })
    this.inventory(session.peer, packs)
    return packs
  }

  async #failed(session: ClientSession, error: Error): Promise<boolean> {
    const { onStatus, onFault, compare, signal } = this.#init
    if (signal.aborted || this.#paused) return true
    if (error instanceof TooLargeError) {
      this.#tooLarge = { ...new TransferProgress(() => undefined).state, phase: 'packs', totalBytes: error.bytes }
      if (!error.announced) this.#refused = error.bytes
      onStatus({ kind: 'too-large', bytes: error.bytes })
      return false
    }
    if (error instanceof PeerFaultError) {
      onFault(error)
      return true
    }
    if (isLocal(error)) {
      // Another holder's bytes would meet the same: its user must do something.
      onStatus({ kind: 'failed', error })
      return false
    }
    const failures = (this.#avoid.get(session.peer)?.failures ?? 0) + 1
    const relayed = error instanceof RelayedTooLargeError
    const wait = relayed ? AVOID_CAP : backoff(failures - 1, AVOID_FIRST, AVOID_CAP)
    this.#avoid.set(session.peer, { until: Date.now() + wait, failures, relayed })
    if (error instanceof RemoteRefusedError && error.status === 'NOT_SERVED' && session.open) {
      this.#inventories.delete(session.peer)
      await compare(session).catch((failure: unknown) => {
        // A session that broke is opened again, and compares then.
        if (session.open) throw failure
      })
    }
    return true
  }

  /** A holder that has something we want and did not fail just now: direct before relayed, most wanted headers first. */
  #choose(candidates: Candidate[]): ClientSession | undefined {
    const now = Date.now()
    const has = (session: ClientSession): number => candidates.filter(({ sources }) => sources.has(session.peer)).length
    return this.#init
      .sessions()
      .filter((session) => has(session) > 0 && !this.#avoids(session, now))
      .sort((a, b) => Number(a.relayed) - Number(b.relayed) || has(b) - has(a))[0]
  }

  #avoids({ peer, relayed }: ClientSession, now: number): boolean {
    const avoided = this.#avoid.get(peer)
    return avoided != null && avoided.until > now && (relayed || !avoided.relayed)
  }

  /** When the next holder that failed may be tried again. */
  #wakeLater(): void {
    clearTimeout(this.#timer)
    const next = Math.min(...[...this.#avoid.values()].map(({ until }) => until))
    if (Number.isFinite(next)) this.#timer = setTimeout(() => this.wake(), Math.max(50, next - Date.now()))
  }
}

/** Chunks that stay behind when a clone is given up are found by the names of their packs. */
function withPacks(settings: RepositorySettings, inventory: RemotePack[]): RepositorySettings {
  const packs = [...new Set([...settings.packs, ...inventory.map(({ packId }) => packId)])].slice(-MAX_PACKS)
  return packs.length === settings.packs.length ? settings : { ...settings, packs }
}

async function absentTips(store: GitStore, token: string, headers: Candidate[]): Promise<Set<string>> {
  const oids = [...new Set(headers.flatMap(({ refs }) => entriesOf(refs).map(({ oid }) => oid)))]
  const here = await store.has(token, oids)
  return new Set(oids.filter((_, n) => here[n] !== true))
}
