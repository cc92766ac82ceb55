import { PeerFaultError, RemoteRefusedError } from '../../errors.ts'
import { sameBytes } from '../../document/digest.ts'
import { asError, toHex } from '../bytes.ts'
import { isLocal } from '../faults.ts'
import { backoff, delay } from '../timing.ts'
import { takeAnnounced } from './announced.ts'
import { isNews, opened } from './intake.ts'
import { countedRefs, type HeldRefs } from './record.ts'
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
/** Bytes of a refs list up to which a holder is made to send it though it is here: some 500 branches. */
const MAX_KEPT_BACK = 32 * 1024

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
  /** Whom to ask for what this peer announced, one after the other until somebody has it. */
  sessions: (peer: string) => ClientSession[]
  /** There is something new that nobody has whom we have a session with: `peer` does. */
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
  /** Holders that lack some of what is here, or all of it, as far as they said. */
  readonly behind = new Set<string>()
  readonly #init: ComparerInit
  /** Holders that showed that they have something: who answers with nothing new may as well have nothing. */
  readonly #holding = new Set<string>()
  /** Holders whose answer was judged. */
  readonly #compared = new Set<string>()
  readonly #running = new Map<ClientSession, { again: boolean; done: Promise<void> }>()
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

  /**
   * What to say to a holder that is here. One header is kept back until the holder has shown that it has any: it answers with
   * that, or with an older one of the same writer, unless it has none.
   */
  knownTo(peer: string): Uint8Array[] {
    const { record } = this.#init.ledger
    if (record == null || this.#holding.has(peer)) return this.known
    const held = countedRefs(record)
    const kept = keptBack(held)
    return held.filter((one) => one !== kept).map(({ header }) => header.hash)
  }

  /** Has it all that is here, as far as it said? */
  holds(peer: string): boolean {
    return this.#compared.has(peer) && !this.behind.has(peer)
  }

  /** Its session ended. */
  forget(peer: string): void {
    this.#compared.delete(peer)
    this.behind.delete(peer)
    this.#holding.delete(peer)
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
    const { ledger, sessions, onNews, onCompared } = this.#init
    const said = this.#noted(announce.header, from)
    // One signature is checked once, however many pass it on; one that does not hold is the fault of each who sent it.
    const header = (said.header ??= await opened(announce.header, from))
    if (this.behind.has(from) && this.known.some((hash) => sameBytes(hash, header.hash))) {
      this.behind.delete(from)
      this.#holding.add(from)
      onCompared()
    }
    // Several say the same at once: what one of them brings need not be asked of the others.
    while (said.taking != null) await said.taking
    if (!this.#isNews(header)) return
    said.taking = this.#taken(header, announce, from).finally(() => (said.taking = undefined))
    if (await said.taking) return
    // Another tab may have been faster.
    if (!this.#isNews(header)) return
    for (const session of sessions(from)) {
      if (ledger.isProposed(header, session.peer === from ? from : undefined)) return onCompared()
      try {
        await this.compare(session)
      } catch {
        // The stream was lost: refs are compared when it is open again, and the next one is asked now.
      }
      if (!this.#isNews(header)) return
    }
    if (!ledger.isProposed(header, undefined)) onNews(from)
  }

  #isNews(header: OpenedHeader): boolean {
    const { ledger, digest, clock } = this.#init
    return ledger.record != null && isNews({ digest, now: clock() }, ledger.record, header)
  }

  /** True where what came with the announcement is enough. */
  async #taken(header: OpenedHeader, announce: Announce, from: string): Promise<boolean> {
    // What builds on what was lost cannot be checked before that is here again.
    if (this.#init.paused() || this.#init.ledger.record?.stored.damaged === true) return false
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
      return running.done
    }
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const turn = { again: true, done }
    this.#running.set(session, turn)
    let answer = first
    let refusals = 0
    try {
      while (turn.again && session.open) {
        turn.again = false
        try {
          await this.#take(session, answer ?? (await session.refs(this.knownTo(session.peer))))
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
      resolve()
    }
  }

  async #take(session: ClientSession, first: RefsAnswer): Promise<void> {
    const { ledger, clock, onHolders, onCompared } = this.#init
    let answer = first
    const got: Uint8Array[] = []
    for (let page = 1; ; page++) {
      onHolders(answer.holders)
      const { behind } = await ledger.take(answer, session.peer)
      // What is known of whoever left meanwhile was forgotten.
      if (session.open) this.#judged(session.peer, { behind, shown: answer.headers.length > 0 })
      if (!answer.more || answer.headers.length === 0 || page === MAX_PAGES) break
      onCompared()
      for (const { envelope } of answer.headers) got.push((await opened(envelope, session.peer)).hash)
      answer = await session.refs([...this.known, ...got])
    }
    this.comparedAt = clock()
    onCompared()
  }

  #judged(peer: string, { behind, shown }: { behind: boolean; shown: boolean }): void {
    if (shown) this.#holding.add(peer)
    if (behind || !this.#mayHold(peer)) this.behind.add(peer)
    else this.behind.delete(peer)
    this.#compared.add(peer)
  }

  /** False where it was asked so that it had to show something, and showed nothing. */
  #mayHold(peer: string): boolean {
    const { record } = this.#init.ledger
    const held = record == null ? [] : countedRefs(record)
    return this.#holding.has(peer) || (held.length > 0 && keptBack(held) == null)
  }
}

/** The newest one whose list is small: it comes once from each holder that has it. */
function keptBack(held: readonly HeldRefs[]): HeldRefs | undefined {
  const small = held.filter(({ list }) => list.byteLength <= MAX_KEPT_BACK)
  return small.reduce<HeldRefs | undefined>(
    (newest, one) => (newest != null && newest.header.sequence >= one.header.sequence ? newest : one),
    undefined,
  )
}

function isBusy(error: unknown): boolean {
  return error instanceof RemoteRefusedError && error.status === 'BUSY'
}
