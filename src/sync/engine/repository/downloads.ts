import { PeerFaultError, RelayedTooLargeError, RemoteRefusedError, StoppedError } from '../../errors.ts'
import { entriesOf } from '../../refs/index.ts'
import { asError } from '../bytes.ts'
import { isLocal } from '../faults.ts'
import { TransferProgress } from '../progress.ts'
import { TooLargeError } from '../too-large.ts'
import { MAX_PACKS, type RepositorySettings } from '../settings.ts'
import { backoff } from '../timing.ts'
import { chooseBases } from '../swarm/choose-bases.ts'
import { WORTH_SHARING } from '../swarm/offers.ts'
import { Carried } from './carried.ts'
import { fetchObjects } from './fetch.ts'
import { mend } from './mend.ts'
import { chunksOf, PackSources } from './pack-sources.ts'
import { countedRefs } from './record.ts'
import type { GitStore } from '../../../git/index.ts'
import type { Offence } from '../../../peer/index.ts'
import type { HolderState, TransferState } from '../../types.ts'
import type { FetchContext } from '../client/context.ts'
import type { LanesInit } from '../client/lanes.ts'
import type { ClientSession, RemotePack } from '../client/session.ts'
import type { TransferLog, TransferMeter } from '../transfer-log.ts'
import type { Candidate } from './intake.ts'
import type { Ledger } from './ledger.ts'

/** Milliseconds before a holder that failed is tried again, first and at most. */
const AVOID_FIRST = 1_000
const AVOID_CAP = 30_000
/** Milliseconds for others to bring what a holder would rather not be asked for, and at least while some are being dialled. */
const PATIENCE = 1_000
const PATIENCE_DIALLING = 3_000

export interface DownloadsInit {
  store: GitStore
  token: string
  ledger: Ledger
  signal: AbortSignal
  /** Open sessions, direct ones first. */
  sessions: () => ClientSession[]
  /** One more connection to the holder of a session. */
  openLane: LanesInit['open']
  describe: (session: ClientSession) => HolderState
  /** Bytes that a first copy may have without its user having agreed. */
  limit: () => number
  onProgress: () => void
  onStatus: (status: DownloadStatus) => void
  /** A proven fault of a peer. */
  onFault: (fault: PeerFaultError, meter?: TransferMeter) => void
  onOffence: (peer: string, offence: Offence) => void
  /** Which chunks of a pack that is being fetched are here is another: those who fetch it too are told. */
  onHave: (packId: string, bitfield: Uint8Array<ArrayBuffer>) => void
  /** Others who have it were named, and are being dialled: milliseconds that a dial took lately. Else null. */
  dialling: () => number | null
  /** `swarming` is another. */
  onSwarming: () => void
  log: TransferLog
  /** The holder's refs have moved on: it is asked again. */
  compare: (session: ClientSession) => Promise<void>
}

/** What a transfer is given; connections and streams it opens for itself. */
type TransferContext = Omit<FetchContext, 'transfers' | 'lanes'> & Pick<DownloadsInit, 'openLane'>

