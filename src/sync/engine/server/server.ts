import type { Connection, Stream } from '@libp2p/interface'
import { UnexpectedMessageError } from '../../errors.ts'
import {
  acceptHandshake,
  createChallenge,
  MAX_MESSAGE_BYTES,
  SYNC_PROTOCOL,
  verifyTransfer,
  type Announce,
  type Challenge,
  type Open,
  type OpenTransfer,
} from '../../wire/index.ts'
import { asError } from '../bytes.ts'
import { offenceOf } from '../faults.ts'
import { MessageChannel } from '../message-channel.ts'
import { IdleTimer, race } from '../timing.ts'
import { PeerBudget, type ObjectsSlots } from './budget.ts'
import { ServerConnection } from './connection.ts'
import { ServerControl } from './control.ts'
import { Crowds } from './crowds.ts'
import { MAX_STREAMS, OPEN_TIMEOUT } from './limits.ts'
import { ServerTransfer } from './transfer.ts'
import type { GitStore } from '../../../git/index.ts'
import type { GutsPeer } from '../../../peer/index.ts'
import type { ServedRepositories, ServedRepository } from './served.ts'

/** Peers whose budgets are remembered after they left, so that a reconnect does not fill them. */
const MAX_BUDGETS = 4096

/** Answers what other peers ask for. Whoever cannot prove the id of a repository hears what an unknown one would say. */
export class SyncServer {
  readonly #peer: GutsPeer
  readonly #store: GitStore
  readonly #repositories: ServedRepositories
  readonly #connections = new Map<Connection, ServerConnection>()
  readonly #budgets = new Map<string, PeerBudget>()
  readonly #slots: ObjectsSlots = { used: 0 }
  readonly #crowds: Crowds
  /** Streams whose openers have proven nothing yet, oldest first. */
  readonly #unproven = new Set<MessageChannel>()
  /** Aborted to make room; they end in a moment. */
  readonly #displaced = new Set<MessageChannel>()
  #streams = 0
  #stopped = false

  constructor(peer: GutsPeer, store: GitStore, repositories: ServedRepositories) {
    this.#peer = peer
    this.#store = store
    this.#repositories = repositories
    this.#crowds = new Crowds(store, peer.peerId.toString())
  }

