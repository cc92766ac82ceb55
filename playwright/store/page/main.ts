import { runBackendSuite } from '../../../src/git/backend/backend.suite.ts'
import { IndexedDbBackend } from '../../../src/git/backend/indexeddb/backend.ts'
import { changeHints } from '../../../src/git/backend/indexeddb/change-hints.ts'
import { openGitStoreInWorker } from '../../../src/git/browser.ts'
import type { GitStore } from '../../../src/git/index.ts'
import { runTests, type Outcome } from './mini-vitest.ts'

/** What the tests call in the page. */
export interface Harness {
  runSuite(): Promise<Outcome[]>
  open(database?: string): Promise<void>
  store(): GitStore
  /** Imports the bundle at `url` in one go; how long it took in milliseconds, and the longest task of the page meanwhile. */
  import(id: string, url: string): Promise<{ milliseconds: number; longestTask: number; objects: number }>
  /**
   * Brings a repository's base packs to another database, up to a part (0 to 1) of their chunks, and admits them once they are
   * all there. Counts chunks.
   */
  clone(id: string, database: string, part: number): Promise<{ done: boolean; fetched: number; skipped: number }>
  /** The bundle of a repository as base64. */
  bundle(id: string): Promise<string>
  /** Numbers of rows in every store of the database. */
  rows(database: string): Promise<Record<string, number>>
  /** Repositories that `onChange` named. */
  heard: string[]
}

let store: GitStore | undefined

function opened(): GitStore {
  if (store === undefined) throw new Error('Open the store first.')
  return store
}

const harness: Harness = {
  heard: [],
  runSuite: async () => {
    let places = 0
    runBackendSuite('IndexedDB', async () => {
      const name = `suite-${++places}`
      return {
        open: async () => new IndexedDbBackend(name, changeHints(new BroadcastChannel(name))),
        destroy: async () => {
          indexedDB.deleteDatabase(name)
        },
      }
    })
    return await runTests()
  },
  open: async (database) => {
    store = await openGitStoreInWorker(database)
    store.onChange((id) => harness.heard.push(id))
  },
  store: opened,
  import: async (id, url) => {
    const blob = await (await fetch(url)).blob()
    let longestTask = 0
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration)
    })
    observer.observe({ type: 'longtask' })
    const start = performance.now()
    const staged = await opened().importBundle(id, blob)
    await opened().transact({
      repository: id,
      create: true,
      head: staged.head,
      refs: staged.refs,
      admit: [staged.staging],
    })
    observer.disconnect()
    return { milliseconds: performance.now() - start, longestTask, objects: staged.objects }
  },
  clone: async (id, database, part) => {
    const target = await openGitStoreInWorker(database)
    const counts = { done: false, fetched: 0, skipped: 0 }
    const admit: string[] = []
    try {
      for (const { packId } of await opened().inventory(id)) {
        const state = await target.stageBasePack(id, packId, await opened().manifest(id, packId))
        for (let n = 0; n < Math.floor(state.chunks * part); n++) {
          if (((state.present[n >> 3] ?? 0) & (0x80 >> (n & 7))) !== 0) {
            counts.skipped++
            continue
          }
          await target.putChunk(packId, n, await opened().chunk(id, packId, n))
          counts.fetched++
        }
        await target.flushChunks(packId)
        if (part === 1) admit.push((await target.finishBasePack(id, packId)).staging)
      }
      if (part < 1) return counts
      const refs = (await opened().repository(id))?.refs ?? []
      await target.transact({ repository: id, create: true, refs, head: 'refs/heads/main', admit })
      return { ...counts, done: true }
    } finally {
      await target.close()
    }
  },
  bundle: async (id) => {
    const { reader } = await opened().openBundle(id)
    const parts: Uint8Array<ArrayBuffer>[] = []
    for (
      let part = await opened().readPack(reader, 1 << 20);
      part !== null;
      part = await opened().readPack(reader, 1 << 20)
    ) {
      parts.push(new Uint8Array(part))
    }
    const url = await new Promise<string>((resolve) => {
      const file = new FileReader()
      file.onload = () => resolve(file.result as string)
      file.readAsDataURL(new Blob(parts))
    })
    return url.slice(url.indexOf(',') + 1)
  },
  rows: async (database) => {
    const open = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open(database)
      opening.onsuccess = () => resolve(opening.result)
      opening.onerror = () => reject(new Error('It does not open.'))
    })
    const names = [...open.objectStoreNames]
    const transaction = open.transaction(names)
    const counts = await Promise.all(
      names.map(
        (name) =>
          new Promise<[string, number]>((resolve) => {
            const counting = transaction.objectStore(name).count()
            counting.onsuccess = () => resolve([name, counting.result])
          }),
      ),
    )
    open.close()
    return Object.fromEntries(counts)
  },
}

declare global {
  var storeHarness: Harness
}
globalThis.storeHarness = harness