/** Errors of src/git that say that something is not here on which what came builds. */
const LOST: ReadonlySet<string> = new Set(['MissingObjectError', 'MissingBaseError'])

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
  readonly sources: PackSources
  readonly carried: Carried
  readonly #init: DownloadsInit
  readonly #avoid = new Map<string, Avoided>()
  #progress: TransferProgress | undefined
  #current: AbortController | undefined
  #wake = Promise.withResolvers<void>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #paused = false
  #swarming = false
  /** What would be fetched, if its user agreed. */
  #tooLarge: TransferState | null = null
  /** Bytes after which a transfer turned out to be too large: not begun again before its user agrees. */
  #refused = 0

  constructor(init: DownloadsInit) {
    this.#init = init
    this.sources = new PackSources(init.sessions)
    this.carried = new Carried((packId, bitfield) => this.#tell(packId, bitfield))
  }

  /** Big base packs are coming in, or about to: more holders make it faster. */
  get swarming(): boolean {
    return this.#swarming || this.#foreseen
  }

  /** Milliseconds until what is coming in is here, as fast as it came lately; Infinity where that cannot be said. */
  get left(): number {
    const { bytes, totalBytes, speed } = this.#progress?.state ?? { bytes: 0, totalBytes: null, speed: 0 }
    return totalBytes == null || speed === 0 ? Infinity : (1000 * (totalBytes - bytes)) / speed
  }

  get #patience(): number {
    const dial = this.#init.dialling()
    return dial == null ? PATIENCE : Math.max(PATIENCE_DIALLING, 2 * dial)
  }

  /** Nothing is here yet, and what a holder has is big and may be fetched. */
  get #foreseen(): boolean {
    if (this.#paused || this.#init.ledger.record?.held.size !== 0) return false
    // Over a relayed link too: the holder's own may take its time, or never be a direct one.
    return this.sources
      .everyAdvertised()
      .some(([, packs]) => packs.some(isWorthSharing) && bytesOf(packs) <= this.#init.limit())
  }

  get transfer(): TransferState | null {
    return this.#progress?.state ?? this.#tooLarge
  }

  set paused(paused: boolean) {
    this.#paused = paused
    if (paused) this.#current?.abort(new StoppedError())
    this.wake()
  }

  /** A holder answered: what it has, and what is here of that. */
  opened(session: ClientSession, inventory: RemotePack[]): void {
    this.sources.inventory(session.peer, inventory)
    for (const { packId, here } of this.carried.list()) this.#tellOne(session, packId, here.bytes())
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
    const lost = this.#lost()
    const candidates = lost ?? [...ledger.candidates.values()]
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
      if (lost == null) await this.#fetch(session, headers)
      else await this.#mend(session, headers)
      this.#avoid.delete(session.peer)
    } catch (error) {
      return await this.#failed(session, asError(error))
    }
    return true
  }

  /** What was here and is damaged, as if anybody had it; undefined where all is well. */
  #lost(): Candidate[] | undefined {
    const { ledger, sessions } = this.#init
    const { record } = ledger
    if (record?.stored.damaged !== true) return undefined
    const sources = new Set(sessions().map(({ peer }) => peer))
    return countedRefs(record).map((held) => ({ ...held, sources }))
  }

  async #mend(session: ClientSession, headers: Candidate[]): Promise<void> {
    await this.#transfer(session, async (context) => await mend({ ...context, headers }))
    await this.#init.ledger.refresh()
  }

  async #fetch(session: ClientSession, headers: Candidate[]): Promise<void> {
    const { store, token, ledger, limit } = this.#init
    const { record } = ledger
    if (record == null) return
    await this.#transfer(session, async (context) => {
      const { progress, signal } = context
      const bases = record.held.size === 0 ? await this.#chooseBases(session, headers, signal) : []
      const bytes = bytesOf(bases)
      if (bytes > limit()) throw new TooLargeError(bytes, true)
      await ledger.settings((settings) => withPacks(settings, bases))
      this.#swarm(!session.relayed && bases.some(isWorthSharing))
      const staged = await fetchObjects({ ...context, record, bases, headers })
      try {
        progress.set({ phase: 'saving' })
        const absent = staged.length === 0 ? new Set<string>() : await absentTips(store, token, headers)
        await ledger.accept(headers, staged, absent, session.peer)
        await this.#served()
      } catch (error) {
        for (const staging of staged) await store.discard(staging)
        throw error
      }
    })
  }

  /** Has `work` done with the chosen holder, as the one transfer that is shown. */
  async #transfer(session: ClientSession, work: (context: TransferContext) => Promise<void>): Promise<void> {
    const { describe, onProgress } = this.#init
    const current = new AbortController()
    this.#current = current
    this.#tooLarge = null
    const progress = new TransferProgress(onProgress)
    const { peer, name, link } = describe(session)
    progress.set({ from: { peer, name, link } })
    this.#progress = progress
    try {
      await work({
        ...this.#init,
        session,
        sources: this.sources,
        carried: this.carried,
        progress,
        patience: () => this.#patience,
        signal: current.signal,
      })
    } finally {
      this.carried.end(() => false)
      this.#swarm(false)
      progress.stop()
      this.#progress = undefined
      this.#current = undefined
      onProgress()
    }
  }

  /** Among the packs of those who have what is wanted; who has them besides counts too. */
  async #chooseBases(session: ClientSession, headers: Candidate[], signal: AbortSignal): Promise<RemotePack[]> {
    const { sources } = this
    await sources.refresh(session, signal)
    if (session.relayed) return sources.advertised(session)
    const wanted = sources.sessions().filter(({ peer }) => headers.every((header) => header.sources.has(peer)))
    return chooseBases(
      wanted.map((other) => sources.advertised(other)),
      sources.sessions().map((other) => sources.advertised(other)),
    )
  }

  /** What was carried is served from here on as by anybody who has it, as far as the refs reach all of it. */
  async #served(): Promise<void> {
    if (this.carried.list().length === 0) return
    const packs = await this.#init.store.inventory(this.#init.token)
    this.carried.end((packId) => packs.some((pack) => pack.packId === packId))
  }

  #swarm(swarming: boolean): void {
    if (this.#swarming === swarming) return
    this.#swarming = swarming
    this.#init.onSwarming()
  }

  #tell(packId: string, bitfield: Uint8Array<ArrayBuffer>): void {
    this.#init.onHave(packId, bitfield)
    for (const session of this.sources.sessions()) this.#tellOne(session, packId, bitfield)
  }

  /** Who has the whole pack offers each what the others are not offered. */
  #tellOne(session: ClientSession, packId: string, bitfield: Uint8Array<ArrayBuffer>): void {
    if (this.sources.advertised(session).some((pack) => pack.packId === packId)) session.tell(packId, bitfield)
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
      if (!(await this.#lostMeanwhile(error))) onFault(error)
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
      this.sources.forget(session.peer)
      await compare(session).catch((failure: unknown) => {
        // A session that broke is opened again, and compares then.
        if (session.open) throw failure
      })
    }
    return true
  }

  /** What is missing below what came was lost here while it came: nobody's fault. */
  async #lostMeanwhile({ cause }: PeerFaultError): Promise<boolean> {
    if (!(cause instanceof Error) || !LOST.has(cause.name)) return false
    const { store, token, ledger } = this.#init
    if ((await store.repository(token))?.damaged !== true) return false
    await ledger.refresh()
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

function isWorthSharing({ size }: RemotePack): boolean {
  return chunksOf(size) >= WORTH_SHARING
}

function bytesOf(packs: RemotePack[]): number {
  return packs.reduce((sum, { size }) => sum + size, 0)
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
