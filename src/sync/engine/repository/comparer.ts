import { PeerFaultError, RemoteRefusedError } from '../../errors.ts'
import { asError, toHex } from '../bytes.ts'
import { isLocal } from '../faults.ts'
import { backoff, delay } from '../timing.ts'
import { takeAnnounced } from './announced.ts'
import { isNews, opened } from './intake.ts'
import { countedRefs } from './record.ts'
import type { GitStore } from '../../../git/index.ts'
import type { ClientSession, NamedHolder } from '../client/session.ts'
import type { RefsAnswer } from '../client/refs-answer.ts'
import type { OpenedHeader } from '../../refs/index.ts'
import type { Announce } from '../../wire/index.ts'
import type { Ledger } from './ledger.ts'

/** `GetRefs` in a row, where a holder has more writers than fit into one answer. */
const MAX_PAGES = 16
/** Milliseconds until a holder that was busy is asked again, first and at most. */
const BUSY_FIRST = 1_000
const BUSY_CAP = 15_000

/** Headers of which it is remembered who said them, and so many of these. */
const MAX_SAID = 64

interface Said {
  /** PeerIds. */
  by: Set<string>
  /** Once its signature was checked. */
  header: OpenedHeader | undefined
  /** What came with it is being taken: true where that was enough. */
  taking: Promise<boolean> | undefined
}

export interface ComparerInit {
  store: GitStore
  token: string
  digest: Uint8Array
  ledger: Ledger
  /** Unix milliseconds. */
  clock: () => number
  signal: AbortSignal
  /** The session with this peer, or else with anybody. */
  session: (peer: string) => ClientSession | undefined
  /** There is something new, and no session to ask over: `peer` has it. */
  onNews: (peer: string) => void
  /** A holder named others. */
  onHolders: (holders: NamedHolder[]) => void
  /** An answer was judged, or an announcement that brought what it is about. */
  onCompared: () => void
  /** Objects came from `peer` with what it announced, and are here: bytes. */
  onBrought: (peer: string, bytes: number) => void
  /** Nothing is to be fetched now: its user said so. */
  paused: () => boolean
  onFault: (fault: PeerFaultError) => void
}

/** Compares what is here with what holders have: when a session opens, and whenever somebody says that there is news. */
export class Comparer {
  /** Unix milliseconds of the last answer; 0 if there was none. */
  comparedAt = 0
  /** Holders that were behind us when they answered. */
  readonly behind = new Set<string>()
  readonly #init: ComparerInit
  readonly #running = new Map<ClientSession, { again: boolean }>()
  /** Who said what lately, by header. */
  readonly #said = new Map<string, Said>()

  constructor(init: ComparerInit) {
    this.#init = init
  }

  /** Hashes of the headers that count and whose objects are here. */
  get known(): Uint8Array[] {
    const { record } = this.#init.ledger
    return record == null ? [] : countedRefs(record).map(({ header }) => header.hash)
  }

  /** Its session ended. */
  forget(peer: string): void {
    this.behind.delete(peer)
  }

  /** Judges the answer with which a session opened, and asks for the rest where there is more. */
  async opened(session: ClientSession, first: RefsAnswer): Promise<void> {
    await this.#run(session, first)
  }

  /** Asks a holder for what is new. Calls that come meanwhile are one more. */
  async compare(session: ClientSession): Promise<void> {
    await this.#run(session)
  }

