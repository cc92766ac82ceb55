import { NoSourceError, PeerFaultError, RemoteRefusedError, StoppedError } from '../../errors.ts'
import { CHUNK_BYTES, Status, type Range } from '../../wire/index.ts'
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

/** What came from one holder, over however many connections. */
interface Taken {
  holder: HolderState
  meter: TransferMeter
  broken: number
  /** When a stream of it broke last: all requests on one break at once. */
  brokenAt: number
  outcome: TransferRecord['outcome']
}

/** One connection that chunks are asked for over: a source of the scheduler's, under a name of its own. */
interface Way {
  session: ClientSession
  taken: Taken
  /** Beside the connection that the holder is known by. */
  lane: boolean
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
  /** By the scheduler's name. */
  readonly #ways = new Map<string, Way>()
  readonly #names = new WeakMap<ClientSession, string>()
  #lanes = 0
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
    const { sources, store, lanes, signal } = this.#context
    const onAbort = (): void => this.#fail(asError(signal.reason))
    signal.addEventListener('abort', onAbort, { once: true })
    const leave = sources.onChange(() => this.#update())
    lanes.listen(() => this.#update())
    const ticks = setInterval(() => this.#tick(), TICK)
    try {
      signal.throwIfAborted()
      this.#update()
      this.#settle()
      await this.#done.promise
    } finally {
      signal.removeEventListener('abort', onAbort)
      leave()
      lanes.listen(() => undefined)
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
    const { sources, lanes, describe } = this.#context
    const now = performance.now()
    const present = new Set<string>()
    for (const session of sources.sessions()) {
      const available = sources.availability(session, this.#packId, this.#scheduler.chunks)
      if (available === undefined) continue
      const { peer } = session
      const taken = this.#taken.get(peer) ?? newTaken(describe(session))
      this.#taken.set(peer, taken)
      for (const over of this.#scheduler.isExcluded(peer) ? [] : [session, ...lanes.of(session)]) {
        const lane = over !== session
        const name = lane ? this.#nameOf(over) : peer
        present.add(name)
        this.#ways.set(name, { session: over, taken, lane })
        this.#scheduler.update(name, available.has, available.offered)
      }
    }
    for (const name of this.#ways.keys()) {
      if (present.has(name)) continue
      this.#ways.delete(name)
      this.#giveUp(this.#scheduler.remove(name, now))
    }
    this.#widen()
    this.#pump()
  }

  /** What the scheduler calls a lane: to it, each is somebody else who has the same. */
  #nameOf(lane: ClientSession): string {
    const name = this.#names.get(lane) ?? `${lane.peer} ${++this.#lanes}`
    this.#names.set(lane, name)
    return name
  }

  /** Those who bring it over a long way are asked over more connections, unless they are many. */
  #widen(): void {
    const { sources, lanes } = this.#context
    const { here, chunks } = this.#scheduler
    // Of one that many fetch from at once others bring what it would rather not be asked for.
    const sessions = [...this.#ways.values()].flatMap(({ session, lane }) => {
      const offered = sources.availability(session, this.#packId, chunks)?.offered
      return lane || offered === undefined ? [] : [{ session, wide: offered === null || offered.complete }]
    })
    const wide = sessions.flatMap(({ session, wide: isWide }) => (isWide ? session : []))
    lanes.widen(wide, sessions.length, (chunks - here.count) * CHUNK_BYTES)
  }

  #pump(): void {
    if (this.#signal.aborted) return
    const now = this.#look()
    this.#scheduler.patience = this.#context.patience()
    for (const [name, way] of this.#ways) {
      for (let next = this.#scheduler.next(name, now); next !== undefined; next = this.#scheduler.next(name, now)) {
        const asking = this.#ask(next, way).finally(() => this.#asking.delete(asking))
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
      const way = this.#ways.get(request.peer)
      this.#giveUp([request])
      // A lane that is slow says nothing of who is at its end.
      if (way === undefined || way.lane) continue
      way.taken.outcome = { kind: 'slow' }
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

  async #ask(request: ChunkRequest, way: Way): Promise<void> {
    const { transfers, progress } = this.#context
    const { session, taken } = way
    const stop = new AbortController()
    this.#running.set(request, stop)
    let transfer: ClientTransfer | undefined
    // Of a chunk that has not come whole.
    let partial = 0
    const sink = {
      progress: (bytes: number): void => {
        partial += bytes
        taken.meter.add(bytes)
        this.#scheduler.bytes(request.peer, bytes, performance.now())
        progress.received(bytes, taken.holder)
      },
      chunk: async (index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
        partial -= bytes.byteLength
        await this.#came(request, session.peer, index, bytes)
      },
    }
    try {
      transfer = await transfers.get(session)
      const signal = AbortSignal.any([this.#signal, stop.signal])
      await transfer.chunks(this.#packId, rangesOf(request.chunks), sink, { signal })
      this.#scheduler.end(request, performance.now())
    } catch (error) {
      if (!this.#signal.aborted && !stop.signal.aborted) await this.#refused(request, way, transfer, asError(error))
    } finally {
      this.#running.delete(request)
      if (partial > 0) progress.lost(partial)
      this.#pump()
    }
  }

  async #came(request: ChunkRequest, peer: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { fresh, cancel } = this.#scheduler.came(request, index, performance.now())
    this.#giveUp(cancel)
    if (fresh) this.#keep(this.#put(peer, index, bytes))
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
    { session, taken, lane }: Way,
    transfer: ClientTransfer | undefined,
    error: Error,
  ): Promise<void> {
    const { onOffence, transfers } = this.#context
    const { peer } = session
    const now = performance.now()
    this.#scheduler.end(request, now)
    if (error instanceof PeerFaultError) {
      this.#blame(error)
    } else if (error instanceof RemoteRefusedError && error.status === String(Status.BUSY)) {
      this.#scheduler.pause(request.peer, now + ASK_AGAIN)
    } else if (error instanceof RemoteRefusedError && error.status !== String(Status.NO_TRANSFER)) {
      // It said that it has them: it is not believed again in this transfer.
      this.#exclude(peer, { kind: 'refused' })
      onOffence(peer, 'refused')
    } else if (lane) {
      // Its share goes over the others.
      this.#giveUp(this.#scheduler.exclude(request.peer, now))
      session.abort(error)
      if (transfer !== undefined) await transfers.drop(session, transfer)
    } else {
      if (now - taken.brokenAt >= ASK_AGAIN) {
        taken.broken++
        taken.brokenAt = now
      }
      if (taken.broken >= MAX_BROKEN) {
        this.#exclude(peer, { kind: 'stopped' })
        onOffence(peer, 'broken')
      } else this.#scheduler.pause(peer, now + ASK_AGAIN)
      if (transfer !== undefined) await transfers.drop(session, transfer)
    }
  }

  #blame(fault: PeerFaultError): void {
    const taken = this.#taken.get(fault.peer)
    this.#taken.delete(fault.peer)
    this.#leave(fault.peer)
    this.#context.onFault(fault, taken?.meter)
  }

  #exclude(peer: string, outcome: TransferRecord['outcome']): void {
    const taken = this.#taken.get(peer)
    if (taken !== undefined) taken.outcome = outcome
    this.#leave(peer)
  }

  /** Nothing more is asked of a holder, over any connection. */
  #leave(peer: string): void {
    const now = performance.now()
    for (const [name, { session, lane }] of this.#ways) {
      if (lane && session.peer === peer) this.#giveUp(this.#scheduler.exclude(name, now))
    }
    this.#giveUp(this.#scheduler.exclude(peer, now))
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

function newTaken(holder: HolderState): Taken {
  return { holder, meter: new TransferMeter(), broken: 0, brokenAt: -Infinity, outcome: { kind: 'stopped' } }
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
