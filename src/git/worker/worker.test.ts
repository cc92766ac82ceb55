import 'fake-indexeddb/auto'
import { afterEach, describe, expect, it } from 'vitest'
import { MemoryBackend } from '../backend/memory.ts'
import {
  ChunkMismatchError,
  DatabaseClosedError,
  MissingObjectError,
  ObjectTooLargeError,
  PackError,
  PackRowError,
  RepositoryNotFoundError,
  WorkerDiedError,
} from '../errors.ts'
import { MergeConflictError } from '../merge/errors.ts'
import { RemoteNotFoundError } from '../remote/errors.ts'
import { craftPack } from '../pack/testing/craft.ts'
import type { GitStore } from '../store/git-store.ts'
import { openMemoryGitStore } from '../testing.ts'
import type { Progress } from '../types.ts'
import { NotHereYetError } from '../view/errors.ts'
import { createWorkerStore, type WorkerLike } from './client.ts'
import { errorFields, reviveError } from './errors.ts'
import type { Request, Response } from './protocol.ts'
import { serveStore } from './serve.ts'

/** A "worker" at the other end of a MessageChannel: everything crosses by structured clone, as between threads. */
class ChannelWorker implements WorkerLike {
  readonly port: MessagePort
  terminated = false
  readonly #far: MessagePort
  readonly #died: Array<(event: Event) => void> = []

  constructor(open: (database: string) => Promise<GitStore>) {
    const { port1, port2 } = new MessageChannel()
    this.port = port1
    this.#far = port2
    serveStore(port2, open)
    port1.start()
    port2.start()
  }

  postMessage(message: Request, transfer: Transferable[]): void {
    if (!this.terminated) this.port.postMessage(message, transfer)
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    if (type === 'message')
      this.port.addEventListener('message', listener as unknown as (event: MessageEvent<Response>) => void)
    if (type === 'error') this.#died.push(listener as unknown as (event: Event) => void)
  }

  terminate(): void {
    this.terminated = true
    this.port.close()
    this.#far.close()
  }

