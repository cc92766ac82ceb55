import { decodeNewCommit, encodeNewCommit, openNewCommit, AnnouncementError } from './announce/index.ts'
import { digestOf, discoveryKey, toBase64url } from './document/index.ts'
import { LimitExceededError, UnknownRepositoryError } from './errors.ts'
import { ClientConnections } from './engine/client/connection.ts'
import { createRepository, type CreateContext, type Through } from './engine/create.ts'
import { DialSlots } from './engine/dial-slots.ts'
import { GossipQueue } from './engine/gossip-queue.ts'
import { isConflict } from './engine/repository/ledger.ts'
import { Repository } from './engine/repository/repository.ts'
import { SyncServer } from './engine/server/server.ts'
import { encodeSettings, NO_SETTINGS, withLink } from './engine/settings.ts'
import { updateRepository } from './engine/update.ts'
import type { HeldRepository } from './engine/known.ts'
import type { CommitRequest, GitStore, ImportWarning, MergeRequest, RefEntry } from '../git/index.ts'
import type { Announcement, Capability, GutsPeer, PeerState } from '../peer/index.ts'
import type { Announce } from './wire/index.ts'
import type { Author } from './engine/repository/author.ts'
import type { HeldRefs } from './engine/repository/record.ts'
import type {
  ImportOptions,
  ImportSource,
  RepositoryLink,
  RepositoryState,
  RepoSync,
  TransferRecord,
  UpdateOutcome,
  WantOptions,
} from './types.ts'

/** Bytes of a first copy that are fetched without its user having agreed. */
export const WITHOUT_ASKING = 100 * 1024 * 1024
/** Repositories that are kept up to date; `Hello` compares at most 1,000. */
export const MAX_REPOSITORIES = 1_000

/** What is told in `Hello` of everything in this layer. */
const CAPABILITIES: Capability[] = ['sync/1', 'chunks/1', 'snapshot/1', 'swarm/1']

export interface RepoSyncInit {
  store: GitStore
  peer: GutsPeer
  /** 16 bytes: one value for each storage, the same in all tabs of one. */
  writer: Uint8Array
  /** Unix milliseconds. */
  clock?: () => number
  fetchPolicy?: FetchPolicy
  /** Default: no relay passes anything on. */
  through?: Through
}

export interface FetchPolicy {
  /** Bytes of a first copy that are fetched without its user having agreed; asked at each. */
  withoutAsking: () => number
}

export function createRepoSync(init: RepoSyncInit): RepoSync {
  return new Sync(init)
}

class Sync implements RepoSync {
  readonly #init: RepoSyncInit
  readonly #clock: () => number
  readonly #repositories = new Map<string, Repository>()
  /** By base64url discovery key. */
  readonly #byKey = new Map<string, Repository>()
  readonly #states = new Map<string, RepositoryState>()
  readonly #listeners = new Set<(token: string) => void>()
  readonly #connections = new ClientConnections()
  readonly #slots = new DialSlots()
  readonly #server: SyncServer
  readonly #gossips = new GossipQueue()
  readonly #stops: Array<() => void> = []
  /** Repositories that are being made known: two calls at once are one. */
  readonly #adding = new Map<string, Promise<Repository>>()
  #started = false

  constructor(init: RepoSyncInit) {
    this.#init = init
    this.#clock = init.clock ?? Date.now
    this.#server = new SyncServer(init.peer, init.store, { find: (key) => this.#byKey.get(toBase64url(key)) })
  }

  async start(): Promise<void> {
    if (this.#started) return
    this.#started = true
    const { peer, store } = this.#init
    peer.setCapabilities(CAPABILITIES)
    await this.#server.start()
    const { peers, announcements } = peer
    const changed = (state: PeerState, fresh: boolean): void => {
      for (const repository of this.#repositories.values()) repository.peerChanged(state, fresh)
    }
    this.#stops.push(
      peers.on('peer:ready', (state) => changed(state, true)),
      peers.on('peer:update', (state) => changed(state, false)),
      peers.on('peer:gone', (state) => changed(state, false)),
      peers.on('relay:status', ({ kind }) => {
        if (kind === 'ready') this.#wake()
      }),
      announcements.on((announcement) => this.#heard(announcement)),
      store.onChange((token) => {
        this.#storeChanged(token).catch(() => {
          // A store that was closed, or cannot be read: whatever is done next says so to whoever does it.
        })
      }),
    )
    const stored = await store.repositories()
    await Promise.all(stored.map(({ id }) => this.#add(id)))
    this.#setInterests()
    this.#tell('')
    // Renamed while this did not run, or before it was signed everywhere.
    this.#publishNames().catch(() => {
      // The next start tries again, and what is signed until then carries the name anyway.
    })
  }

