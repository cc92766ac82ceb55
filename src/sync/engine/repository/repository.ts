import type { PeerFaultError } from '../../errors.ts'
import { NotMaintainerError, NotReadyError, StoppedError } from '../../errors.ts'
import { hintOfPeerId, linkHash } from '../../link.ts'
import type { GutsPeer, Offence, PeerState } from '../../../peer/index.ts'
import { asError, toHex } from '../bytes.ts'
import { MAX_KNOWN_HOLDERS, withLink, type RepositorySettings } from '../settings.ts'
import { TransferMeter } from '../transfer-log.ts'
import { addDelegate, commit, merge, publish, type ActionContext, type PublishUpdate } from './actions.ts'
import { announcementOf } from './announcing.ts'
import { Company } from './company.ts'
import { Comparer } from './comparer.ts'
import { Downloads, type DownloadStatus } from './downloads.ts'
import { Holders } from './holders.ts'
import { Ledger } from './ledger.ts'
import { isWhole } from './pack-sources.ts'
import { Lookout } from './lookout.ts'
import { MAX_MESH } from './mesh.ts'
import { namedHolders } from './named-holders.ts'
import { newestNames, shortKey } from './names.ts'
import { publishName } from './rename.ts'
import { Preview } from './preview.ts'
import { stateOf } from './state.ts'
import type { Announce } from '../../wire/index.ts'
import type { ClientSession, NamedHolder, OpenedSession } from '../client/session.ts'
import type { ClientConnections } from '../client/connection.ts'
import type { DialSlots } from '../dial-slots.ts'
import type { ServedRefs, ServedRepository } from '../server/served.ts'
import type {
  HolderState,
  RepositoryLink,
  RepositoryState,
  RepositoryStatus,
  TransferRecord,
  WantOptions,
} from '../../types.ts'
import type { CarriedPack } from './carried.ts'
import type { Author } from './author.ts'
import { countedRefs, writerKey, type HeldRefs } from './record.ts'
import type { SmallPack } from './small-pack.ts'
import type { CommitRequest, GitStore, MergeRequest } from '../../../git/index.ts'

/** Milliseconds after the first copy until gossip and DHT start. */
const JOIN_AFTER = 2_000

export interface RepositoryInit {
  token: string
  digest: Uint8Array
  discoveryKey: Uint8Array
  store: GitStore
  peer: GutsPeer
  author: Author
  connections: ClientConnections
  slots: DialSlots
  /** Unix milliseconds. */
  clock: () => number
  /** Bytes that a first copy may have without its user having agreed. */
  withoutAsking: () => number
  /** Its state is another. */
  onChange: () => void
  /** Headers were accepted (`isFirst`: and are all there is) or signed, and stored: tell those who follow. */
  onAccepted: (repository: Repository, headers: HeldRefs[], from: string | undefined, isFirst: boolean) => void
  /** Chunks of a base pack that is being fetched came: tell those who follow. */
  onHave: (repository: Repository, packId: string, bitfield: Uint8Array<ArrayBuffer>) => void
  /** Others who have it came: name them to those who fetch it. */
  onHolders: (repository: Repository) => void
  /** Something that counts against a peer. */
  onOffence: (peer: string, offence: Offence) => void
}

/** One repository on the network: what is stored, who has it, what is fetched. */
export class Repository implements ServedRepository {
  readonly token: string
  readonly digest: Uint8Array
  readonly discoveryKey: Uint8Array
  readonly #init: RepositoryInit
  readonly #abort = new AbortController()
  readonly #ledger: Ledger
  readonly #comparer: Comparer
  readonly #holders: Holders
  readonly #lookout: Lookout
  readonly #downloads: Downloads
  readonly #preview: Preview
  readonly #company: Company
  readonly #interest: string
  readonly #tasks: Promise<unknown>[] = []
  #starting: Promise<void> | undefined
  #started = false
  #download: DownloadStatus = { kind: 'idle' }
  #joinTimer: ReturnType<typeof setTimeout> | undefined
  #following = false
  readonly #leave: Array<() => void> = []

