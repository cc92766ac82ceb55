import { UnexpectedMessageError } from '../../errors.ts'
import { changesOf } from '../../refs/index.ts'
import {
  knownAmong,
  MAX_DOCUMENT_BYTES_PER_MESSAGE,
  MAX_DOCUMENTS_PER_MESSAGE,
  Status,
  type Announce,
  type GetRefs,
  type Range,
  type Refs,
  type Session,
  type SyncMessage,
} from '../../wire/index.ts'
import { TokenBucket } from '../../../peer/index.ts'
import { asError, fromHex, toHex } from '../bytes.ts'
import { LatestSender } from '../latest.ts'
import { Mutex } from '../mutex.ts'
import { IdleTimer } from '../timing.ts'
import { HAVE_BUCKET, MAX_PENDING_REQUESTS, MAX_UNANSWERED_REQUESTS, RETRY_AFTER, UNPROVEN_TIMEOUT } from './limits.ts'
import { statusOf } from './status.ts'
import type { GitStore, InventoryEntry } from '../../../git/index.ts'
import type { MessageChannel } from '../message-channel.ts'
import type { Bitfield } from '../swarm/bitfield.ts'
import type { ServerConnection } from './connection.ts'
import type { PeerBudget } from './budget.ts'
import type { Crowds, CrowdTicket } from './crowds.ts'
import type { ServedHeader, ServedRepository } from './served.ts'
import type { ServerTransfer } from './transfer.ts'

/** Writers in one answer; a client asks again with what it then knows. */
const MAX_HEADERS_PER_ANSWER = 64
/** Base packs in one inventory. */
const MAX_PACKS = 1024

type Work = (repository: ServedRepository, signal: AbortSignal, session: Session) => Promise<void>

/** One control stream that a peer opened to us, bound to one repository, or to none where the proof of its id failed. */
export class ServerControl {
  readonly repository: ServedRepository | undefined
  readonly session: Session | null
  readonly #store: GitStore
  readonly #connection: ServerConnection
  readonly #channel: MessageChannel
  readonly #budget: PeerBudget
  readonly #pending = new Map<number, AbortController>()
  /** Answers of many messages, or big ones: made one at a time, as fast as the peer reads them. */
  readonly #turn = new Mutex()
  /** Told unasked, as fast as the peer reads it. */
  readonly #telling = new LatestSender<Partial<SyncMessage>>((message) => this.#tell(message))
  readonly #haves = new TokenBucket(HAVE_BUCKET)
  readonly #knowsHolders: () => boolean
  /** Its part among those who fetch the same from us. */
  readonly #ticket: CrowdTicket | undefined
  /** It asked for refs or inventory, or told what it has, and so is told what changes. Over a lane it does none of it. */
  #follows = false
  /** Base packs that it was told are to be had here whole. */
  #advertised = new Set<string>()

  constructor(
    proven: { repository: ServedRepository; session: Session } | undefined,
    store: GitStore,
    crowds: Crowds,
    connection: ServerConnection,
    channel: MessageChannel,
    budget: PeerBudget,
    knowsHolders: () => boolean,
  ) {
    this.repository = proven?.repository
    this.session = proven?.session ?? null
    this.#store = store
    this.#connection = connection
    this.#channel = channel
    this.#budget = budget
    this.#knowsHolders = knowsHolders
    this.#ticket = this.repository == null ? undefined : crowds.join(this.repository, this)
  }

  get peer(): string {
    return this.#connection.peer
  }

  get follows(): boolean {
    return this.#follows
  }

