import { PeerFaultError, RemoteRefusedError } from '../../errors.ts'
import { asError } from '../bytes.ts'
import { offenceOf } from '../faults.ts'
import { ClientSession, type NamedHolder, type OpenedSession } from '../client/session.ts'
import { backoff } from '../timing.ts'
import type { GutsPeer, LinkKind } from '../../../peer/index.ts'
import type { Announce } from '../../wire/index.ts'
import type { ClientConnections } from '../client/connection.ts'
import type { ListOf } from '../client/refs-answer.ts'
import type { SmallPack } from './small-pack.ts'

/** Milliseconds until a peer that answered "not held" is asked again without a new sign of interest. */
const NOT_HELD_FOR = 30_000
/** Milliseconds before a lost session is opened again, first and at most. */
const RETRY_FIRST = 250
const RETRY_CAP = 15_000

export interface HoldersInit {
  peer: GutsPeer
  connections: ClientConnections
  digest: Uint8Array
  signal: AbortSignal
  /** Hashes of the headers that are here, as this peer is told of them. */
  known: (peer: string) => Uint8Array[]
  /** Lists that are here, or were. */
  listOf: ListOf
  /** Takes the snapshot that is asked for while a session with `peer` is opened; undefined where none is. */
  early: (peer: string) => SmallPack | undefined
  /** A holder answered: its refs have come. */
  onOpened: (opened: OpenedSession, early: SmallPack | undefined) => Promise<void>
  onClosed: (peer: string) => void
  onAnnounce: (announce: Announce, session: ClientSession) => void
  /** A holder told which chunks it has. */
  onHave: (session: ClientSession) => void
  /** A holder named others. */
  onHolders: (holders: NamedHolder[]) => void
  onFault: (fault: PeerFaultError) => void
}

interface Attempt {
  failures: number
  notBefore: number
  timer: ReturnType<typeof setTimeout> | undefined
  opening: boolean
  /** Somebody asked while it was being opened: the link may have become a direct one. */
  again: boolean
}

/** The control streams to the connected holders of one repository, opened again when they are lost. */
export class Holders {
  readonly #init: HoldersInit
  readonly #sessions = new Map<string, ClientSession>()
  readonly #attempts = new Map<string, Attempt>()