  async stop(): Promise<void> {
    if (!this.#started) return
    this.#started = false
    for (const stop of this.#stops.splice(0)) stop()
    this.#server.stop()
    this.#gossips.stop()
    await Promise.all([...this.#repositories.values()].map((repository) => repository.stop()))
    this.#repositories.clear()
    this.#byKey.clear()
    this.#states.clear()
  }

  repositories(): RepositoryState[] {
    return [...this.#repositories.keys()].map((token) => this.#state(token))
  }

  digestOf(discoveryKey: string): Uint8Array | undefined {
    return this.#byKey.get(discoveryKey)?.digest
  }

  highestSeen(discoveryKey: string, identity: string, writer: string): number | undefined {
    return this.#byKey.get(discoveryKey)?.highestSeen(identity, writer)
  }

  repository(token: string): RepositoryState | undefined {
    return this.#repositories.has(token) ? this.#state(token) : undefined
  }

  on(listener: (token: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async create(source: ImportSource, options?: ImportOptions): Promise<{ token: string; warnings: ImportWarning[] }> {
    this.#checkRoom()
    const created = await createRepository(this.#createContext, source, options)
    await this.#add(created.token)
    this.#setInterests()
    this.#tell('')
    return created
  }

  async update(token: string, source: ImportSource, options?: ImportOptions): Promise<UpdateOutcome> {
    const repository = this.#get(token)
    repository.mustMove('HEAD')
    const target = {
      token,
      state: () => repository.state,
      publish: async (update: { refs: RefEntry[]; admit: string[] }) => await repository.publish(update),
    }
    return updateRepository(this.#createContext, target, source, options)
  }

  async open(link: RepositoryLink): Promise<RepositoryState> {
    const { token } = link
    digestOf(token)
    if (!this.#repositories.has(token)) {
      this.#checkRoom()
      await this.#makeKnown(link)
      await this.#add(token)
      this.#setInterests()
      this.#tell('')
    }
    await this.#get(token).opened(link)
    return this.#state(token)
  }

  async cancel(token: string): Promise<void> {
    await this.#get(token).pause()
  }

  async resume(token: string): Promise<void> {
    await this.#get(token).resume()
  }

  async remove(token: string): Promise<void> {
    const repository = this.#get(token)
    this.#drop(repository)
    await repository.stop()
    await repository.forget()
    await this.#init.store.removeRepository(token)
    this.#setInterests()
    this.#tell('')
  }

  retry(token: string): void {
    this.#get(token).retry()
  }

  async want(token: string, oids: string[], options?: WantOptions): Promise<void> {
    await this.#get(token).want(oids, options)
  }

  mayMove(token: string, _ref: string): { allowed: true } | { allowed: false; only: string[] } {
    return this.#get(token).mayMove()
  }

  async commit(token: string, request: CommitRequest): Promise<{ commit: string }> {
    return this.#get(token).commit(request)
  }

  async merge(token: string, request: MergeRequest): Promise<{ commit: string }> {
    return this.#get(token).merge(request)
  }

  async publish(
    token: string,
    update: { refs: Array<{ name: string; oid: string | null }>; head?: string | null; admit: string[] },
  ): Promise<void> {
    await this.#get(token).publish(update)
  }

  async addDelegate(token: string, identity: { id: string; name: string }): Promise<void> {
    await this.#get(token).addDelegate(identity)
  }

  async rename(name: string): Promise<void> {
    await this.#init.peer.rename(name)
    await this.#publishNames()
    for (const token of this.#repositories.keys()) this.#changed(token)
  }

  transfers(token: string): TransferRecord[] {
    return this.#get(token).transfers
  }

  link(token: string): RepositoryLink {
    return this.#get(token).link
  }

  /** One after the other: each is work for the store. Rejects with the first error once all were tried. */
  async #publishNames(): Promise<void> {
    const errors: unknown[] = []
    for (const repository of [...this.#repositories.values()]) {
      await repository.publishName().catch((error: unknown) => errors.push(error))
    }
    if (errors.length > 0) throw errors[0]
  }

  get #createContext(): CreateContext {
    const held = (): HeldRepository[] =>
      this.repositories().map(({ token, document, head, refs }) => ({ token, name: document?.name ?? '', head, refs }))
    const { store, through = () => null } = this.#init
    return { store, author: this.#author, clock: this.#clock, held, through }
  }

  /** The identity may be renamed while it runs. */
  get #author(): Author {
    const { peer, writer } = this.#init
    return {
      get identity() {
        return peer.identity
      },
      writer,
    }
  }

  #get(token: string): Repository {
    const repository = this.#repositories.get(token)
    if (repository == null) throw new UnknownRepositoryError(token)
    return repository
  }

  #checkRoom(): void {
    if (this.#repositories.size >= MAX_REPOSITORIES) throw new LimitExceededError('repositories', MAX_REPOSITORIES)
  }

  /** Kept from the moment the link is opened, so that a reload goes on looking. */
  async #makeKnown(link: RepositoryLink): Promise<void> {
    try {
      await this.#init.store.transact({
        repository: link.token,
        create: true,
        documents: [],
        // Whom the link names is dialled at once.
        settings: encodeSettings(withLink(NO_SETTINGS, link)),
      })
    } catch (error) {
      // Another tab opened the same link.
      if (!isConflict(error)) throw error
    }
  }

  async #add(token: string): Promise<Repository> {
    const existing = this.#repositories.get(token)
    if (existing != null) return existing
    let adding = this.#adding.get(token)
    if (adding == null) {
      adding = this.#create(token).finally(() => this.#adding.delete(token))
      this.#adding.set(token, adding)
    }
    return adding
  }

  async #create(token: string): Promise<Repository> {
    const { store, peer, fetchPolicy } = this.#init
    const digest = digestOf(token)
    const key = await discoveryKey(digest)
    const repository = new Repository({
      token,
      digest,
      discoveryKey: key,
      store,
      peer,
      author: this.#author,
      connections: this.#connections,
      slots: this.#slots,
      clock: this.#clock,
      withoutAsking: fetchPolicy?.withoutAsking ?? (() => WITHOUT_ASKING),
      onChange: () => this.#changed(token),
      onAccepted: (...accepted) => this.#accepted(...accepted),
      onHave: (holder, packId, bitfield) => this.#server.have(holder, packId, bitfield),
      onHolders: (holder) => this.#server.holders(holder),
      onOffence: (id, offence) => peer.peers.penalise(id, offence),
    })
    await repository.start()
    this.#repositories.set(token, repository)
    this.#byKey.set(toBase64url(key), repository)
    return repository
  }

  #drop(repository: Repository): void {
    this.#repositories.delete(repository.token)
    this.#byKey.delete(toBase64url(repository.discoveryKey))
    this.#states.delete(repository.token)
    this.#server.drop(repository)
  }

  #setInterests(): void {
    this.#init.peer.setInterests([...this.#repositories.values()].map((repository) => repository.discoveryKey))
  }

  /** Stored and complete: those who follow over a stream hear of it first, the others by gossip. */
  #accepted(repository: Repository, headers: HeldRefs[], from: string | undefined, isFirst: boolean): void {
    for (const held of headers) {
      const { envelope } = held.header
      // What came from somebody else is brought, and gossiped, by its author.
      if (from != null) {
        // Whoever gave the first copy knows only that something went out.
        const except = new Set(isFirst ? [] : [from, ...repository.saidBy(held)])
        this.#server.announce(repository, { header: new Uint8Array(envelope) }, except)
      } else void this.#bring(repository, held)
    }
  }

