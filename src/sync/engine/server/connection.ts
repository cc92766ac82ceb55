import type { Connection } from '@libp2p/interface'
import { SendCredit } from '../credit.ts'
import { race } from '../timing.ts'
import { MAX_TRANSFERS_PER_CONNECTION, OPEN_TIMEOUT } from './limits.ts'
import type { ServerControl } from './control.ts'
import type { ServerTransfer } from './transfer.ts'

/** What belongs to one connection, whatever repositories are asked for over it: credit and transfer streams. */
export class ServerConnection {
  readonly connection: Connection
  readonly peer: string
  /** Carried by a relay that counts the bytes. */
  readonly relayed: boolean
  readonly credit = new SendCredit()
  /** For what somebody waits for: packs and chunks, which may have used up all of the other, are not in its way. */
  readonly urgentCredit = new SendCredit()
  readonly controls = new Set<ServerControl>()
  #added = Promise.withResolvers<void>()
  readonly #transfers = new Map<number, ServerTransfer>()
  readonly #expected = new Map<number, PromiseWithResolvers<ServerTransfer | undefined>>()

  constructor(connection: Connection) {
    this.connection = connection
    this.peer = connection.remotePeer.toString()
    this.relayed = connection.limits != null
  }

  addControl(control: ServerControl): void {
    this.controls.add(control)
    this.#added.resolve()
    this.#added = Promise.withResolvers()
  }

  /** Resolves when one more control stream is there. */
  get nextControl(): Promise<void> {
    return this.#added.promise
  }

  /** False where the number is taken or there are too many. */
  addTransfer(transfer: ServerTransfer): boolean {
    if (this.#transfers.size >= MAX_TRANSFERS_PER_CONNECTION || this.#transfers.has(transfer.number)) return false
    this.#transfers.set(transfer.number, transfer)
    this.#expected.get(transfer.number)?.resolve(transfer)
    this.#expected.delete(transfer.number)
    return true
  }

  removeTransfer(transfer: ServerTransfer): void {
    if (this.#transfers.get(transfer.number) === transfer) this.#transfers.delete(transfer.number)
  }

  /** The transfer stream of that number; its request may overtake it, so it is awaited for a while. */
  async transfer(number: number, signal: AbortSignal): Promise<ServerTransfer | undefined> {
    const here = this.#transfers.get(number)
    if (here != null) return here
    let expected = this.#expected.get(number)
    if (expected == null) {
      if (this.#expected.size >= MAX_TRANSFERS_PER_CONNECTION) return undefined
      expected = Promise.withResolvers<ServerTransfer | undefined>()
      this.#expected.set(number, expected)
    }
    const waiting = expected
    const timer = setTimeout(() => waiting.resolve(undefined), OPEN_TIMEOUT)
    try {
      return await race(waiting.promise, signal)
    } finally {
      clearTimeout(timer)
      if (this.#expected.get(number) === waiting) this.#expected.delete(number)
    }
  }
}