  constructor(init: HoldersInit) {
    this.#init = init
    init.signal.addEventListener('abort', () => this.#stop(), { once: true })
  }

  /** Open sessions, direct ones first. */
  sessions(): ClientSession[] {
    const open = [...this.#sessions.values()].filter((session) => session.open)
    return open.sort((a, b) => Number(a.relayed) - Number(b.relayed))
  }

  session(peer: string): ClientSession | undefined {
    const session = this.#sessions.get(peer)
    return session?.open === true ? session : undefined
  }

  /** A session over one more connection to the holder of `session`, for chunks alone; its caller closes both. */
  async lane({ peer: remote }: ClientSession, signal: AbortSignal): Promise<ClientSession> {
    const { peer, connections, digest } = this.#init
    const connection = await peer.openLane(remote, { signal })
    try {
      return await ClientSession.lane({ peer, connections, remote, digest, signal }, connection)
    } catch (error) {
      connection.abort(asError(error))
      throw error
    }
  }

  link(peer: string): LinkKind | null {
    return this.#init.peer.peers.get(peer)?.link ?? null
  }

  /** `peer` is connected and may hold the repository: asks it, unless that is done or under way. `fresh`: forget that it did not. */
  ensure(peer: string, fresh = false): void {
    if (this.#init.signal.aborted || peer === this.#init.peer.peerId.toString()) return
    const existing = this.session(peer)
    if (existing != null) {
      // A direct link came up after the relayed one: refs may stay, packs need the new one.
      if (!existing.relayed || this.link(peer) !== 'direct') return
      this.#sessions.delete(peer)
      void existing.close()
    }
    const attempt = this.#attempt(peer)
    if (fresh) attempt.notBefore = 0
    if (attempt.opening) {
      attempt.again = true
      return
    }
    const wait = attempt.notBefore - Date.now()
    clearTimeout(attempt.timer)
    if (wait > 0) attempt.timer = setTimeout(() => this.#open(peer, attempt), wait)
    else this.#open(peer, attempt)
  }

  /** Ends the session: its peer is at fault, or gone. */
  drop(peer: string): void {
    const session = this.#sessions.get(peer)
    this.#sessions.delete(peer)
    void session?.close()
    this.forget(peer)
  }

  /** The peer left: no more attempts. */
  forget(peer: string): void {
    clearTimeout(this.#attempts.get(peer)?.timer)
    this.#attempts.delete(peer)
  }

  #attempt(peer: string): Attempt {
    let attempt = this.#attempts.get(peer)
    if (attempt == null) {
      attempt = { failures: 0, notBefore: 0, timer: undefined, opening: false, again: false }
      this.#attempts.set(peer, attempt)
    }
    return attempt
  }

  #open(peer: string, attempt: Attempt): void {
    attempt.opening = true
    attempt.again = false
    this.#connect(peer, attempt)
      .catch((error: unknown) => this.#failed(peer, attempt, asError(error)))
      .finally(() => {
        attempt.opening = false
        if (attempt.again && this.session(peer) != null) this.ensure(peer)
      })
  }

  async #connect(peer: string, attempt: Attempt): Promise<void> {
    const { known, signal } = this.#init
    const early = this.#init.early(peer)
    const init = { ...this.#init, remote: peer, known: known(peer) }
    try {
      const opened = await ClientSession.open({ ...init, early: early?.part })
      if (signal.aborted) return await opened.session.close()
      await this.#opened(peer, attempt, opened, early)
    } catch (error) {
      await early?.discard()
      throw error
    }
  }

  async #opened(peer: string, attempt: Attempt, opened: OpenedSession, early: SmallPack | undefined): Promise<void> {
    const before = this.#sessions.get(peer)
    this.#sessions.set(peer, opened.session)
    if (before != null) void before.close()
    void opened.session.closed.then((error) => {
      if (error != null) this.#judge(peer, error)
      this.#lost(peer, opened.session)
    })
    try {
      await this.#init.onOpened(opened, early)
      attempt.failures = 0
      attempt.notBefore = 0
    } catch (error) {
      if (!(error instanceof PeerFaultError)) throw error
      this.#init.onFault(error)
    }
  }

  #failed(peer: string, attempt: Attempt, error: Error): void {
    if (this.#init.signal.aborted || this.link(peer) == null) return this.forget(peer)
    this.#judge(peer, error)
    if (error instanceof RemoteRefusedError && error.status === 'NOT_HELD') {
      attempt.notBefore = Date.now() + NOT_HELD_FOR
      return
    }
    attempt.notBefore = Date.now() + backoff(attempt.failures, RETRY_FIRST, RETRY_CAP)
    attempt.failures++
    attempt.timer = setTimeout(() => this.ensure(peer), attempt.notBefore - Date.now())
  }

  #judge(peer: string, error: Error): void {
    const offence = offenceOf(error)
    if (offence != null && this.link(peer) != null) this.#init.peer.peers.penalise(peer, offence)
  }

  #lost(peer: string, session: ClientSession): void {
    if (this.#sessions.get(peer) !== session) return
    this.#sessions.delete(peer)
    this.#init.onClosed(peer)
    if (this.#init.signal.aborted || this.link(peer) == null) return
    // Its connection was replaced, or the stream broke: compared anew, so that nothing that was announced is lost.
    const attempt = this.#attempt(peer)
    attempt.notBefore = Date.now() + backoff(attempt.failures, RETRY_FIRST, RETRY_CAP)
    attempt.failures++
    this.ensure(peer)
  }

  #stop(): void {
    for (const { timer } of this.#attempts.values()) clearTimeout(timer)
    this.#attempts.clear()
    for (const session of this.#sessions.values()) void session.close()
    this.#sessions.clear()
  }
}
