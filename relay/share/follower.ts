import { openAsBlob } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { GitStore, StagingId } from '../../src/git/index.ts'
import type { RepoSync } from '../../src/sync/index.ts'
import { writeBundle } from '../git/bundle.ts'
import type { SourceRepository } from '../git/inspect.ts'
import { stagePack } from '../git/pack.ts'
import { readRefs } from '../git/refs.ts'
import type { SourceRefs } from '../git/refs.ts'
import { incomingOf, type Incoming } from './incoming.ts'
import { RefWatcher } from './ref-watcher.ts'
import type { ShareList, ShareRecord } from './share-list.ts'

export interface FollowerInit {
  source: SourceRepository
  store: GitStore
  sync: Pick<RepoSync, 'create' | 'publish' | 'repository' | 'on'>
  list: ShareList
  /** The data directory. */
  data: string
  /** The repository is here and served; called once. */
  onReady: (token: string) => void
  /** Something kept the source from being followed; null: it goes on. */
  onTrouble: (error: Error | null) => void
  /** Tabs committed what the source does not have: told once for each commit. */
  onIncoming: (incoming: Incoming, token: string) => void
}

/** A tab's commit may come between: what it changed is read again. */
const TRIES = 5

/** Copies a repository on disk into the store, and follows its branches and tags from then on. Writes nothing to it. */
export class Follower {
  readonly #init: FollowerInit
  readonly #stopping = new AbortController()
  readonly #watcher: RefWatcher
  #running: Promise<void> | null = null
  #again = false
  #isReady = false
  #trouble: string | null = null
  /** Generation of the copy that was looked at last. */
  #generation = -1
  readonly #told = new Set<string>()
  #unfollow: (() => void) | null = null

  constructor(init: FollowerInit) {
    this.#init = init
    this.#watcher = new RefWatcher(init.source, () => void this.#look())
  }

  /** Resolves after the first look: the repository is here, or has no commit yet. Rejects with what is wrong with it. */
  async start(): Promise<void> {
    // Watched before it is read: what changes in between is seen.
    const watching = this.#watcher.start()
    this.#unfollow = this.#init.sync.on((token) => this.#copyChanged(token))
    const first = this.#update()
    this.#running = first
      .catch(() => this.#close())
      .then(() => {
        this.#running = null
        if (this.#again) void this.#look()
      })
    await watching
    await first
  }

  async stop(): Promise<void> {
    this.#close()
    this.#stopping.abort(new Error('The relay is stopping.'))
    await this.#running
  }

  #close(): void {
    this.#watcher.close()
    this.#unfollow?.()
  }

  #copyChanged(token: string): void {
    const { source, sync, list } = this.#init
    const record = list.get(source.path)
    if (record?.token !== token || sync.repository(token)?.generation === this.#generation) return
    void this.#look()
  }

  /** One look at a time; what changes meanwhile is looked at after it. */
  #look(): Promise<void> {
    if (this.#running !== null) {
      this.#again = true
      return this.#running
    }
    this.#running = (async () => {
      do {
        this.#again = false
        await this.#update().then(
          () => this.#report(null),
          (error: unknown) => this.#report(error instanceof Error ? error : new Error(String(error))),
        )
      } while (this.#again && !this.#stopping.signal.aborted)
      this.#running = null
    })()
    return this.#running
  }

  /** Each trouble is told once. */
  #report(error: Error | null): void {
    if (this.#stopping.signal.aborted || (error?.message ?? null) === this.#trouble) return
    this.#trouble = error?.message ?? null
    this.#init.onTrouble(error)
  }

  async #update(): Promise<void> {
    const { source, sync, list } = this.#init
    const record = list.get(source.path)
    const known = record !== undefined && sync.repository(record.token) !== undefined ? record : await this.#create()
    if (known === null) return
    for (let tried = 1; ; tried++) {
      try {
        await this.#follow(known)
        break
      } catch (error) {
        const isConflict = error instanceof Error && error.name === 'TransactionConflictError'
        if (!isConflict || tried === TRIES) throw error
      }
    }
    if (!this.#isReady) {
      this.#isReady = true
      this.#init.onReady(known.token)
    }
    await this.#tellIncoming(known)
  }

  async #tellIncoming({ token, refs }: ShareRecord): Promise<void> {
    const { store, sync, onIncoming } = this.#init
    const state = sync.repository(token)
    if (state === undefined) return
    this.#generation = state.generation
    for (const incoming of await incomingOf(state, refs, (a, b) => store.isAncestor(token, a, b))) {
      const key = `${incoming.ref} ${incoming.oid} ${incoming.beside}`
      if (this.#told.has(key)) continue
      this.#told.add(key)
      onIncoming(incoming, token)
    }
  }

  /** The first import. Null where there is no commit yet. */
  async #create(): Promise<ShareRecord | null> {
    const { source, sync, list, data } = this.#init
    const { signal } = this.#stopping
    await mkdir(data, { recursive: true })
    const folder = await mkdtemp(join(data, 'import-'))
    try {
      const path = join(folder, 'source.bundle')
      const { refs, head } = await writeBundle(source.path, path, signal)
      if (refs.size === 0) return null
      const file = await openAsBlob(path)
      const { token } = await sync.create({ kind: 'bundle', file, name: source.name }, { signal })
      const record: ShareRecord = { token, refs: Object.fromEntries(refs), head }
      await list.set(source.path, record)
      return record
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** Publishes what changed in the source since it was published last: a tab's own branches are left alone. */
  async #follow(record: ShareRecord): Promise<void> {
    const { source, sync, list } = this.#init
    const now = await readRefs(source.path, this.#stopping.signal)
    const changes = changedRefs(record.refs, now.refs)
    // A branch without a commit is none yet.
    const isNew = now.head !== null && now.head !== record.head && now.refs.has(now.head)
    const head = isNew ? now.head : undefined
    if (changes.length === 0 && !isNew) return
    const admit = await this.#copy(record, changes, now)
    await sync.publish(record.token, { refs: changes, head, admit })
    record.refs = Object.fromEntries(now.refs)
    record.head = head ?? record.head
    await list.set(source.path, record)
  }

  async #copy(record: ShareRecord, changes: RefChange[], now: SourceRefs): Promise<StagingId[]> {
    const { source, store } = this.#init
    const wants = changes.flatMap(({ name, oid }) => (oid === null ? [] : [{ name, oid }]))
    const held = await store.has(
      record.token,
      wants.map(({ oid }) => oid),
    )
    const missing = wants.filter((_, i) => held[i] !== true)
    if (missing.length === 0) return []
    const unchanged = [...now.refs].filter(([name, oid]) => record.refs[name] === oid).map(([, oid]) => oid)
    const candidates = [...new Set([...Object.values(record.refs), ...unchanged])]
    const has = await store.has(record.token, candidates)
    const staging = await stagePack({
      cwd: source.path,
      store,
      repository: record.token,
      wants: missing,
      haves: candidates.filter((_, i) => has[i] === true),
      signal: this.#stopping.signal,
    })
    return [staging]
  }
}

export interface RefChange {
  name: string
  /** Null: it was deleted. */
  oid: string | null
}

export function changedRefs(before: Record<string, string>, now: Map<string, string>): RefChange[] {
  const moved = [...now].filter(([name, oid]) => before[name] !== oid).map(([name, oid]) => ({ name, oid }))
  const gone = Object.keys(before).filter((name) => !now.has(name))
  return [...moved, ...gone.map((name) => ({ name, oid: null }))]
}
