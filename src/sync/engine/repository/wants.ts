import { LimitExceededError, NotSharedError, PeerFaultError, RemoteRefusedError } from '../../errors.ts'
import { Filter } from '../../wire/index.ts'
import { asError } from '../bytes.ts'
import { isLocal } from '../faults.ts'
import { isTooLarge, SmallPack } from './small-pack.ts'
import type { GitStore, PartialSize } from '../../../git/index.ts'
import type { ClientSession } from '../client/session.ts'
import type { UrgentTransfers } from '../client/urgent.ts'
import type { WantOptions } from '../../types.ts'

/** Objects that may be wanted at once: a folder's images, several times over. */
export const MAX_OUTSTANDING = 512
/** Objects in one request, and their bytes inflated: what is bigger is asked for by itself. */
const BATCH = 64
const BATCH_BYTES = 16 * 1024 * 1024
/** Bytes of one object that comes without its reader having agreed to more. */
export const MAX_UNASKED_BYTES = 4 * 1024 * 1024
/** Room for what a pack has besides one object. */
const PACK_OVERHEAD = 64 * 1024
/** Milliseconds until a holder that was busy, or failed, is asked again; and how often it may fail with one object. */
const ASK_AGAIN = 1_000
const MAX_FAILURES = 3

export interface WantsInit {
  store: GitStore
  token: string
  signal: AbortSignal
  urgent: UrgentTransfers
  /** Those who can be asked, direct ones first. */
  sessions: () => ClientSession[]
  onFault: (fault: PeerFaultError) => void
  /** Something came from `peer`. */
  onGot: (peer: string, size: PartialSize) => void
}

interface Want {
  oid: string
  maxBytes: number
  waiters: Set<PromiseWithResolvers<void>>
  asking: boolean
  /** Not together with others: one of them was too big, or is not shared. */
  alone: boolean
  /** Too much for a relayed link. */
  direct: boolean
  /** How often each peer could not give it; `Infinity`: it has not got it, or more than is taken. */
  failures: Map<string, number>
  /** It is too big, by what somebody sent: others are asked, for nothing proves it. */
  tooLarge: Error | undefined
}

/**
 * Single objects that somebody waits for: asked together of whoever has the repository, on a stream of their own, and of
 * another one where that fails.
 */
export class Wants {
  readonly #init: WantsInit
  readonly #wants = new Map<string, Want>()
  readonly #asking = new Set<ClientSession>()
  readonly #resting = new Map<string, number>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(init: WantsInit) {
    this.#init = init
    init.signal.addEventListener('abort', () => this.#fail(asError(init.signal.reason)), { once: true })
  }