  async start(): Promise<void> {
    this.#stopped = false
    // Streams of one peer are counted below us, over all of its connections and protocols.
    await this.#peer.handle(SYNC_PROTOCOL, (stream, connection) => this.#accept(stream, connection), {
      allowRelayed: true,
    })
  }

  /** Refuses new streams and ends those that are open. */
  stop(): void {
    this.#stopped = true
    for (const { controls } of this.#connections.values()) {
      for (const control of controls) control.abort(new UnexpectedMessageError('stopped'))
    }
  }

  /** Tells everybody who follows `repository` of a header that was just accepted, except those who have it. */
  announce(repository: ServedRepository, announce: Announce, except: ReadonlySet<string> = new Set()): void {
    for (const control of this.#following(repository)) if (!except.has(control.peer)) control.announce(announce)
  }

  /** Tells everybody who follows `repository` which chunks of a base pack are here. */
  have(repository: ServedRepository, packId: string, bitfield: Uint8Array<ArrayBuffer>): void {
    for (const control of this.#following(repository)) control.have(packId, bitfield)
  }

  /** Others that have `repository` came or left: told to those who fetch it. */
  holders(repository: ServedRepository): void {
    for (const control of this.#following(repository)) control.holders()
  }

  /** What is stored of `repository` changed, and with it what may be served. */
  async changed(repository: ServedRepository): Promise<void> {
    const told = this.#following(repository).filter(({ advertises }) => advertises)
    if (told.length === 0) return
    const packs = await this.#store.inventory(repository.token)
    for (const control of told) control.withdraw(packs)
  }

  /** Peers that have a control stream for `repository` open to us. */
  followers(repository: ServedRepository): string[] {
    return [...new Set(this.#following(repository).map(({ peer }) => peer))]
  }

  /** Ends the streams of a repository that is removed. */
  drop(repository: ServedRepository): void {
    for (const control of this.#controls(repository)) control.abort(new UnexpectedMessageError('removed'))
  }

  /** Of each peer those that are told of what is new. */
  #following(repository: ServedRepository): ServerControl[] {
    return this.#controls(repository).filter(({ follows }) => follows)
  }

  #controls(repository: ServedRepository): ServerControl[] {
    return [...this.#connections.values()].flatMap(({ controls }) =>
      [...controls].filter((control) => control.repository === repository),
    )
  }

  async #accept(stream: Stream, connection: Connection): Promise<void> {
    const peer = connection.remotePeer.toString()
    const budget = this.#budget(peer)
    if (this.#streams >= MAX_STREAMS) this.#displace()
    if (this.#stopped || this.#streams >= MAX_STREAMS) {
      stream.abort(new UnexpectedMessageError('too many streams'))
      return
    }
    this.#streams++
    budget.streams++
    const channel = new MessageChannel(stream, {
      maxFrameBytes: MAX_MESSAGE_BYTES,
      maxQueuedBytes: 2 * MAX_MESSAGE_BYTES,
    })
    this.#unproven.add(channel)
    try {
      await this.#serve(channel, connection, budget)
    } catch (error) {
      const ended = asError(error)
      const offence = offenceOf(ended)
      if (offence != null) this.#peer.peers.penalise(peer, offence)
      channel.abort(ended)
    } finally {
      // Where it was displaced, its place is somebody else's already.
      if (!this.#displaced.delete(channel)) this.#streams--
      this.#unproven.delete(channel)
      budget.streams--
      // Its opener has mostly closed its own side: without ours the stream would stay, and count against the peer's.
      await channel.close(AbortSignal.timeout(OPEN_TIMEOUT)).catch((error: unknown) => channel.abort(asError(error)))
    }
  }

  /** The oldest stream without a proof gives way: whoever knows an id proves it within a round trip. */
  #displace(): void {
    const [oldest] = this.#unproven
    if (oldest == null) return
    this.#unproven.delete(oldest)
    this.#displaced.add(oldest)
    this.#streams--
    oldest.abort(new UnexpectedMessageError('too many streams'))
  }

  async #serve(channel: MessageChannel, connection: Connection, budget: PeerBudget): Promise<void> {
    const idle = new IdleTimer(OPEN_TIMEOUT)
    const challenge = createChallenge()
    let open: Open | undefined
    let transfer: OpenTransfer | undefined
    try {
      await channel.write({ challenge }, idle.signal)
      const first = await channel.read(idle.signal)
      if (first == null) return
      open = first.open
      transfer = first.openTransfer
    } finally {
      idle.stop()
    }
    const state = this.#connection(connection)
    if (open != null) await this.#control(channel, state, budget, challenge, open)
    else if (transfer != null) await this.#transfer(channel, state, transfer)
    else throw new UnexpectedMessageError('first on a stream')
  }

  async #control(
    channel: MessageChannel,
    connection: ServerConnection,
    budget: PeerBudget,
    challenge: Challenge,
    open: Open,
  ): Promise<void> {
    const repository = this.#repositories.find(open.discoveryKey)
    const peers = { local: this.#peer.peerId, remote: connection.connection.remotePeer }
    const { answer, session } = await acceptHandshake(open, peers, challenge, () => repository?.digest)
    const proven = session != null && repository != null ? { repository, session } : undefined
    if (proven != null) this.#unproven.delete(channel)
    const knowsHolders = (): boolean => this.#peer.peers.get(connection.peer)?.capabilities.includes('swarm/1') ?? false
    const control = new ServerControl(proven, this.#store, this.#crowds, connection, channel, budget, knowsHolders)
    connection.addControl(control)
    try {
      await channel.write({ opened: answer })
      await control.run()
    } finally {
      connection.controls.delete(control)
    }
  }

  async #transfer(channel: MessageChannel, connection: ServerConnection, open: OpenTransfer): Promise<void> {
    const control = await awaitControl(channel, connection, open)
    // Requests that name this transfer get NOT_HELD, or NO_TRANSFER: nothing is said here.
    if (control == null) return
    this.#unproven.delete(channel)
    const transfer = new ServerTransfer(open.transfer, control, connection, channel)
    if (!connection.addTransfer(transfer)) throw new UnexpectedMessageError('too many transfers, or one number twice')
    try {
      // Requests come on the control stream: nothing more is read here but the end.
      if ((await channel.read()) != null) throw new UnexpectedMessageError('on a transfer stream')
    } finally {
      connection.removeTransfer(transfer)
      const { meter } = transfer
      if (meter.bytes > 0) control.repository?.sent(connection.peer, connection.relayed, meter)
    }
  }

  #connection(connection: Connection): ServerConnection {
    let state = this.#connections.get(connection)
    if (state == null) {
      state = new ServerConnection(connection)
      this.#connections.set(connection, state)
      connection.addEventListener('close', () => this.#connections.delete(connection), { once: true })
      if (connection.status !== 'open') this.#connections.delete(connection)
    }
    return state
  }

  #budget(peer: string): PeerBudget {
    let budget = this.#budgets.get(peer)
    if (budget == null) {
      for (const [other, { streams }] of this.#budgets) {
        if (this.#budgets.size < MAX_BUDGETS) break
        if (streams === 0) this.#budgets.delete(other)
      }
      budget = new PeerBudget(this.#slots, undefined, () => this.#peer.peers.penalise(peer, 'flood'))
      this.#budgets.set(peer, budget)
    }
    return budget
  }
}

/**
 * The same, where it may still come: both streams are opened at once, and one may overtake the other. Rejects when that took
 * too long; undefined where the transfer ended before.
 */
async function awaitControl(
  channel: MessageChannel,
  connection: ServerConnection,
  open: OpenTransfer,
): Promise<ServerControl | undefined> {
  const idle = new IdleTimer(OPEN_TIMEOUT)
  const closed = channel.closed.then(() => true)
  try {
    for (;;) {
      const next = connection.nextControl.then(() => false)
      const control = await controlOf(connection, open)
      if (control != null) return control
      if (await race(Promise.race([next, closed]), idle.signal)) return undefined
    }
  } finally {
    idle.stop()
  }
}

/** The control stream of this connection that the transfer belongs to. */
async function controlOf(connection: ServerConnection, open: OpenTransfer): Promise<ServerControl | undefined> {
  for (const control of connection.controls) {
    if (control.session != null && (await verifyTransfer(control.session, open))) return control
  }
  return undefined
}
