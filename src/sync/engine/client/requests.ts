import { RemoteRefusedError, UnexpectedMessageError } from '../../errors.ts'
import { Status, type SyncMessage } from '../../wire/index.ts'
import { asError } from '../bytes.ts'
import { MAX_WINDOW } from '../credit.ts'
import { IdleTimer } from '../timing.ts'

/** Milliseconds in which nothing comes of a request that was cancelled, not even its end. */
const CANCEL_TIMEOUT = 10_000
/** Payload that comes of one all the same: what its credit had let go out before the cancel was heard, and as much again. */
const MAX_CANCELLED_BYTES = 2 * MAX_WINDOW

export interface RequestOptions {
  signal?: AbortSignal
  /** Milliseconds without any message of the answer. */
  idleTimeout?: number
  /** Number of the transfer stream that the answer comes on. */
  transfer?: number
}

/** Works one message off; true where it completes the answer. */
export type Take = (message: SyncMessage) => boolean | Promise<boolean>

interface Pending {
  take: Take
  settle: (error?: Error) => void
  touch: () => void
  transfer: number | undefined
}

export interface RequestsInit {
  peer: string
  send: (message: Partial<SyncMessage>) => Promise<void>
  /** Ends the stream: the peer ignores what it is told. */
  broken: (error: Error) => void
}

/** The requests of one control stream that wait for their answers, by id; those answered on its transfer streams too. */
export class Requests {
  readonly #init: RequestsInit
  readonly #pending = new Map<number, Pending>()
  /** Cancelled, and their last message has not come yet: what is on its way may take its time, as long as it comes. */
  readonly #cancelled = new Map<number, { idle: IdleTimer; bytes: number; transfer: number | undefined }>()
  #last = 0

  constructor(init: RequestsInit) {
    this.#init = init
  }

  /** Who is asked. */
  get peer(): string {
    return this.#init.peer
  }

  get size(): number {
    return this.#pending.size
  }

  /**
   * Sends a request and gives each message of its answer to `take`, one after the other, until that says true.
   * Rejects with `RemoteRefusedError` where the peer answers a failure, and with what `take` throws; then the rest of the
   * answer is cancelled and dropped.
   */
  async run(request: (id: number) => Partial<SyncMessage>, take: Take, options: RequestOptions = {}): Promise<void> {
    options.signal?.throwIfAborted()
    const id = ++this.#last
    const idle = new IdleTimer(options.idleTimeout, options.signal)
    const done = Promise.withResolvers<void>()
    const settle = (error?: Error): void => {
      this.#pending.delete(id)
      if (error == null) done.resolve()
      else done.reject(error)
    }
    const onAbort = (): void => {
      if (this.#pending.has(id)) this.#cancel(id, options.transfer)
      settle(idle.signal.reason as Error)
    }
    idle.signal.addEventListener('abort', onAbort, { once: true })
    this.#pending.set(id, { take, settle, touch: () => idle.touch(), transfer: options.transfer })
    this.#init.send(request(id)).catch((error: unknown) => settle(asError(error)))
    try {
      await done.promise
    } finally {
      idle.signal.removeEventListener('abort', onAbort)
      idle.stop()
    }
  }

  /** A message of the answer to request `id` came; resolves when it was worked off. Throws where there is no such request. */
  async dispatch(id: number, message: SyncMessage): Promise<void> {
    const failure = failureOf(message)
    const pending = this.#pending.get(id)
    if (pending == null) {
      if (failure != null || isLast(message)) this.#ended(id)
      else this.#late(id, message)
      return
    }
    pending.touch()
    if (failure != null) {
      pending.settle(new RemoteRefusedError(this.#init.peer, failure))
      return
    }
    try {
      if (await pending.take(message)) pending.settle()
    } catch (error) {
      if (this.#pending.has(id) && !isLast(message)) this.#cancel(id, pending.transfer)
      pending.settle(asError(error))
    } finally {
      // It may have been cancelled while its end was worked off.
      if (isLast(message)) this.#ended(id)
    }
  }

  /** The stream ended. */
  failAll(error: Error): void {
    for (const pending of [...this.#pending.values()]) pending.settle(error)
    for (const { idle } of this.#cancelled.values()) idle.stop()
    this.#cancelled.clear()
  }

  /** One transfer stream ended: nothing more comes on it. */
  failTransfer(transfer: number, error: Error): void {
    for (const pending of [...this.#pending.values()]) if (pending.transfer === transfer) pending.settle(error)
    for (const [id, cancelled] of this.#cancelled) if (cancelled.transfer === transfer) this.#ended(id)
  }

  #cancel(id: number, transfer: number | undefined): void {
    const { send, broken, peer } = this.#init
    const idle = new IdleTimer(CANCEL_TIMEOUT)
    idle.signal.addEventListener('abort', () => broken(new RemoteRefusedError(peer, 'CANCEL_IGNORED')))
    this.#cancelled.set(id, { idle, bytes: 0, transfer })
    send({ cancel: { id } }).catch((error: unknown) => broken(asError(error)))
  }

  /** What was on its way when its request was cancelled. Throws where nothing was. */
  #late(id: number, message: SyncMessage): void {
    const cancelled = this.#cancelled.get(id)
    if (cancelled == null) throw new UnexpectedMessageError('of a request that nobody waits for')
    cancelled.idle.touch()
    cancelled.bytes += (message.chunk ?? message.objectsPart)?.bytes.byteLength ?? 0
    if (cancelled.bytes > MAX_CANCELLED_BYTES)
      this.#init.broken(new RemoteRefusedError(this.#init.peer, 'CANCEL_IGNORED'))
  }

  #ended(id: number): void {
    this.#cancelled.get(id)?.idle.stop()
    this.#cancelled.delete(id)
  }
}

function isLast(message: SyncMessage): boolean {
  return message.end != null || message.inventory != null || message.manifest != null || message.refs?.last === true
}

function failureOf(message: SyncMessage): Status | undefined {
  const status = message.failure?.status ?? message.end?.status
  return status == null || status === Status.OK ? undefined : status
}