  /** Resolves when all of them can be read as partial objects. */
  async want(oids: string[], { signal, maxBytes = MAX_UNASKED_BYTES }: WantOptions = {}): Promise<void> {
    this.#init.signal.throwIfAborted()
    signal?.throwIfAborted()
    const added = [...new Set(oids)].map((oid) => this.#add(oid, maxBytes))
    const all = Promise.all(added.map(({ waiter }) => waiter.promise))
    const leave = (): void => {
      for (const { want, waiter } of added) this.#leave(want, waiter, asError(signal?.reason))
    }
    signal?.addEventListener('abort', leave, { once: true })
    this.wake()
    try {
      await all
    } finally {
      signal?.removeEventListener('abort', leave)
    }
  }

  /** Asks whoever is there now. */
  wake(): void {
    const now = Date.now()
    for (const session of this.#init.sessions()) {
      if (this.#asking.has(session) || (this.#resting.get(session.peer) ?? 0) > now) continue
      const batch = this.#batchFor(session)
      if (batch.length > 0) void this.#ask(session, batch)
    }
    this.#giveUp()
    this.#wakeLater(now)
  }

  /** All of the repository is here. */
  done(): void {
    for (const want of this.#wants.values()) for (const waiter of want.waiters) waiter.resolve()
    this.#wants.clear()
    clearTimeout(this.#timer)
  }

  #add(oid: string, maxBytes: number): { want: Want; waiter: PromiseWithResolvers<void> } {
    const key = keyOf(oid, maxBytes)
    let want = this.#wants.get(key)
    if (want == null) {
      if (this.#wants.size >= MAX_OUTSTANDING) throw new LimitExceededError('files wanted at once', MAX_OUTSTANDING)
      const failures = new Map<string, number>()
      want = {
        oid,
        maxBytes,
        waiters: new Set(),
        asking: false,
        alone: false,
        direct: false,
        failures,
        tooLarge: undefined,
      }
      this.#wants.set(key, want)
    }
    const waiter = Promise.withResolvers<void>()
    // Its fellows may fail first.
    waiter.promise.catch(() => undefined)
    want.waiters.add(waiter)
    return { want, waiter }
  }

  #leave(want: Want, waiter: PromiseWithResolvers<void>, reason: Error): void {
    waiter.reject(reason)
    want.waiters.delete(waiter)
    // What is on its way comes; what is not is not asked for any more.
    if (want.waiters.size === 0 && !want.asking) this.#forget(want)
  }

  #batchFor(session: ClientSession): Want[] {
    const free = [...this.#wants.values()].filter(
      (want) =>
        !want.asking && (want.failures.get(session.peer) ?? 0) < MAX_FAILURES && !(want.direct && session.relayed),
    )
    const [first] = free
    if (first == null || first.alone) return free.slice(0, 1)
    return free.filter(({ alone, maxBytes }) => !alone && maxBytes === first.maxBytes).slice(0, BATCH)
  }

  async #ask(session: ClientSession, batch: Want[]): Promise<void> {
    const { store, token, signal, urgent, onGot } = this.#init
    const maxBytes = batch[0]?.maxBytes ?? 0
    const bytes = batch.length === 1 ? maxBytes + PACK_OVERHEAD : Math.max(maxBytes, BATCH_BYTES)
    const pack = new SmallPack(store, token, { objects: batch.length, objectBytes: maxBytes, bytes }, session.peer)
    const wants = [...new Set(batch.map(({ oid }) => oid))]
    this.#asking.add(session)
    for (const want of batch) want.asking = true
    try {
      await urgent.ask(session, { wants, filter: Filter.OBJECTS }, pack.part, signal)
      onGot(session.peer, await pack.finish(wants, true))
      for (const want of batch) this.#settle(want)
    } catch (error) {
      await pack.discard()
      this.#failed(session, batch, asError(error))
    } finally {
      this.#asking.delete(session)
      for (const want of batch) {
        want.asking = false
        if (want.waiters.size === 0) this.#forget(want)
      }
      if (!signal.aborted) this.wake()
    }
  }

  #failed(session: ClientSession, batch: Want[], error: Error): void {
    const { peer } = session
    const status = error instanceof RemoteRefusedError ? error.status : null
    if (error instanceof PeerFaultError) {
      this.#init.onFault(error)
    } else if (batch.length > 1 && (isTooLarge(error) || status === 'NOT_SERVED')) {
      for (const want of batch) want.alone = true
    } else if (isTooLarge(error)) {
      for (const want of batch) {
        want.failures.set(peer, Infinity)
        want.tooLarge ??= error
      }
    } else if (isLocal(error)) {
      for (const want of batch) this.#settle(want, error)
    } else if (status === 'NOT_SERVED') {
      for (const want of batch) want.failures.set(peer, Infinity)
    } else if (status === 'TOO_LARGE' && session.relayed) {
      for (const want of batch) want.direct = true
    } else {
      this.#resting.set(peer, Date.now() + ASK_AGAIN)
      if (status === 'BUSY') return
      for (const want of batch) want.failures.set(peer, (want.failures.get(peer) ?? 0) + 1)
    }
  }

  /** What none of those who are there has is not waited for; where nobody is there, somebody may come. */
  #giveUp(): void {
    const sessions = this.#init.sessions()
    if (sessions.length === 0) return
    for (const want of [...this.#wants.values()]) {
      const lost = sessions.every(({ peer }) => (want.failures.get(peer) ?? 0) >= MAX_FAILURES)
      if (lost && !want.asking) this.#settle(want, want.tooLarge ?? new NotSharedError(want.oid))
    }
  }

  #wakeLater(now: number): void {
    clearTimeout(this.#timer)
    for (const [peer, until] of this.#resting) if (until <= now) this.#resting.delete(peer)
    if (this.#wants.size === 0 || this.#resting.size === 0) return
    this.#timer = setTimeout(() => this.wake(), Math.min(...this.#resting.values()) - now)
  }

  #settle(want: Want, error?: Error): void {
    for (const waiter of want.waiters) {
      if (error == null) waiter.resolve()
      else waiter.reject(error)
    }
    this.#forget(want)
  }

  #forget({ oid, maxBytes }: Want): void {
    this.#wants.delete(keyOf(oid, maxBytes))
  }

  #fail(error: Error): void {
    clearTimeout(this.#timer)
    for (const want of [...this.#wants.values()]) this.#settle(want, error)
  }
}

function keyOf(oid: string, maxBytes: number): string {
  return `${oid} ${maxBytes}`
}
