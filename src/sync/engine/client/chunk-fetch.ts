import { NoSourceError, PeerFaultError, RemoteRefusedError, StoppedError } from '../../errors.ts'
import { Status, type Range } from '../../wire/index.ts'
import { asError } from '../bytes.ts'
import { blaming, CHUNK_FAULTS } from '../faults.ts'
import { ChunkScheduler, MAX_STORING } from '../swarm/scheduler.ts'
import { recordOf, TransferMeter } from '../transfer-log.ts'
import type { HolderState, TransferRecord } from '../../types.ts'
import type { Bitfield } from '../swarm/bitfield.ts'
import type { ChunkRequest } from '../swarm/source.ts'
import type { FetchContext } from './context.ts'
import type { ClientSession } from './session.ts'
import type { ClientTransfer } from './transfer.ts'

/** Milliseconds between two looks at who is too slow. */
const TICK = 250
/** A look that comes so late, in milliseconds, means that this machine slept or was busy: no holder can be blamed for it. */
const LATE = 500
/** Milliseconds until a holder that was busy, or whose stream broke, is asked again. */
const ASK_AGAIN = 1000
/** Streams of one holder that may break before it is asked no more. */
const MAX_BROKEN = 3

interface Taken {
  session: ClientSession
  holder: HolderState
  meter: TransferMeter
  broken: number
  /** When a stream of it broke last: all requests on one break at once. */
  brokenAt: number
  outcome: TransferRecord['outcome']
}

/**
 * Brings the missing chunks of one pack here, from everybody who has some at once. Who is asked for what, the scheduler says;
 * this asks, keeps what comes, and draws the consequences where something else does.
 */
export class ChunkFetch {
  readonly #context: FetchContext
  readonly #packId: string
  readonly #scheduler: ChunkScheduler
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  readonly #taken = new Map<string, Taken>()
  readonly #running = new Map<ChunkRequest, AbortController>()
  readonly #asking = new Set<Promise<void>>()
  readonly #writes = new Set<Promise<void>>()
  readonly #done = Promise.withResolvers<void>()
  #failure: Error | undefined
  #lookedAt = performance.now()

  /** `here` is what is here; it grows. */
  constructor(context: FetchContext, packId: string, here: Bitfield) {
    this.#context = context
    this.#packId = packId
    this.#scheduler = new ChunkScheduler({ chunks: here.length, here, now: performance.now() })
    this.#signal = AbortSignal.any([context.signal, this.#stop.signal])
  }

