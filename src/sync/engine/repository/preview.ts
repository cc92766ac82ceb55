import { PeerFaultError } from '../../errors.ts'
import { entriesOf } from '../../refs/index.ts'
import { Filter } from '../../wire/index.ts'
import { asError } from '../bytes.ts'
import { UrgentTransfers } from '../client/urgent.ts'
import { computeCanonical } from './apply.ts'
import { isTooLarge, SmallPack } from './small-pack.ts'
import { Wants } from './wants.ts'
import type { GitStore, PartialPackLimits } from '../../../git/index.ts'
import type { CanonicalRefs } from '../../refs/index.ts'
import type { PreviewState, WantOptions } from '../../types.ts'
import type { ClientSession, OpenedSession } from '../client/session.ts'
import type { Candidate } from './intake.ts'
import type { Ledger } from './ledger.ts'
import type { RepositoryRecord } from './record.ts'

/** A commit, a root tree of some ten thousand entries, a README or a few. */
const SNAPSHOT_LIMITS: PartialPackLimits = { objects: 32, objectBytes: 2 * 1024 * 1024, bytes: 4 * 1024 * 1024 }
/** Milliseconds until a snapshot that nobody could give just now is asked for again. */
const ASK_AGAIN = 2_000

export interface PreviewInit {
  store: GitStore
  token: string
  ledger: Ledger
  signal: AbortSignal
  /** Open sessions, direct ones first. */
  sessions: () => ClientSession[]
  onChange: () => void
  onFault: (fault: PeerFaultError) => void
}

/** A snapshot that was asked for while its session was opened, before anything was known of what HEAD names. */
interface Early {
  pack: SmallPack
  come: Promise<unknown>
}

/**
 * Shows code before the repository is here: what its refs would be, the newest commit of its branch with root tree and
 * README, and the folders and files that somebody opens. Each object is hashed; nothing of it moves a ref or is built on.
 */
export class Preview {
  readonly #init: PreviewInit
  readonly #urgent = new UrgentTransfers()
  readonly #wants: Wants
  readonly #early = new Map<string, Early>()
  /** Peers from whom anything came. */
  readonly #from = new Set<string>()
  #state: PreviewState | null = null
  /** A commit whose snapshot is more than is fetched so, by what these peers sent. */
  #tooLarge = { commit: '', peers: new Set<string>() }
  #dirty = false
  #running = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #ended = false