  constructor(init: RepositoryInit) {
    const { token, digest, discoveryKey, store, peer, connections, slots } = init
    const { signal } = this.#abort
    this.token = token
    this.digest = digest
    this.discoveryKey = discoveryKey
    this.#init = init
    this.#interest = toHex(discoveryKey)
    this.#ledger = new Ledger({
      store,
      token,
      digest,
      clock: init.clock,
      onChange: () => this.#changed(),
      onAccepted: (headers, from, isFirst) => init.onAccepted(this, headers, from, isFirst),
    })
    this.#comparer = new Comparer({
      store,
      token,
      digest,
      ledger: this.#ledger,
      clock: init.clock,
      signal,
      sessions: (id) => this.#sessionsFor(id),
      onNews: (id) => this.#approach(id),
      onHolders: (holders) => this.#company.heard(holders),
      onCompared: () => {
        this.#downloads.wake()
        this.#changed()
      },
      onBrought: (id, bytes) => this.#company.brought(id, bytes),
      paused: () => this.#settings?.paused === true,
      onFault: (fault) => this.#fault(fault),
    })
    this.#holders = new Holders({
      peer,
      connections,
      digest,
      signal,
      known: (id) => this.#comparer.knownTo(id),
      listOf: (hash) => this.#ledger.listOf(hash),
      onOpened: (holder, early) => this.#opened(holder, early),
      onClosed: (id) => {
        this.#comparer.forget(id)
        this.#left()
      },
      onHave: (session) => this.#told(session),
      onHolders: (holders) => this.#company.heard(holders),
      onAnnounce: (announce, session) => this.#comparer.hear(announce, session.peer),
      onFault: (fault) => this.#fault(fault),
      early: (id) => (this.#lookout.isExpected(id) ? this.#preview.prepare(id) : undefined),
    })
    this.#lookout = new Lookout({
      peer,
      discoveryKey,
      signal,
      slots,
      clock: init.clock,
      settings: () => this.#settings,
      wanted: () => this.#wanted(),
      sources: () => this.#sources(),
      onFound: (id) => this.#holders.ensure(id, true),
      onNobody: () => this.#follow(),
      onDialled: () => this.#dialled(),
      onChange: () => init.onChange(),
    })
    this.#company = new Company({
      peer,
      slots,
      signal,
      nameOf: (id) => this.#nameOf(id),
      onNamed: (id) => this.#lookout.name(id),
      tell: () => init.onHolders(this),
      // What is here before a dial would end needs none.
      most: () => (this.#downloads.swarming && this.#downloads.left > slots.took ? MAX_MESH : 0),
      connected: () => this.#downloads.sources.sessions().map(({ peer: id }) => id),
      onFound: (id) => this.#holders.ensure(id, true),
      onChange: () => this.#downloads.sources.changed(),
    })
    this.#downloads = new Downloads({
      store,
      token,
      ledger: this.#ledger,
      signal,
      sessions: () => this.#sessions(),
      openLane: (session, laneSignal) => this.#holders.lane(session, laneSignal),
      describe: (session) => this.#describe(session),
      limit: () => (this.#settings?.agreed === true ? Infinity : init.withoutAsking()),
      onProgress: () => init.onChange(),
      onStatus: (status) => this.#downloadStatus(status),
      onFault: (fault, meter) => this.#fault(fault, meter),
      onOffence: init.onOffence,
      onHave: (packId, bitfield) => init.onHave(this, packId, bitfield),
      onSwarming: () => this.#swarming(),
      dialling: () => (this.#company.mesh.dialling ? slots.took : null),
      log: this.#company.log,
      compare: (session) => this.#comparer.compare(session),
    })
    this.#preview = new Preview({
      store,
      token,
      ledger: this.#ledger,
      signal,
      sessions: () => this.#holders.sessions(),
      onChange: () => init.onChange(),
      onFault: (fault) => this.#fault(fault),
    })
  }

  /** Reads what is stored, then keeps it up to date until `stop`. Where it cannot be read, `retry` tries again. */
  async start(): Promise<void> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    await this.#starting
  }

  async #start(): Promise<void> {
    try {
      await this.#ledger.refresh()
    } catch (error) {
      // The others are none the worse for one that cannot be read.
      this.#fail(error)
      return
    }
    if (this.#abort.signal.aborted) return
    this.#started = true
    this.#download = { kind: 'idle' }
    this.#downloads.paused = this.#settings?.paused === true
    for (const state of this.#init.peer.peers.list()) this.peerChanged(state, true)
    this.#join()
    this.#preview.update()
    this.#keep(this.#lookout.run())
    this.#keep(this.#downloads.run())
  }

  /** Ends all that it does; what is stored stays. */
  async stop(): Promise<void> {
    this.#abort.abort(new StoppedError())
    clearTimeout(this.#joinTimer)
    for (const leave of this.#leave) leave()
    await Promise.allSettled(this.#tasks)
  }

  /** Drops chunks of packs that never became whole; call after `stop`. */
  async forget(): Promise<void> {
    for (const packId of this.#settings?.packs ?? []) await this.#init.store.dropBasePack(packId)
  }

  highestSeen(identity: string, writer: string): number | undefined {
    return this.#ledger.record?.rows.get(writerKey(identity, writer))?.highestSeen
  }

  /** It is not in the store any more. */
  get gone(): boolean {
    return this.#ledger.record == null
  }

  get state(): RepositoryState {
    const sessions = this.#sessions()
    const names = this.#names()
    return stateOf({
      token: this.token,
      record: this.#ledger.record,
      names,
      status: this.#status(),
      divergences: this.#ledger.divergences,
      leftOut: this.#ledger.leftOut,
      holders: sessions.map((session) => this.#describe(session, names)),
      transfer: this.#downloads.transfer,
      preview: this.#preview.state,
      comparedAt: this.#comparer.comparedAt,
      identity: this.#init.author.identity.id,
    })
  }

  get transfers(): TransferRecord[] {
    return this.#company.log.list()
  }

  // What its user does

  async pause(): Promise<void> {
    this.#downloads.paused = true
    await this.#ledger.settings((settings) => ({ ...settings, paused: true }))
    this.#init.onChange()
  }

  async resume(): Promise<void> {
    await this.#ledger.settings((settings) => ({ ...settings, paused: false, agreed: true }))
    this.#download = { kind: 'idle' }
    this.#downloads.paused = false
    this.retry()
  }

  retry(): void {
    if (!this.#started) void this.start()
    this.#downloads.retry()
    for (const state of this.#init.peer.peers.list()) this.peerChanged(state, true)
    this.#lookout.restart()
    this.#init.onChange()
  }

  async want(oids: string[], options?: WantOptions): Promise<void> {
    await this.#preview.want(oids, options)
  }

  /** A link to it was opened: its hint is tried first, its sequence says how new the sharer's state was. */
  async opened(link: RepositoryLink): Promise<void> {
    await this.#ledger.settings((settings) => withLink(settings, link))
    this.retry()
  }

  get link(): RepositoryLink {
    const newest = this.#newest()
    const hint = hintOfPeerId(this.#init.peer.peerId)
    const { token } = this
    if (hint == null) return { token }
    if (newest == null) return { token, hint }
    return { token, hint, sequence: newest.header.sequence, hash: linkHash(newest.header.hash) }
  }

  mayMove(): { allowed: true } | { allowed: false; only: string[] } {
    const document = this.#ledger.record?.chain?.current.document
    if (document == null) return { allowed: false, only: [] }
    if (document.delegates.includes(this.#init.author.identity.id)) return { allowed: true }
    const names = this.#names()
    return { allowed: false, only: document.delegates.map((id) => names.get(id) ?? shortKey(id)) }
  }

  async commit(request: CommitRequest): Promise<{ commit: string }> {
    this.mustMove(request.ref)
    return commit(this.#actions, request)
  }

  async merge(request: MergeRequest): Promise<{ commit: string }> {
    this.mustMove(request.ref)
    return merge(this.#actions, request)
  }

  async publish(update: PublishUpdate): Promise<void> {
    this.mustMove(update.refs[0]?.name ?? 'HEAD')
    await publish(this.#actions, update)
  }

  async addDelegate(identity: { id: string; name: string }): Promise<void> {
    this.mustMove('the list of maintainers')
    await addDelegate(this.#actions, identity)
  }

  /** Others are told the name that this identity has now. */
  async publishName(): Promise<void> {
    await publishName(this.#actions)
  }

  // What other peers do

  /** A peer is connected, changed its interests or its link, or left; `fresh` where Hello was just done. */
  peerChanged(state: PeerState, fresh = false): void {
    const shared =
      state.repositories.includes(this.#interest) || this.#lookout.isNamed(state.id) || this.#isAwaited(state.id)
    if (state.link == null) this.#holders.forget(state.id)
    else if (shared && !this.#isOnItsWay(state)) this.#holders.ensure(state.id, fresh)
    if (shared) this.#init.onChange()
  }

  /** Another tab changed what is stored, or a part of it turned out to be damaged. */
  async storeChanged(): Promise<void> {
    if (!this.#started) return this.start()
    try {
      await this.#ledger.refresh()
      this.#downloads.wake()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** The network is back. */
  wake(): void {
    this.#lookout.wake()
    this.#downloads.retry()
  }

  /** A header came by gossip from `author`. */
  gossip(header: Uint8Array, author: string): void {
    this.#comparer.hear({ header: new Uint8Array(header) }, author)
  }

  // What the server asks

  answer(): ServedRefs {
    const { record } = this.#ledger
    if (record == null) return { documents: [], headers: [] }
    // Some of what the headers name was lost: it is to be had elsewhere until it is here again.
    if (record.stored.damaged === true) return { documents: record.stored.documents, headers: [] }
    return {
      documents: record.stored.documents,
      headers: countedRefs(record).map(({ header: { envelope, hash, identity, writer }, list }) => {
        const past = this.#ledger.past.of(writerKey(identity, writer))
        return { envelope, list, hash, past: past.map((before) => ({ hash: before.header.hash, list: before.list })) }
      }),
    }
  }

  holders(peer: string): NamedHolder[] {
    const { sources } = this.#downloads
    return namedHolders(
      this.#holders.sessions(),
      peer,
      (session) => this.#isComplete(session) && sources.isWhole(session),
    )
  }

  carried(): CarriedPack[] {
    return this.#downloads.carried.list()
  }

  havingAll(packId: string, chunks: number): string[] {
    return this.#downloads.sources.havingAll(packId, chunks)
  }

  sent(peer: string, relayed: boolean, sent: Pick<TransferMeter, 'bytes' | 'milliseconds'>): void {
    this.#company.sent(peer, relayed, sent)
    this.#init.onChange()
  }

  announced(announce: Announce, peer: string): void {
    this.#comparer.hear(announce, peer)
  }

  /** What those who follow are told of refs that were just signed here. */
  async announcement(refs: HeldRefs): Promise<Announce> {
    const { store } = this.#init
    const { record, past } = this.#ledger
    const others = record == null ? [] : countedRefs(record).filter((held) => held !== refs)
    const before = past.get(refs.header.previous)
    return announcementOf(store, this.token, { refs, before, others, head: record?.stored.head ?? null })
  }

  /** PeerIds of those who said that they have a header. */
  saidBy({ header }: HeldRefs): ReadonlySet<string> {
    return this.#comparer.saidBy(header)
  }

  // Inside

  get #settings(): RepositorySettings | undefined {
    return this.#ledger.record?.settings
  }

  get #actions(): ActionContext {
    const { store, author, clock } = this.#init
    return { store, author, clock, token: this.token, digest: this.digest, ledger: this.#ledger }
  }

  /** Throws `NotReadyError` or `NotMaintainerError` where this identity may not move `ref`. */
  mustMove(ref: string): void {
    const may = this.mayMove()
    if (this.#ledger.record?.chain == null) throw new NotReadyError()
    if (!may.allowed) throw new NotMaintainerError(ref, may.only)
  }

  #newest(): HeldRefs | undefined {
    const { record } = this.#ledger
    const held = record == null ? [] : countedRefs(record)
    return held.sort((a, b) => b.header.sequence - a.header.sequence)[0]
  }

  /**
   * Sessions over links that stay: a relayed one shows code while a direct one is still being dialled, and is told of by nobody
   * and carries nothing else until then.
   */
  #sessions(): ClientSession[] {
    return this.#holders.sessions().filter(({ peer, relayed }) => !relayed || !this.#lookout.isDialling(peer))
  }

  /** Whoever should have it is asked as soon as there is any link, without waiting for its Hello. */
  #isAwaited(peer: string): boolean {
    return this.#ledger.record?.held.size === 0 && this.#lookout.isExpected(peer)
  }

  #dialled(): void {
    this.#downloads.wake()
    this.#changed()
  }

  async #opened(opened: OpenedSession, early: SmallPack | undefined): Promise<void> {
    const { session, refs, inventory } = opened
    this.#preview.opened(opened, early)
    // A relayed link is not what is looked for, as long as there may be a better one.
    if (this.#sessions().includes(session)) this.#lookout.found()
    this.#downloads.opened(session, inventory)
    this.#company.mesh.update()
    this.#company.came()
    await this.#comparer.opened(session, refs)
    await this.#remember(session.peer)
  }

  /** What runs for as long as it does. Where it ends by an error, that is the repository's failure, and not the program's. */
  #keep(task: Promise<void>): void {
    this.#tasks.push(task.catch((error: unknown) => this.#fail(error)))
  }

  #fail(error: unknown): void {
    if (this.#abort.signal.aborted) return
    this.#download = { kind: 'failed', error: asError(error) }
    this.#changed()
  }

  #left(): void {
    this.#downloads.sources.changed()
    this.#changed()
  }

  /** It has more chunks than before. Where that may be all it has our refs by now, too. */
  #told(session: ClientSession): void {
    this.#downloads.sources.changed()
    if (!this.#comparer.behind.has(session.peer) || ![...session.haves.values()].every(isWhole)) return
    // Where it is lost, it is opened again, and compared then.
    this.#comparer.compare(session).catch(() => undefined)
  }

  /** One of many to take chunks from, to whom a direct link is being made: over the relayed one it would only be in the way. */
  #isOnItsWay({ id, link }: PeerState): boolean {
    const taking = this.#downloads.sources.sessions().length > 0 || this.#company.mesh.isDialling(id)
    return link === 'relayed' && this.#downloads.swarming && taking
  }

  #swarming(): void {
    this.#company.mesh.update()
    if (this.#downloads.swarming) return
    for (const state of this.#init.peer.peers.list()) this.peerChanged(state)
  }

  #isComplete(session: ClientSession): boolean {
    return this.#comparer.holds(session.peer) && !this.#downloads.sources.isPartial(session)
  }

  #fault(fault: PeerFaultError, meter = new TransferMeter()): void {
    this.#company.blocked(fault, meter)
    this.#holders.drop(fault.peer)
    this.#downloads.sources.changed()
    for (const [key, candidate] of this.#ledger.candidates) {
      candidate.sources.delete(fault.peer)
      if (candidate.sources.size === 0) this.#ledger.candidates.delete(key)
    }
    this.#preview.fault(fault.peer).catch(() => {
      // What cannot be dropped now is dropped when the repository is here; it is shown no longer.
    })
    this.#init.peer.peers.deny(fault.peer, fault.reason).catch(() => {
      // It is refused from here on in any case: closing its socket is what failed, and that ends by itself.
    })
    this.#changed()
  }

  /**
   * Whom to ask for what `author` announced: the author, who has it for sure, and other holders, one after the other, only where
   * the author is not connected.
   */
  #sessionsFor(author: string): ClientSession[] {
    const session = this.#holders.session(author)
    if (session != null) return [session]
    return this.#init.peer.peers.get(author)?.link == null ? this.#holders.sessions() : []
  }

  /** Somebody without a session has something new. */
  #approach(peer: string): void {
    if (this.#init.peer.peers.get(peer)?.link != null) this.#holders.ensure(peer, true)
    else {
      this.#lookout.name(peer)
      this.#lookout.wake()
    }
  }

  async #remember(peer: string): Promise<void> {
    await this.#ledger.settings((settings) => {
      if (settings.holders.includes(peer)) return settings
      const holders = [peer, ...settings.holders].slice(0, MAX_KNOWN_HOLDERS)
      return { ...settings, holders, comparedAt: this.#comparer.comparedAt }
    })
  }

  #wanted(): boolean {
    if (this.#settings?.paused === true) return false
    const { record, candidates } = this.#ledger
    const sessions = this.#sessions()
    // Those who wait for it themselves are no help.
    if (candidates.size === 0) return sessions.length === 0 || record?.held.size === 0
    // A relayed link carries small things only: a direct one to who has it is looked for until nothing is to be fetched.
    const sources = this.#sources()
    if (sources.some((peer) => this.#lookout.isDialling(peer))) return false
    return !sessions.some(({ peer, relayed }) => !relayed && sources.includes(peer))
  }

  /** PeerIds of those who told us of what is not here. */
  #sources(): string[] {
    return [...new Set([...this.#ledger.candidates.values()].flatMap(({ sources }) => [...sources]))]
  }

  /** The one place that knows what people call themselves, by identity. */
  #names(): Map<string, string> {
    const { peer, author } = this.#init
    const { id, name } = author.identity
    const attested = peer.peers.list().flatMap(({ identity }) => identity ?? [])
    const own = { id, name, signedAt: Infinity }
    return newestNames({
      record: this.#ledger.record,
      candidates: this.#ledger.candidates.values(),
      attested: [...attested, own],
    })
  }

  /** What whoever runs this peer calls themselves; '' where that is not known. */
  #nameOf(peer: string, names = this.#names()): string {
    const { identity } = this.#init.peer.peers.get(peer) ?? {}
    return (identity == null ? undefined : names.get(identity.id)) ?? ''
  }

  #describe(session: ClientSession, names = this.#names()): HolderState {
    return {
      peer: session.peer,
      name: this.#nameOf(session.peer, names),
      link: session.relayed ? 'relayed' : 'direct',
      complete: this.#isComplete(session),
    }
  }

  #downloadStatus(status: DownloadStatus): void {
    if (status.kind === this.#download.kind && status.kind !== 'failed') return
    this.#download = status
    if (status.kind === 'waiting') this.#lookout.wake()
    this.#init.onChange()
  }

  #status(): RepositoryStatus {
    const held = (this.#ledger.record?.held.size ?? 0) > 0
    if (this.#settings?.paused === true || this.#download.kind === 'too-large') return { kind: 'paused' }
    if (this.#download.kind === 'failed') return { kind: 'failed', error: this.#download.error }
    if (this.#download.kind === 'running') return { kind: held ? 'updating' : 'cloning' }
    if (held) return { kind: 'ready' }
    return this.#lookout.status(this.#sessions().length === 0)
  }

  #changed(): void {
    this.#join()
    this.#preview.update()
    this.#init.onChange()
  }

  /** Gossip and DHT follow once something is here, and not before its user has seen it: their code takes its time. */
  #join(): void {
    if ((this.#ledger.record?.held.size ?? 0) === 0 || this.#joinTimer != null || this.#abort.signal.aborted) return
    this.#joinTimer = setTimeout(() => {
      this.#follow()
      this.#leave.push(this.#init.peer.discovery.provide(this.discoveryKey))
    }, JOIN_AFTER)
  }

  #follow(): void {
    if (this.#following || this.#abort.signal.aborted) return
    this.#following = true
    this.#leave.push(this.#init.peer.announcements.follow(this.discoveryKey))
  }
}
