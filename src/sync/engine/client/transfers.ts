import type { ClientSession } from './session.ts'
import type { ClientTransfer } from './transfer.ts'

/** The transfer streams of one fetch: one to each holder that something is asked of, opened when it is. */
export class TransferPool {
  readonly #signal: AbortSignal
  readonly #transfers = new Map<ClientSession, Promise<ClientTransfer>>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  async get(session: ClientSession): Promise<ClientTransfer> {
    let transfer = this.#transfers.get(session)
    if (transfer == null) {
      transfer = session.transfer(this.#signal)
      this.#transfers.set(session, transfer)
    }
    try {
      return await transfer
    } catch (error) {
      this.#forget(session, transfer)
      throw error
    }
  }

  /** It broke: the next request opens another. */
  async drop(session: ClientSession, transfer: ClientTransfer): Promise<void> {
    const known = this.#transfers.get(session)
    if (known == null || (await known) !== transfer) return
    this.#forget(session, known)
    await transfer.close()
  }

  async close(): Promise<void> {
    const transfers = [...this.#transfers.values()]
    this.#transfers.clear()
    await Promise.all(
      transfers.map(async (opening) => {
        // Whoever asked for one that could not be opened was told why.
        const transfer = await opening.catch(() => undefined)
        await transfer?.close()
      }),
    )
  }

  #forget(session: ClientSession, transfer: Promise<ClientTransfer>): void {
    if (this.#transfers.get(session) === transfer) this.#transfers.delete(session)
  }
}