  constructor(init: PreviewInit) {
    this.#init = init
    this.#wants = new Wants({
      ...init,
      urgent: this.#urgent,
      onGot: (peer, size) => {
        this.#from.add(peer)
        if (this.#state != null) this.#set({ ...this.#state, ...size })
      },
    })
    init.signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true })
  }

  get state(): PreviewState | null {
    return this.#state
  }

  /** For a session that is being opened with `peer`: takes the snapshot that comes with it. Undefined where none is needed. */
  prepare(peer: string): SmallPack | undefined {
    if (this.#ended || this.#state != null || this.#isHere()) return undefined
    return new SmallPack(this.#init.store, this.#init.token, SNAPSHOT_LIMITS, peer)
  }

  /** That session is open, and its snapshot is on its way. */
  opened({ session, early }: OpenedSession, pack: SmallPack | undefined): void {
    if (pack == null || early == null) return
    const come = early.then((transfer) => this.#urgent.add(session, transfer))
    come.catch(() => undefined)
    this.#early.set(session.peer, { pack, come })
  }

  async want(oids: string[], options?: WantOptions): Promise<void> {
    if (this.#ended) return
    await this.#wants.want(oids, options)
  }

  /** What is known of the refs, or who is there, has changed. */
  update(): void {
    if (this.#ended) return
    this.#dirty = true
    this.#wants.wake()
    if (!this.#running) void this.#run()
  }

  /** Nothing that `peer` had a part in is shown any longer. */
  async fault(peer: string): Promise<void> {
    this.#early.delete(peer)
    if (!this.#from.has(peer)) return
    await this.#drop()
    this.update()
  }

  async #run(): Promise<void> {
    const { signal } = this.#init
    this.#running = true
    while (this.#dirty && !signal.aborted) {
      this.#dirty = false
      try {
        await this.#step()
      } catch {
        // Without it the clone goes on all the same, and says itself what stands in its way: a full browser, say.
        this.#askAgain()
      }
    }
    this.#running = false
  }

  async #step(): Promise<void> {
    const { ledger, store, token } = this.#init
    if (this.#isHere()) return await this.#end()
    const refs = await wouldBe(ledger.record, [...ledger.candidates.values()])
    const head = refs?.head ?? null
    const commit = refs?.refs.find(({ name }) => name === head)?.oid
    if (refs == null || head == null || commit == null) return
    if (!(await this.#has(commit)) && !(await this.#fetch(commit))) return
    // Meanwhile all of it may have come.
    if (this.#isHere()) return await this.#end()
    const state = { head, refs: refs.refs, commit, ...(await store.partialSize(token)) }
    if (this.#state == null || differs(this.#state, state)) this.#set(state)
  }

  #isHere(): boolean {
    return (this.#init.ledger.record?.held.size ?? 0) > 0
  }

  async #has(commit: string): Promise<boolean> {
    try {
      await this.#init.store.tree(this.#init.token, commit, '', { partial: true })
      return true
    } catch (error) {
      if (asError(error).name === 'NotHereYetError') return false
      throw error
    }
  }

  async #fetch(commit: string): Promise<boolean> {
    if (await this.#takeEarly(commit)) return true
    if (this.#tooLarge.commit !== commit) this.#tooLarge = { commit, peers: new Set() }
    const { peers } = this.#tooLarge
    for (const session of this.#init.sessions()) {
      if (!peers.has(session.peer) && (await this.#ask(session, commit))) return true
    }
    // Where it is too large, another one may come who sends less.
    if (this.#init.sessions().some(({ peer }) => !peers.has(peer))) this.#askAgain()
    return false
  }

  /** What came with the opening of a session, if it is what is needed. */
  async #takeEarly(commit: string): Promise<boolean> {
    for (const [peer, { pack, come }] of [...this.#early]) {
      this.#early.delete(peer)
      try {
        await come
        await pack.finish([commit], false)
        this.#from.add(peer)
        return true
      } catch (error) {
        await pack.discard()
        if (error instanceof PeerFaultError) this.#init.onFault(error)
        // Else another commit is at HEAD there, or it could not be had: it is asked for by its id.
      }
    }
    return false
  }

  async #ask(session: ClientSession, commit: string): Promise<boolean> {
    const { store, token, signal } = this.#init
    const pack = new SmallPack(store, token, SNAPSHOT_LIMITS, session.peer)
    try {
      await this.#urgent.ask(session, { wants: [commit], filter: Filter.SNAPSHOT }, pack.part, signal)
      await pack.finish([commit], true)
      this.#from.add(session.peer)
      return true
    } catch (error) {
      await pack.discard()
      if (error instanceof PeerFaultError) this.#init.onFault(error)
      else if (isTooLarge(asError(error))) this.#tooLarge.peers.add(session.peer)
      // Else it is behind, busy or gone: another one is asked.
      return false
    }
  }

  #askAgain(): void {
    clearTimeout(this.#timer)
    if (!this.#init.signal.aborted) this.#timer = setTimeout(() => this.update(), ASK_AGAIN)
  }

  #set(state: PreviewState | null): void {
    if (this.#ended && state != null) return
    this.#state = state
    this.#init.onChange()
  }

  /** All of it is here: what came before is not needed any longer. */
  async #end(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    this.#wants.done()
    this.#urgent.close()
    this.#early.clear()
    await this.#drop()
  }

  async #drop(): Promise<void> {
    const { store, token } = this.#init
    this.#from.clear()
    if (this.#state != null) this.#set(null)
    if ((await store.partialSize(token)).objects > 0) await store.dropPartial(token)
  }
}

function differs(a: PreviewState, b: PreviewState): boolean {
  const { refs, ...others } = a
  return (
    Object.entries(others).some(([name, value]) => b[name as keyof PreviewState] !== value) ||
    refs.length !== b.refs.length ||
    refs.some(({ name, oid }, n) => b.refs[n]?.name !== name || b.refs[n].oid !== oid)
  )
}

/** What the refs would be, as far as can be told without the history: of several values the newest signed one counts. */
async function wouldBe(record: RepositoryRecord | undefined, candidates: Candidate[]): Promise<CanonicalRefs | null> {
  if (record?.chain == null || candidates.length === 0) return null
  const signed = new Map<string, number>()
  for (const { header, refs } of candidates) {
    for (const { oid } of entriesOf(refs)) signed.set(oid, Math.max(signed.get(oid) ?? 0, header.sequence))
  }
  const newest = async (oids: string[]): Promise<string[]> =>
    [...oids].sort((a, b) => (signed.get(b) ?? 0) - (signed.get(a) ?? 0)).slice(0, 1)
  return await computeCanonical(record, record.chain, candidates, newest)
}
