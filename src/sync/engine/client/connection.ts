import type { Connection } from '@libp2p/interface'
import { ReceiveCredit } from '../credit.ts'
import type { Credit } from '../../wire/index.ts'
import type { ClientSession } from './session.ts'

/** What we keep for one connection over which we ask, whatever repositories it is about. */
export class ClientConnection {
  readonly sessions = new Set<ClientSession>()
  readonly credit = new ReceiveCredit((bytes) => this.#grant({ bytes }))
  /** For what somebody waits for, which is not held up by packs and chunks that are on their way. */
  readonly urgentCredit = new ReceiveCredit((urgent) => this.#grant({ urgent }))
  #granted: Credit = { bytes: 0, urgent: 0 }
  #transfers = 0

  /** Numbers a transfer stream: never twice on one connection. */
  nextTransfer(): number {
    this.#transfers++
    return this.#transfers
  }

  #grant(total: Partial<Credit>): void {
    this.#granted = { ...this.#granted, ...total }
    // Credit is the connection's: any control stream carries it.
    for (const session of this.sessions) {
      if (session.open) return session.grant(this.#granted)
    }
  }
}

/** The state of every connection, forgotten with it. */
export class ClientConnections {
  readonly #connections = new WeakMap<Connection, ClientConnection>()

  of(connection: Connection): ClientConnection {
    let state = this.#connections.get(connection)
    if (state == null) {
      state = new ClientConnection()
      this.#connections.set(connection, state)
    }
    return state
  }
}