  /** Gossip comes after: who hears of it there first would ask for what is on its way. */
  async #bring(repository: Repository, held: HeldRefs): Promise<void> {
    const { envelope } = held.header
    let announce: Announce = { header: new Uint8Array(envelope) }
    try {
      if (this.#server.followers(repository).length > 0) announce = await repository.announcement(held)
    } catch (error) {
      // Its objects cannot be read just now, or are shared no more: whoever follows asks for what there is.
      if (!(error instanceof Error)) throw error
    }
    this.#server.announce(repository, announce)
    this.#gossips.add(repository.token, () => void this.#gossip(repository, envelope))
  }

  async #gossip(repository: Repository, envelope: Uint8Array): Promise<void> {
    try {
      const bytes = await encodeNewCommit(repository.digest, envelope, { listed: false })
      await this.#init.peer.announcements.publish(repository.discoveryKey, bytes)
    } catch (error) {
      // Nobody to gossip with, or no relay: refs are compared with every holder that connects.
      if (!(error instanceof Error)) throw error
    }
  }

  #heard({ topic, bytes, author }: Announcement): void {
    if (topic !== 'refs' || author === this.#init.peer.peerId.toString()) return
    this.#open(bytes, author).catch((error: unknown) => {
      // The validator judges what is malformed before it comes here.
      if (!(error instanceof AnnouncementError)) throw error
    })
  }

  async #open(bytes: Uint8Array, author: string): Promise<void> {
    const announcement = decodeNewCommit(bytes)
    const repository = this.#byKey.get(toBase64url(announcement.discoveryKey))
    if (repository == null) return
    repository.gossip(await openNewCommit(repository.digest, announcement), author)
  }

  #wake(): void {
    for (const repository of this.#repositories.values()) repository.wake()
  }

  async #storeChanged(token: string): Promise<void> {
    const repository = this.#repositories.get(token)
    if (repository != null) {
      await repository.storeChanged()
      await this.#server.changed(repository)
      // Another tab removed it.
      if (repository.gone && this.#repositories.get(token) === repository) {
        this.#drop(repository)
        await repository.stop()
        this.#setInterests()
        this.#tell('')
      }
      return
    }
    if (!this.#started || this.#adding.has(token) || (await this.#init.store.repository(token)) == null) return
    // Another tab made it known.
    await this.#add(token)
    this.#setInterests()
    this.#tell('')
  }

  #state(token: string): RepositoryState {
    let state = this.#states.get(token)
    if (state == null) {
      state = this.#get(token).state
      this.#states.set(token, state)
    }
    return state
  }

  #changed(token: string): void {
    if (!this.#repositories.has(token)) return
    this.#states.delete(token)
    this.#tell(token)
  }

  #tell(token: string): void {
    for (const listener of [...this.#listeners]) listener(token)
  }
}
