import type { Connection, Stream } from '@libp2p/interface'
import { ChannelClosedError, RemoteRefusedError, UnexpectedMessageError } from '../../errors.ts'
import {
  Filter,
  HEAD_WANT,
  knownTags,
  MAX_LARGE_MESSAGE_BYTES,
  openHandshake,
  SYNC_PROTOCOL,
  type Announce,
  type Credit,
  type Opening,
  type Session,
  type SyncMessage,
} from '../../wire/index.ts'
import { TokenBucket } from '../../../peer/index.ts'
import { asError, fromHex, toHex } from '../bytes.ts'
import { LatestSender } from '../latest.ts'
import { MessageChannel } from '../message-channel.ts'
import { IdleTimer } from '../timing.ts'
import { answerOf, type ListOf, type RefsAnswer } from './refs-answer.ts'
import { requestObjects } from './small-request.ts'
import { Requests, type RequestOptions } from './requests.ts'
import { ClientTransfer } from './transfer.ts'
import type { ClientConnection, ClientConnections } from './connection.ts'
import type { GutsPeer } from '../../../peer/index.ts'

/** Bytes of answers that may wait to be worked off: the refs lists of many writers at once. */
const MAX_QUEUED_BYTES = 16 * MAX_LARGE_MESSAGE_BYTES
/** Milliseconds for a stream to open, and for the proof. */
const OPEN_TIMEOUT = 10_000

/** Headers that a holder may announce: a person's commits, and a burst of somebody's script. */
const ANNOUNCE_BUCKET = { capacity: 64, perSecond: 8 }
/** What a holder may tell unasked of chunks and of others: ten a second of a pack, of a handful of packs. */
const NEWS_BUCKET = { capacity: 64, perSecond: 32 }
/** Packs of which it is remembered what a holder told: 230 KiB at most. */
const MAX_HAVES = 64

export interface RemotePack {
  packId: string
  /** Bytes. */
  size: number
  objects: number
  verified: boolean
}

/** What a holder told of its chunks of a pack. */
export interface ToldHave {
  /** Bit n, most significant first: chunk n. */
  bitfield: Uint8Array
  /** It has all of them: these it would like to be asked for. */
  offer: boolean
}

/** Another holder that one named. */
export interface NamedHolder {
  /** Raw Ed25519 key of its PeerId. */
  key: Uint8Array
  complete: boolean
}

export interface SessionInit {
  peer: GutsPeer
  connections: ClientConnections
  /** PeerId of the holder. */
  remote: string
  /** Digest of the repository's id. */
  digest: Uint8Array
  /** Hashes of the headers that are here. */
  known: Uint8Array[]
  /** Lists that are here, or were. */
  listOf: ListOf
  signal: AbortSignal
  /** The holder says that a header is new. */
  onAnnounce: (announce: Announce, session: ClientSession) => void
  /** The holder told which chunks it has: `haves` is another. */
  onHave: (session: ClientSession) => void
  /** The holder named others. */
  onHolders: (holders: NamedHolder[]) => void
  /**
   * Takes the snapshot of what HEAD names there, which is then asked for before the proof has come. That tells the other side
   * that nothing is here yet, so only who was named by a link, or proved the id before, is asked so.
   */
  early?: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>
}

/** Of a session over which nothing is told, and no refs are asked for. */
const UNHEARD = {
  listOf: () => undefined,
  onAnnounce: () => undefined,
  onHave: () => undefined,
  onHolders: () => undefined,
} satisfies Partial<SessionInit>

export type LaneInit = Pick<SessionInit, 'peer' | 'connections' | 'remote' | 'digest' | 'signal'>

/** Our long-lived control stream to one holder of one repository. */
export class ClientSession {
  readonly peer: string
  readonly connection: Connection
  /** Over a relay: refs and small tails only. */
  readonly relayed: boolean
  readonly wire: Session
  readonly credit: ClientConnection['credit']
  readonly urgentCredit: ClientConnection['urgentCredit']
  readonly requests: Requests
  /** What the holder told of its chunks, by pack id. */
  readonly haves = new Map<string, ToldHave>()
  readonly #channel: MessageChannel
  readonly #state: ClientConnection
  readonly #init: Pick<SessionInit, 'listOf' | 'onAnnounce' | 'onHave' | 'onHolders'>
  #roundTrip = Infinity
  readonly #announces = new TokenBucket(ANNOUNCE_BUCKET)
  #late: { announce: Announce } | undefined
  readonly #news = new TokenBucket(NEWS_BUCKET)
  readonly #telling = new LatestSender<Partial<SyncMessage>>((message) => this.#send(message))