  /**
   * `from` says that there is a new header: if that is so, what came with it is taken, or else refs are compared with a holder
   * that has it.
   */
  hear(announce: Announce, from: string): void {
    this.#heard(announce, from).catch((error: unknown) => {
      if (error instanceof PeerFaultError) this.#init.onFault(error)
      // Else the stream was lost: refs are compared when it is open again.
    })
  }

  /** PeerIds of those who said that they have a header. */
  saidBy({ envelope }: OpenedHeader): ReadonlySet<string> {
    return this.#said.get(toHex(envelope))?.by ?? new Set()
  }

  async #heard(announce: Announce, from: string): Promise<void> {
    const { ledger, session, onNews } = this.#init
    const said = this.#noted(announce.header, from)
    // One signature is checked once, however many pass it on; one that does not hold is the fault of each who sent it.
    const header = (said.header ??= await opened(announce.header, from))
    // Several say the same at once: what one of them brings need not be asked of the others.
    while (said.taking != null) await said.taking
    if (!this.#isNews(header)) return
    said.taking = this.#taken(header, announce, from).finally(() => (said.taking = undefined))
    if (await said.taking) return
    // Another tab may have been faster.
    if (!this.#isNews(header)) return
    const open = session(from)
    if (open == null) onNews(from)
    else if (ledger.isProposed(header, open.peer === from ? from : undefined)) this.#init.onCompared()
    else await this.compare(open)
  }

  #isNews(header: OpenedHeader): boolean {
    const { ledger, digest, clock } = this.#init
    return ledger.record != null && isNews({ digest, now: clock() }, ledger.record, header)
  }

  /** True where what came with the announcement is enough. */
  async #taken(header: OpenedHeader, announce: Announce, from: string): Promise<boolean> {
    if (this.#init.paused()) return false
    try {
      const taken = await takeAnnounced(this.#init, header, announce, from)
      if (taken && this.#init.ledger.candidates.size > 0) this.#init.onCompared()
      return taken
    } catch (error) {
      // What this device cannot do now shows when it fetches the same.
      if (error instanceof Error && isLocal(error)) return false
      throw error
    }
  }

  #noted(envelope: Uint8Array, from: string): Said {
    const name = toHex(envelope)
    const said = this.#said.get(name) ?? { by: new Set(), header: undefined, taking: undefined }
    if (said.by.size < MAX_SAID) said.by.add(from)
    this.#said.set(name, said)
    for (const oldest of this.#said.keys()) {
      if (this.#said.size <= MAX_SAID) break
      this.#said.delete(oldest)
    }
    return said
  }

  /**
   * One at a time for each session. What a busy holder puts off is asked again; where anything else goes wrong the session
   * ends, so that refs are compared when it is open again. Rejects then, and not for a fault of the holder.
   */
  async #run(session: ClientSession, first?: RefsAnswer): Promise<void> {
    const running = this.#running.get(session)
    if (running != null) {
      running.again = true
      return
    }
    const turn = { again: true }
    this.#running.set(session, turn)
    let answer = first
    let refusals = 0
    try {
      while (turn.again && session.open) {
        turn.again = false
        try {
          await this.#take(session, answer ?? (await session.refs(this.known)))
          refusals = 0
        } catch (error) {
          if (!isBusy(error)) throw error
          await delay(backoff(refusals++, BUSY_FIRST, BUSY_CAP), this.#init.signal)
          turn.again = true
        }
        answer = undefined
      }
    } catch (error) {
      if (error instanceof PeerFaultError) return this.#init.onFault(error)
      session.abort(asError(error))
      throw error
    } finally {
      this.#running.delete(session)
    }
  }

  async #take(session: ClientSession, first: RefsAnswer): Promise<void> {
    const { ledger, clock, onHolders, onCompared } = this.#init
    let answer = first
    const got: Uint8Array[] = []
    for (let page = 1; ; page++) {
      onHolders(answer.holders)
      const { behind } = await ledger.take(answer, session.peer)
      if (behind) this.behind.add(session.peer)
      else this.behind.delete(session.peer)
      if (!answer.more || answer.headers.length === 0 || page === MAX_PAGES) break
      onCompared()
      for (const { envelope } of answer.headers) got.push((await opened(envelope, session.peer)).hash)
      answer = await session.refs([...this.known, ...got])
    }
    this.comparedAt = clock()
    onCompared()
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof RemoteRefusedError && error.status === 'BUSY'
}