  die(): void {
    this.terminate()
    for (const listener of this.#died) listener(new Event('error'))
  }
}

const id = 'repository-1'
const person = { name: 'Ana', email: 'ana@example.org', time: 1_700_000_000, offset: 60 }

describe('a store in a worker', () => {
  const workers: ChannelWorker[] = []
  afterEach(() => {
    for (const worker of workers.splice(0)) worker.terminate()
  })

  async function start(wrap: (store: GitStore) => GitStore = (store) => store) {
    const backend = new MemoryBackend()
    const worker = new ChannelWorker(async () => wrap(await openMemoryGitStore(backend)))
    workers.push(worker)
    return { worker, store: await createWorkerStore(worker, 'test') }
  }

  function request(content: Uint8Array) {
    return { ref: 'refs/heads/main', parent: null, changes: [{ path: 'a.txt', content }], author: person, message: 'A' }
  }

  it('answers as the store itself does', async () => {
    const { store } = await start()
    const staged = await store.importFiles(id, request(new TextEncoder().encode('hello\n')))
    const heard: string[] = []
    store.onChange((changed) => heard.push(changed))
    await store.transact({
      repository: id,
      create: true,
      head: staged.head,
      refs: staged.refs,
      admit: [staged.staging],
    })
    const commit = staged.refs[0]?.oid ?? ''
    expect(await store.log(id, commit)).toMatchObject({ commits: [{ oid: commit, subject: 'A' }] })
    expect((await store.blob(id, commit, 'a.txt')).bytes).toEqual(new TextEncoder().encode('hello\n'))
    expect(await store.lastCommits(id, commit, '')).toMatchObject({ 'a.txt': { oid: commit } })
    expect(await store.repository('nobody')).toBeUndefined()
    expect(heard).toEqual([id])
    const reader = await store.openBundle(id)
    expect(new TextDecoder().decode((await store.readPack(reader.reader, 15)) ?? undefined)).toBe('# v2 git bundle')
    await store.closeReader(reader.reader)
    await store.close()
    await expect(store.repositories()).rejects.toBeInstanceOf(DatabaseClosedError)
  })

  it('shows what came before the rest, and says what is not here yet', async () => {
    const { store } = await start()
    await store.transact({ repository: id, create: true })
    const commit = 'a'.repeat(40)
    const early = store.tree(id, commit, '', { partial: true })
    await expect(early).rejects.toBeInstanceOf(NotHereYetError)
    await expect(early).rejects.toMatchObject({ oid: commit, kind: 'commit' })
    const pack = await craftPack([{ type: 3, data: new TextEncoder().encode('hello\n') }])
    const writer = await store.openPartialWriter(id, { objects: 1, bytes: 1000, objectBytes: 1000 })
    await store.writePack(writer, pack)
    expect(pack.byteLength).toBe(0)
    const { objects } = await store.finishPartial(writer, ['ce013625030ba8dba906f756967f9e9ca394464a'])
    expect(objects).toBe(1)
    await store.dropPartial(id)
    expect(await store.partialSize(id)).toEqual({ objects: 0, bytes: 0 })
  })

  it('gives bytes away and takes them over', async () => {
    const { store } = await start()
    const writer = await store.openPackWriter(id)
    const bytes = new TextEncoder().encode('PACK')
    await store.writePack(writer, bytes)
    expect(bytes.byteLength).toBe(0)
    // A view of something bigger is copied: the rest is still the caller's.
    const big = new TextEncoder().encode('\0\0\0\x02\0\0\0\0 more')
    await store.writePack(writer, big.subarray(0, 8))
    expect(big.byteLength).toBe(13)
    await expect(store.finishPack(writer)).rejects.toBeInstanceOf(PackError)
  })

  it('cancels by signal, with the very reason, and reports progress', async () => {
    const reports: Progress[] = []
    const { store } = await start((inner) => ({
      ...inner,
      onChange: (listener) => inner.onChange(listener),
      importBundle: async (_id, _source, options) => {
        options?.onProgress?.({ phase: 'read', bytes: 5 })
        return await new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error))
        })
      },
    }))
    const controller = new AbortController()
    const reason = new TypeError('Not any more')
    const importing = store.importBundle(id, new Blob([]), {
      signal: controller.signal,
      onProgress: (progress) => {
        reports.push(progress)
        controller.abort(reason)
      },
    })
    await expect(importing).rejects.toBe(reason)
    expect(reports).toEqual([{ phase: 'read', bytes: 5 }])
    await expect(store.importBundle(id, new Blob([]), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
    const dom = store.importBundle(id, new Blob([]), { signal: AbortSignal.timeout(10) })
    await expect(dom).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('takes a signal wherever the store does', async () => {
    const { store } = await start()
    const { signal } = new AbortController()
    const staged = await store.importFiles(id, request(new TextEncoder().encode('hello\n')), { signal })
    await store.transact({ repository: id, create: true, refs: staged.refs, admit: [staged.staging] })
    const tip = staged.refs[0]?.oid ?? ''
    expect((await store.skippedHaves(id, [tip], { signal })).slice(0, 1)).toEqual([tip])
    expect(await store.countCommits(id, tip, { signal })).toBeGreaterThan(0)
    await expect(store.skippedHaves(id, [tip], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })

  it('brings errors back as their own class, with their facts', async () => {
    const { store } = await start()
    const missing = store.tree('nobody', 'a'.repeat(40), '')
    await expect(missing).rejects.toBeInstanceOf(RepositoryNotFoundError)
    await expect(missing).rejects.toMatchObject({ repository: 'nobody', name: 'RepositoryNotFoundError' })
    const errors = [
      new MissingObjectError('b'.repeat(40), 'refs/heads/x'),
      new ChunkMismatchError('c'.repeat(64), 7),
      new ObjectTooLargeError(101, 100, { oid: 'd'.repeat(40) }),
      new PackRowError(undefined, 12),
      new RemoteNotFoundError('https://git.example/a', 404),
      new TypeError('t'),
      new DOMException('gone', 'AbortError'),
    ]
    for (const error of errors) {
      const revived = reviveError(structuredClone(errorFields(error)))
      expect(revived).toBeInstanceOf(error.constructor)
      expect(revived).toMatchObject({ ...error, name: error.name, message: error.message })
    }
    expect(reviveError(errorFields(new MissingObjectError()))).toBeInstanceOf(PackError)
    expect(reviveError(errorFields('text')).message).toBe('text')
    // What the browser says keeps its name: the screen tells by it what to do.
    const gone = new DOMException('It is not there.', 'NotFoundError')
    expect(reviveError(structuredClone(errorFields(gone)))).toMatchObject({
      name: 'NotFoundError',
      message: gone.message,
    })
    expect(reviveError({ name: 'Unheard', message: 'of', stack: '', fields: { a: 1 } })).toMatchObject({
      message: 'of',
      a: 1,
    })
  })

  it('merges there, and brings back conflicts as they are', async () => {
    const { store } = await start()
    const content = (text: string) => new TextEncoder().encode(text)
    const commit = async (parent: string | null, text: string) => {
      const made = await store.stageCommit(id, { ...request(content(text)), parent })
      await store.transact({ repository: id, create: parent === null, refs: made.refs, admit: [made.staging] })
      return made.commit
    }
    const base = await commit(null, 'base\n')
    const [ours, theirs] = [await commit(base, 'ours\n'), await commit(base, 'theirs\n')]
    // A branch for what the last one moved away from.
    const keep = { name: 'refs/heads/ours', oid: ours }
    await store.transact({ repository: id, refs: [keep] })
    const { conflicts } = await store.merge(id, ours, theirs)
    const merged = content('<<<<<<< ours\nours\n=======\ntheirs\n>>>>>>> theirs\n')
    expect(conflicts).toMatchObject([{ path: 'a.txt', reason: 'content', merged }])
    const join = { ref: 'refs/heads/main', ours, theirs, author: person, message: 'Join' }
    const refused = store.stageMerge(id, { ...join, resolutions: [] })
    await expect(refused).rejects.toBeInstanceOf(MergeConflictError)
    await expect(refused).rejects.toMatchObject({ paths: ['a.txt'] })
    const reason = new TypeError('Not any more')
    await expect(store.merge(id, ours, theirs, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const { commit: oid } = await store.stageMerge(id, { ...join, resolutions: [{ path: 'a.txt', content: 'ours' }] })
    expect(oid).toMatch(/^[0-9a-f]{40}$/)
    expect(await store.mergeBases(id, ours, theirs)).toEqual([base])
  })

  it('rejects all that waits when the worker dies, and all that is called after', async () => {
    const { store, worker } = await start()
    const waiting = [store.repositories(), store.usage(), store.importFiles(id, request(new Uint8Array(10)))]
    worker.die()
    for (const call of waiting) await expect(call).rejects.toBeInstanceOf(WorkerDiedError)
    await expect(store.repositories()).rejects.toBeInstanceOf(WorkerDiedError)
    await store.close()
    expect(worker.terminated).toBe(true)
  })

  it('rejects to open where the store does not open', async () => {
    const worker = new ChannelWorker(async () => {
      throw new DatabaseClosedError('No.')
    })
    workers.push(worker)
    await expect(createWorkerStore(worker, 'test')).rejects.toBeInstanceOf(DatabaseClosedError)
    expect(worker.terminated).toBe(true)
  })

  it('calls nothing that is no method of the store', async () => {
    const { worker } = await start()
    const answered = new Promise<Response>((resolve) => {
      worker.port.addEventListener('message', (event: MessageEvent<Response>) => resolve(event.data))
    })
    for (const method of ['constructor', 'close']) {
      worker.postMessage({ kind: 'call', id: 99, method: method as 'has', args: [] }, [])
    }
    expect(await answered).toMatchObject({ kind: 'error', id: 99, error: { name: 'TypeError' } })
  })

  it('rejects a call with arguments that cannot cross', async () => {
    const { store } = await start()
    const call = store.transact({ repository: id, settings: (() => undefined) as unknown as Uint8Array })
    await expect(call).rejects.toMatchObject({ name: 'DataCloneError' })
  })
})