  private constructor(
    init: Omit<SessionInit, 'known' | 'signal'>,
    connection: Connection,
    channel: MessageChannel,
    wire: Session,
  ) {
    this.peer = init.remote
    this.connection = connection
    this.relayed = connection.limits != null
    this.wire = wire
    this.#channel = channel
    this.#init = init
    this.#state = init.connections.of(connection)
    this.credit = this.#state.credit
    this.urgentCredit = this.#state.urgentCredit
    this.requests = new Requests({
      peer: this.peer,
      send: (message) => channel.write(message),
      broken: (error) => channel.abort(error),
    })
  }

  /**
   * Opens the stream, proves the id and has it proven; refs and inventory are asked for in the same breath. Rejects with
   * `RemoteRefusedError` where the other side does not hold the repository.
   */
  static async open(init: SessionInit): Promise<OpenedSession> {
    const idle = new IdleTimer(OPEN_TIMEOUT, init.signal)
    let channel: MessageChannel | undefined
    const options = { signal: idle.signal, allowRelayed: true }
    // Both at once: each takes a round trip to be agreed on.
    const opening = init.peer.openStream(init.remote, SYNC_PROTOCOL, options)
    const second = init.early == null ? undefined : init.peer.openStream(init.remote, SYNC_PROTOCOL, options)
    second?.catch(() => undefined)
    try {
      const { stream, connection } = await opening
      channel = controlChannel(stream)
      const handshake = await challenged(channel, init, connection, idle.signal)
      const session = new ClientSession(init, connection, channel, handshake.session)
      return await session.#handshake(handshake, init, second, idle.signal)
    } catch (error) {
      channel?.abort(asError(error))
      second?.then(
        ({ stream }) => stream.abort(asError(error)),
        () => undefined,
      )
      throw error
    } finally {
      idle.stop()
    }
  }

  /**
   * A session with the same holder about the same repository over one more connection, on which chunks are asked for and nothing
   * else: neither refs nor inventory, so it is told nothing either. Rejects as `open` does.
   */
  static async lane(init: LaneInit, connection: Connection): Promise<ClientSession> {
    const idle = new IdleTimer(OPEN_TIMEOUT, init.signal)
    let channel: MessageChannel | undefined
    try {
      channel = controlChannel(await connection.newStream(SYNC_PROTOCOL, { signal: idle.signal }))
      const opening = await challenged(channel, init, connection, idle.signal)
      const session = new ClientSession({ ...init, ...UNHEARD }, connection, channel, opening.session)
      session.#state.sessions.add(session)
      await channel.write({ open: opening.message }, idle.signal)
      await session.#proven(opening, idle.signal)
      void session.#run()
      return session
    } catch (error) {
      channel?.abort(asError(error))
      throw error
    } finally {
      idle.stop()
    }
  }

  get open(): boolean {
    return this.#channel.open
  }

  /** Milliseconds: the shortest of what was measured; `Infinity` before anything was. */
  get roundTrip(): number {
    return this.#roundTrip
  }

  /** Resolves when the stream has ended. */
  get closed(): Promise<Error | undefined> {
    return this.#channel.closed
  }

