import { fromHex } from '../bytes.ts'
import { requestObjects, type SmallRequest } from './small-request.ts'
import type { ClientSession } from './session.ts'
import type { ClientTransfer } from './transfer.ts'

/** One transfer stream a session for what somebody waits for, apart from those that carry packs: opened when it is needed. */
export class UrgentTransfers {
  readonly #transfers = new Map<ClientSession, Promise<ClientTransfer>>()

  /** A transfer that is open already. */
  add(session: ClientSession, transfer: ClientTransfer): void {
    if (this.#transfers.has(session)) void transfer.close()
    else this.#keep(session, Promise.resolve(transfer))
  }

  /** Objects by their ids, or the snapshots of commits. `part` takes the pack. */
  async ask(
    session: ClientSession,
    request: { wants: string[]; filter: SmallRequest['filter'] },
    part: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { number } = await this.#of(session, signal)
    const wants = request.wants.map(fromHex)
    await requestObjects(session.requests, number, { ...request, wants }, part, { signal })
  }

  /** No more is asked for. */
  close(): void {
    const closing = [...this.#transfers.values()]
    this.#transfers.clear()
    for (const opening of closing) closeLater(opening)
  }

  async #of(session: ClientSession, signal: AbortSignal): Promise<ClientTransfer> {
    const known = this.#transfers.get(session)
    if (known != null && (await known.catch(() => undefined))?.open === true) return await known
    // Somebody else may have begun while this one waited.
    const meanwhile = this.#transfers.get(session)
    if (meanwhile != null && meanwhile !== known) return await meanwhile
    const opening = session.transfer(signal, true)
    this.#keep(session, opening)
    return await opening
  }

  #keep(session: ClientSession, opening: Promise<ClientTransfer>): void {
    this.#transfers.set(session, opening)
    const forget = (): void => {
      if (this.#transfers.get(session) === opening) this.#transfers.delete(session)
    }
    opening.catch(forget)
    // A stream that stays would keep its link, a relayed one too.
    void session.closed.then(() => {
      forget()
      closeLater(opening)
    })
  }
}

function closeLater(opening: Promise<ClientTransfer>): void {
  opening.then(
    (transfer) => transfer.close(),
    () => undefined,
  )
}