  /** Answers until the stream ends; who proved nothing is answered for a while. */
  async run(): Promise<void> {
    const unproven = this.session == null ? new IdleTimer(UNPROVEN_TIMEOUT) : undefined
    try {
      for (;;) {
        const message = await this.#channel.read(unproven?.signal)
        if (message == null) return
        this.#take(message)
      }
    } finally {
      unproven?.stop()
      this.#ticket?.leave()
      for (const controller of this.#pending.values()) controller.abort(new UnexpectedMessageError('stream closed'))
    }
  }

  /** Tells the peer of a header; a peer that does not read is left alone, it compares refs when it is back. */
  announce(announce: Announce): void {
    void this.#tell({ announce })
    const bytes = announce.pack?.byteLength ?? 0
    if (bytes > 0) this.repository?.sent(this.peer, this.#connection.relayed, { bytes, milliseconds: 0 })
  }

  /** Which chunks of a pack are here, of those that are not told in the inventory; none: it is not to be had any more. */
  have(packId: string, bitfield: Uint8Array<ArrayBuffer>): void {
    this.#telling.push(packId, { have: { pack: fromHex(packId), bitfield, offer: false } })
  }

  /** What this asker would best ask for, of a pack that several fetch. */
  offer(packId: string, offered: Bitfield): void {
    this.#telling.push(packId, { have: { pack: fromHex(packId), bitfield: offered.bytes(), offer: true } })
  }

  /** Names others that have the repository, to who fetches it and knows the message. */
  holders(): void {
    if (this.repository == null || this.#ticket?.fetching !== true || !this.#knowsHolders()) return
    const holders = this.repository.holders(this.peer)
    const named = holders.map(({ key, complete }) => ({ key: new Uint8Array(key), complete }))
    if (named.length > 0) this.#telling.push('holders', { holders: { holders: named } })
  }

  /** The peer was told of base packs that are to be had here. */
  get advertises(): boolean {
    return this.#advertised.size > 0
  }

  /** `packs` are those that may be served now: what it was told of and is not to be had any more is taken back. */
  withdraw(packs: InventoryEntry[]): void {
    const left = new Set(packs.map(({ packId }) => packId))
    for (const packId of this.#advertised) if (!left.has(packId)) this.have(packId, new Uint8Array(0))
    this.#advertised = new Set([...this.#advertised].filter((packId) => left.has(packId)))
  }

  /** Ends the stream: the repository is gone from here. */
  abort(error: Error): void {
    this.#channel.abort(error)
  }

  #take(message: SyncMessage): void {
    if (message.credit != null) {
      this.#connection.credit.raise(message.credit.bytes)
      this.#connection.urgentCredit.raise(message.credit.urgent)
    } else if (message.cancel != null) {
      this.#pending.get(message.cancel.id)?.abort(new UnexpectedMessageError('cancelled'))
    } else if (message.getRefs != null) {
      const request = message.getRefs
      this.#follows = true
      this.#request(request.id, true, (repository, _signal, session) =>
        this.#turn.run(() => this.#refs(request, repository, session)),
      )
    } else if (message.getInventory != null) {
      const { id } = message.getInventory
      this.#follows = true
      this.#request(id, true, (repository) => this.#inventory(id, repository))
    } else if (message.getManifest != null) {
      const { id, pack } = message.getManifest
      this.#request(id, false, async (repository) => {
        await this.#turn.run(async () => {
          const packId = toHex(pack)
          const carried = repository.carried().find((it) => it.packId === packId)
          const manifest = carried?.manifest ?? (await this.#store.manifest(repository.token, packId))
          await this.#send({ manifest: { id, manifest: new Uint8Array(manifest) } })
        })
      })
    } else if (message.getChunks != null) {
      const request = message.getChunks
      this.#request(request.id, false, async (repository, signal) => {
        if (this.#connection.relayed) return this.#fail(request.id, Status.TOO_LARGE)
        const transfer = await this.#transfer(request.transfer, signal)
        if (transfer == null) return this.#fail(request.id, Status.NO_TRANSFER)
        const packId = toHex(request.pack)
        this.#ticket?.asked(packId, chunksIn(request.ranges))
        return transfer.chunks(request, signal, {
          read: (chunk) => this.#chunk(repository, packId, chunk),
          sent: (chunk) => this.#ticket?.sent(packId, chunk),
        })
      })
    } else if (message.getObjects != null) {
      const request = message.getObjects
      this.#request(request.id, true, async (repository, signal) => {
        const transfer = await this.#transfer(request.transfer, signal)
        if (transfer == null) return this.#fail(request.id, Status.NO_TRANSFER)
        return this.#budget.objects(
          () => transfer.objects(this.#store, repository.token, request, signal),
          () => this.#fail(request.id, Status.BUSY),
        )
      })
    } else if (message.announce != null) {
      if (this.#budget.request(true)) this.repository?.announced(message.announce, this.peer)
    } else if (message.have != null) {
      this.#follows = true
      // What is dropped here is told again with the next.
      if (this.#haves.take()) this.#heard(toHex(message.have.pack), message.have.bitfield.slice())
    } else {
      this.#channel.abort(new UnexpectedMessageError('on a control stream'))
    }
  }

  #heard(packId: string, bitfield: Uint8Array): void {
    const fetched = this.#ticket?.fetching
    this.#ticket
      ?.has(packId, bitfield)
      .then(() => {
        if (fetched === false) this.holders()
      })
      .catch((error: unknown) => this.#channel.abort(asError(error)))
  }

  /** Of a pack that is being fetched what has come, of others anything. */
  async #chunk(repository: ServedRepository, packId: string, chunk: number): Promise<Uint8Array> {
    if (repository.carried().some((pack) => pack.packId === packId)) {
      try {
        return await this.#store.stagedChunk(repository.token, packId, chunk)
      } catch (error) {
        // It may have become one like the others a moment ago.
        if (!(error instanceof Error) || error.name !== 'NotServedError') throw error
      }
    }
    return this.#store.chunk(repository.token, packId, chunk)
  }

  /** A stream that cannot be written to has ended. */
  async #tell(message: Partial<SyncMessage>): Promise<void> {
    try {
      await this.#send(message)
    } catch (error) {
      this.#channel.abort(asError(error))
    }
  }

  #request(id: number, walks: boolean, work: Work): void {
    if (this.#pending.has(id)) {
      this.#channel.abort(new UnexpectedMessageError('a request id that is in use'))
      return
    }
    if (this.#pending.size >= MAX_UNANSWERED_REQUESTS) {
      this.#channel.abort(new UnexpectedMessageError('more requests than answers are read'))
      return
    }
    const busy = this.#pending.size >= MAX_PENDING_REQUESTS || !this.#budget.request(walks)
    const controller = new AbortController()
    this.#pending.set(id, controller)
    this.#answer(id, busy, work, controller.signal)
      .catch((error: unknown) => {
        // The answer itself could not be sent: the stream is of no more use.
        this.#channel.abort(asError(error))
      })
      .finally(() => this.#pending.delete(id))
  }

  async #answer(id: number, busy: boolean, work: Work, signal: AbortSignal): Promise<void> {
    if (busy) return this.#fail(id, Status.BUSY)
    if (this.repository == null || this.session == null) return this.#fail(id, Status.NOT_HELD)
    try {
      await work(this.repository, signal, this.session)
    } catch (error) {
      if (!this.#channel.open) return
      await this.#fail(id, statusOf(error, signal))
    }
  }

  async #fail(id: number, status: Status): Promise<void> {
    await this.#send({ failure: { id, status, retryAfter: status === Status.BUSY ? RETRY_AFTER : 0 } })
  }

  /** A peer that takes nothing for the idle time-out is gone, and what waits for it goes too. */
  async #send(message: Partial<SyncMessage>): Promise<void> {
    const idle = new IdleTimer()
    try {
      await this.#channel.write(message, idle.signal)
    } catch (error) {
      this.#channel.abort(asError(error))
      throw error
    } finally {
      idle.stop()
    }
  }

  async #transfer(number: number, signal: AbortSignal): Promise<ServerTransfer | undefined> {
    const transfer = await this.#connection.transfer(number, signal)
    return transfer?.control === this ? transfer : undefined
  }

  async #refs({ id, known, changes }: GetRefs, repository: ServedRepository, session: Session): Promise<void> {
    const { documents, headers } = repository.answer()
    const has = await knownAmong(
      session,
      known,
      headers.map(({ hash }) => hash),
    )
    const missing = headers.filter((_, n) => has[n] !== true)
    const now = missing.slice(0, MAX_HEADERS_PER_ANSWER)
    const more = missing.length > now.length
    const messages: Refs[] = pages(documents).map((page) => ({ ...emptyRefs(id), documents: page }))
    for (const header of now) {
      const list = changes === true ? await shortList(session, known, header) : wholeList(header)
      messages.push({ ...emptyRefs(id), header: new Uint8Array(header.envelope), ...list })
    }
    const first = messages[0]
    const last = messages.at(-1)
    if (first == null || last == null) throw new Error('An answer has at least one message')
    first.holders = repository.holders(this.peer).map(({ key, complete }) => ({ key: new Uint8Array(key), complete }))
    last.last = true
    last.more = more
    for (const refs of messages) await this.#send({ refs })
  }

  async #inventory(id: number, repository: ServedRepository): Promise<void> {
    const whole = await this.#store.inventory(repository.token)
    const carried = repository.carried().filter(({ packId }) => !whole.some((pack) => pack.packId === packId))
    const packs = [...whole, ...carried].slice(0, MAX_PACKS)
    this.#advertised = new Set(whole.map(({ packId }) => packId))
    await this.#send({
      inventory: {
        id,
        packs: packs.map(({ packId, size, objects }, n) => {
          return { pack: fromHex(packId), size, objects, verified: n < whole.length }
        }),
      },
    })
    for (const { packId, here } of carried) this.have(packId, here.bytes())
  }
}