  /** Headers of the holder that are not among `known` (hashes), its documents, and other holders. */
  async refs(known: Uint8Array[], options?: RequestOptions): Promise<RefsAnswer> {
    const tags = await knownTags(this.wire, known)
    return answerOf(this.requests, tags, this.#init.listOf, options)
  }

  async inventory(options?: RequestOptions): Promise<RemotePack[]> {
    let packs: RemotePack[] = []
    await this.requests.run(
      (id) => ({ getInventory: { id } }),
      ({ inventory }) => {
        if (inventory == null) throw new UnexpectedMessageError('in answer to GetInventory')
        packs = inventory.packs.map(({ pack, ...rest }) => ({ packId: toHex(pack), ...rest }))
        // What it took back before, it has again.
        for (const { packId, verified } of packs) {
          if (verified && this.haves.get(packId)?.offer === false) this.haves.delete(packId)
        }
        return true
      },
      options,
    )
    return packs
  }

  async manifest(packId: string, options?: RequestOptions): Promise<Uint8Array> {
    let bytes: Uint8Array = new Uint8Array(0)
    const askedAt = performance.now()
    await this.requests.run(
      (id) => ({ getManifest: { id, pack: fromHex(packId) } }),
      ({ manifest }) => {
        if (manifest == null) throw new UnexpectedMessageError('in answer to GetManifest')
        this.#took(askedAt)
        // A copy: the message's buffer is shared by its fields, and the manifest goes on to the worker.
        bytes = manifest.manifest.slice()
        return true
      },
      options,
    )
    return bytes
  }

  /** A stream for packs and chunks, or else for what somebody waits for, on the same connection. */
  async transfer(signal: AbortSignal, urgent = false): Promise<ClientTransfer> {
    const credit = urgent ? this.urgentCredit : this.credit
    return ClientTransfer.open(this, this.#state.nextTransfer(), credit, signal)
  }

  /** Tells the holder of a header. */
  async announce(announce: Announce): Promise<void> {
    await this.#channel.write({ announce })
  }

  /** Tells the holder which chunks of a pack are here: what it need not offer. */
  tell(packId: string, bitfield: Uint8Array<ArrayBuffer>): void {
    this.#telling.push(packId, { have: { pack: fromHex(packId), bitfield, offer: false } })
  }

  /** Tells the connection's sender how far it may go. */
  grant(credit: Credit): void {
    void this.#send({ credit })
  }

  abort(error: Error): void {
    this.#channel.abort(error)
  }

  async close(): Promise<void> {
    this.#state.sessions.delete(this)
    this.requests.failAll(new ChannelClosedError())
    if (!this.#channel.open) return
    try {
      await this.#channel.close(AbortSignal.timeout(OPEN_TIMEOUT))
    } catch (error) {
      this.#channel.abort(asError(error))
    }
  }

  async #handshake(
    opening: Opening,
    init: SessionInit,
    second: Promise<OpenedStream> | undefined,
    signal: AbortSignal,
  ): Promise<OpenedSession> {
    const tags = await knownTags(this.wire, init.known)
    await this.#channel.write({ open: opening.message }, signal)
    const refs = answerOf(this.requests, tags, init.listOf, { signal })
    const inventory = this.inventory({ signal })
    // Credit goes with the request, whether the proof has come or not.
    this.#state.sessions.add(this)
    const early = second == null || init.early == null ? null : this.#snapshot(second, init.early, init.signal)
    // Whoever needs it awaits it; until then it may fail without a word.
    early?.catch(() => undefined)
    try {
      await this.#proven(opening, signal)
      void this.#run()
      const [answered, packs] = await Promise.all([refs, inventory.catch(noInventory)])
      return { session: this, refs: answered, inventory: packs, early }
    } catch (error) {
      this.#state.sessions.delete(this)
      this.requests.failAll(asError(error))
      await Promise.allSettled([refs, inventory, early])
      throw error
    }
  }

  /** What `Open` is answered first of all. */
  async #proven(opening: Opening, signal: AbortSignal): Promise<void> {
    const askedAt = performance.now()
    const answer = await this.#channel.read(signal)
    if (answer?.opened == null) throw new UnexpectedMessageError('in answer to Open')
    if (!opening.verify(answer.opened)) throw new RemoteRefusedError(this.peer, 'NOT_HELD')
    this.#took(askedAt)
  }

  #took(askedAt: number): void {
    this.#roundTrip = Math.min(this.#roundTrip, performance.now() - askedAt)
    // TCP, which carries the WebSocket to a relay, knows by itself how much may be on its way.
    const isWebRtc = this.connection.remoteAddr.getComponents().some(({ name }) => name === 'webrtc')
    if (isWebRtc) this.credit.shape(this.#roundTrip)
  }

  /** Asks for the snapshot on the stream that was opened with this one; resolves to its transfer. */
  async #snapshot(
    second: Promise<OpenedStream>,
    part: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
    signal: AbortSignal,
  ): Promise<ClientTransfer> {
    const { stream, connection } = await second
    if (connection !== this.connection) {
      const error = new ChannelClosedError()
      stream.abort(error)
      throw error
    }
    const transfer = await ClientTransfer.over(this, this.#state.nextTransfer(), this.urgentCredit, stream, signal)
    const request = { wants: [HEAD_WANT], filter: Filter.SNAPSHOT }
    await requestObjects(this.requests, transfer.number, request, part, { signal })
    return transfer
  }

  async #run(): Promise<void> {
    let error: Error = new ChannelClosedError()
    try {
      for (;;) {
        const message = await this.#channel.read()
        if (message == null) break
        await this.#take(message)
      }
    } catch (thrown) {
      error = asError(thrown)
    } finally {
      this.#state.sessions.delete(this)
      this.requests.failAll(error)
      this.#channel.abort(error)
    }
  }

