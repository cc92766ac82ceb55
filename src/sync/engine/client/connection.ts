import type { Connection } from '@libp2p/interface'
import { ReceiveCredit } from '../credit.ts'
import type { ClientSession } from './session.ts'

/** What we keep for one connection over which we ask, whatever repositories it is about. */
export class ClientConnection {
  readonly sessions = new Set<ClientSession>()
  readonly credit = new ReceiveCredit((total) => this.#grant(total))
  #transfers = 0

  /** Numbers a transfer stream: never twice on one connection. */
  nextTransfer(): number {
    this.#transfers++
    return this.#transfers
  }

  #grant(total: number): void {
    // Credit is the connection's: any control stream carries it.
    for (const session of this.sessions) {
      if (session.open) return session.grant(total)
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