function* chunksIn(ranges: Range[]): Generator<number> {
  for (const { first, count } of ranges) for (let chunk = first; chunk < first + count; chunk++) yield chunk
}

/** Lists are copied by encoding them, one message at a time. */
function wholeList({ list }: ServedHeader): Pick<Refs, 'list'> {
  return { list: list as Uint8Array<ArrayBuffer> }
}

/** As changes of the newest list before that the asker has, where that is shorter. */
async function shortList(session: Session, known: Uint8Array, header: ServedHeader): Promise<Partial<Refs>> {
  const past = header.past ?? []
  const has = await knownAmong(
    session,
    known,
    past.map(({ hash }) => hash),
  )
  const before = past.find((_, n) => has[n] === true)
  if (before == null) return wholeList(header)
  const changes = changesOf(before.list, header.list)
  return changes.byteLength < header.list.byteLength
    ? { base: new Uint8Array(before.hash), changes }
    : wholeList(header)
}

function emptyRefs(id: number): Refs {
  return {
    id,
    documents: [],
    holders: [],
    header: new Uint8Array(0),
    list: new Uint8Array(0),
    last: false,
    more: false,
  }
}

/** Documents cut into pages that fit into a message each; one page, empty, where there are none. */
function pages(documents: Uint8Array[]): Array<Array<Uint8Array<ArrayBuffer>>> {
  const result: Array<Array<Uint8Array<ArrayBuffer>>> = [[]]
  let bytes = 0
  for (const document of documents) {
    // Room for the other fields: a document's own two bytes of tag and length, the holders.
    const full = bytes + document.byteLength > MAX_DOCUMENT_BYTES_PER_MESSAGE - 8192
    if (full || result.at(-1)?.length === MAX_DOCUMENTS_PER_MESSAGE) {
      result.push([])
      bytes = 0
    }
    result.at(-1)?.push(new Uint8Array(document))
    bytes += document.byteLength
  }
  return result
}