  /** Each costs a signature's check. Of those that are too many the last waits: it leads to a comparison, which finds all. */
  #announced(announce: Announce): void {
    if (this.#late == null && this.#announces.take()) return this.#init.onAnnounce(announce, this)
    if (this.#late != null) {
      this.#late.announce = announce
      return
    }
    const late = { announce }
    this.#late = late
    const timer = setTimeout(() => {
      this.#late = undefined
      if (this.open) this.#announced(late.announce)
    }, this.#announces.retryAfter())
    void this.closed.then(() => clearTimeout(timer))
  }

  /** A stream that cannot be written to is of no more use. */
  async #send(message: Partial<SyncMessage>): Promise<void> {
    try {
      await this.#channel.write(message)
    } catch (error) {
      this.#channel.abort(asError(error))
    }
  }

  #heard({ have, holders }: SyncMessage): void {
    if (holders != null) {
      this.#init.onHolders(holders.holders.map(({ key, complete }) => ({ key: key.slice(), complete })))
    }
    if (have == null) return
    const packId = toHex(have.pack)
    if (this.haves.size >= MAX_HAVES && !this.haves.has(packId)) return
    this.haves.set(packId, { bitfield: have.bitfield.slice(), offer: have.offer })
    this.#init.onHave(this)
  }

  async #take(message: SyncMessage): Promise<void> {
    if (message.announce != null) {
      // Views of the message's own buffer, which nobody else has.
      this.#announced(message.announce)
      return
    }
    if (message.have != null || message.holders != null) {
      // What is dropped here is told again with the next.
      if (this.#news.take()) this.#heard(message)
      return
    }
    const id = message.refs?.id ?? message.inventory?.id ?? message.manifest?.id ?? message.failure?.id
    if (id == null) throw new UnexpectedMessageError('on a control stream')
    await this.requests.dispatch(id, message)
  }
}

function controlChannel(stream: Stream): MessageChannel {
  return new MessageChannel(stream, { maxFrameBytes: MAX_LARGE_MESSAGE_BYTES, maxQueuedBytes: MAX_QUEUED_BYTES })
}

/** Reads the acceptor's challenge and makes the answer to it. */
async function challenged(
  channel: MessageChannel,
  { peer, digest }: Pick<SessionInit, 'peer' | 'digest'>,
  connection: Connection,
  signal: AbortSignal,
): Promise<Opening> {
  const first = await channel.read(signal)
  if (first?.challenge == null) throw new UnexpectedMessageError('first from the acceptor')
  return await openHandshake(digest, { local: peer.peerId, remote: connection.remotePeer }, first.challenge)
}

/** A holder that cannot say what base packs it has may still send what is asked for by object. */
function noInventory(error: unknown): RemotePack[] {
  if (error instanceof RemoteRefusedError) return []
  throw error
}

export interface OpenedSession {
  session: ClientSession
  refs: RefsAnswer
  inventory: RemotePack[]
  /** Resolves when the snapshot that was asked for with the opening has come, to the transfer that it came on. */
  early: Promise<ClientTransfer> | null
}

type OpenedStream = Awaited<ReturnType<GutsPeer['openStream']>>