  /** Resolves when all chunks are here and durable. What has come stays, however it ends. */
  async run(): Promise<void> {
    const { sources, store, signal } = this.#context
    const onAbort = (): void => this.#fail(asError(signal.reason))
    signal.addEventListener('abort', onAbort, { once: true })
    const leave = sources.onChange(() => this.#update())
    const ticks = setInterval(() => this.#tick(), TICK)
    try {
      signal.throwIfAborted()
      this.#update()
      this.#settle()
      await this.#done.promise
    } finally {
      signal.removeEventListener('abort', onAbort)
      leave()
      clearInterval(ticks)
      this.#stop.abort(new StoppedError())
      await Promise.allSettled(this.#asking)
      await Promise.all(this.#writes)
      this.#record()
      // What came before a failure is kept: the next try goes on from there.
      await store.flushChunks(this.#packId).catch((error: unknown) => {
        // The failure that ended it says more.
        if (this.#failure === undefined) throw error
      })
    }
  }

  /** Who has what now; asks for as much as may be asked. */
  #update(): void {
    const { sources, describe } = this.#context
    const now = performance.now()
    const present = new Set<string>()
    for (const session of sources.sessions()) {
      const available = sources.availability(session, this.#packId, this.#scheduler.chunks)
      if (available === undefined) continue
      present.add(session.peer)
      const taken = this.#taken.get(session.peer)
      if (taken !== undefined) taken.session = session
      else this.#taken.set(session.peer, newTaken(session, describe(session)))
      this.#scheduler.update(session.peer, available.has, available.offered)
    }
    for (const peer of this.#taken.keys()) if (!present.has(peer)) this.#giveUp(this.#scheduler.remove(peer, now))
    this.#pump()
  }

  #pump(): void {
    if (this.#signal.aborted) return
    const now = this.#look()
    this.#scheduler.patience = this.#context.patience()
    for (const [peer, { session }] of this.#taken) {
      for (let next = this.#scheduler.next(peer, now); next !== undefined; next = this.#scheduler.next(peer, now)) {
        const asking = this.#ask(next, session).finally(() => this.#asking.delete(asking))
        this.#asking.add(asking)
      }
    }
    if (this.#scheduler.sources === 0 && this.#writes.size === 0 && !this.#scheduler.complete) {
      this.#fail(new NoSourceError())
    }
  }

  #tick(): void {
    const now = this.#look()
    for (const request of this.#scheduler.overdue(now)) {
      const taken = this.#taken.get(request.peer)
      if (taken !== undefined) taken.outcome = { kind: 'slow' }
      this.#giveUp([request])
      if (this.#scheduler.isExcluded(request.peer)) this.#context.onOffence(request.peer, 'silent')
    }
    this.#pump()
  }

  #look(): number {
    const now = performance.now()
    if (now - this.#lookedAt > TICK + LATE) this.#scheduler.woke(now)
    this.#lookedAt = now
    return now
  }

  async #ask(request: ChunkRequest, session: ClientSession): Promise<void> {
    const { transfers, progress } = this.#context
    const { peer } = request
    const stop = new AbortController()
    this.#running.set(request, stop)
    const taken = this.#taken.get(peer)
    let transfer: ClientTransfer | undefined
    // Of a chunk that has not come whole.
    let partial = 0
    const sink = {
      progress: (bytes: number): void => {
        partial += bytes
        taken?.meter.add(bytes)
        this.#scheduler.bytes(peer, bytes, performance.now())
        if (taken !== undefined) progress.received(bytes, taken.holder)
      },
      chunk: async (index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
        partial -= bytes.byteLength
        await this.#came(request, index, bytes)
      },
    }
    try {
      transfer = await transfers.get(session)
      const signal = AbortSignal.any([this.#signal, stop.signal])
      await transfer.chunks(this.#packId, rangesOf(request.chunks), sink, { signal })
      this.#scheduler.end(request, performance.now())
    } catch (error) {
      if (!this.#signal.aborted && !stop.signal.aborted) await this.#refused(request, session, transfer, asError(error))
    } finally {
      this.#running.delete(request)
      if (partial > 0) progress.lost(partial)
      this.#pump()
    }
  }

  async #came(request: ChunkRequest, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { fresh, cancel } = this.#scheduler.came(request, index, performance.now())
    this.#giveUp(cancel)
    if (fresh) this.#keep(this.#put(request.peer, index, bytes))
    else this.#context.progress.lost(bytes.byteLength)
    if (this.#writes.size >= MAX_STORING) await Promise.race(this.#writes)
    else this.#pump()
  }

  async #put(peer: string, index: number, bytes: Uint8Array): Promise<void> {
    const { store, carried, progress } = this.#context
    const length = bytes.byteLength
    try {
      await blaming(peer, 'a chunk that does not match its hash', CHUNK_FAULTS, () =>
        store.putChunk(this.#packId, index, bytes),
      )
    } catch (error) {
      if (!(error instanceof PeerFaultError)) throw error
      progress.lost(length)
      this.#scheduler.rejected(index)
      this.#blame(error)
      return
    }
    this.#scheduler.stored(index, performance.now())
    carried.grew(this.#packId)
  }

  /** Something that the store does: where it fails, so does all of it. */
  #keep(work: Promise<void>): void {
    const write = work
      .catch((error: unknown) => this.#fail(asError(error)))
      .finally(() => {
        this.#writes.delete(write)
        this.#settle()
        this.#pump()
      })
    this.#writes.add(write)
  }

  async #refused(
    request: ChunkRequest,
    session: ClientSession,
    transfer: ClientTransfer | undefined,
    error: Error,
  ): Promise<void> {
    const { onOffence, transfers } = this.#context
    const { peer } = request
    const now = performance.now()
    this.#scheduler.end(request, now)
    if (error instanceof PeerFaultError) {
      this.#blame(error)
    } else if (error instanceof RemoteRefusedError && error.status === String(Status.BUSY)) {
      this.#scheduler.pause(peer, now + ASK_AGAIN)
    } else if (error instanceof RemoteRefusedError && error.status !== String(Status.NO_TRANSFER)) {
      // It said that it has them: it is not believed again in this transfer.
      this.#exclude(peer, { kind: 'refused' })
      onOffence(peer, 'refused')
    } else {
      const taken = this.#taken.get(peer)
      if (taken !== undefined && now - taken.brokenAt >= ASK_AGAIN) {
        taken.broken++
        taken.brokenAt = now
      }
      if ((taken?.broken ?? 0) >= MAX_BROKEN) {
        this.#exclude(peer, { kind: 'stopped' })
        onOffence(peer, 'broken')
      } else this.#scheduler.pause(peer, now + ASK_AGAIN)
      if (transfer !== undefined) await transfers.drop(session, transfer)
    }
  }

  #blame(fault: PeerFaultError): void {
    const taken = this.#taken.get(fault.peer)
    this.#taken.delete(fault.peer)
    this.#giveUp(this.#scheduler.exclude(fault.peer, performance.now()))
    this.#context.onFault(fault, taken?.meter)
  }

  #exclude(peer: string, outcome: TransferRecord['outcome']): void {
    const taken = this.#taken.get(peer)
    if (taken !== undefined) taken.outcome = outcome
    this.#giveUp(this.#scheduler.exclude(peer, performance.now()))
  }

  #giveUp(requests: ChunkRequest[]): void {
    for (const request of requests) this.#running.get(request)?.abort(new StoppedError())
  }

  #settle(): void {
    if (this.#scheduler.complete && this.#writes.size === 0) this.#done.resolve()
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#stop.abort(this.#failure)
    this.#done.reject(this.#failure)
  }

  /** Who sent what, and how that ended. */
  #record(): void {
    const { log } = this.#context
    for (const { holder, meter, outcome } of this.#taken.values()) {
      if (meter.bytes === 0 && outcome.kind === 'stopped') continue
      const ended = outcome.kind === 'stopped' && this.#scheduler.complete ? { kind: 'done' as const } : outcome
      log.add(recordOf(holder, 'received', meter, ended))
    }
  }
}

function newTaken(session: ClientSession, holder: HolderState): Taken {
  return { session, holder, meter: new TransferMeter(), broken: 0, brokenAt: -Infinity, outcome: { kind: 'stopped' } }
}

/** Chunks that follow each other are one range. */
function rangesOf(chunks: readonly number[]): Range[] {
  const ranges: Range[] = []
  for (const chunk of chunks) {
    const last = ranges.at(-1)
    if (last != null && last.first + last.count === chunk) last.count++
    else ranges.push({ first: chunk, count: 1 })
  }
  return ranges
}
