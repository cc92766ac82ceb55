import type { IndexMethods } from './index-worker.ts'
import type { IsomorphicMethods } from './isomorphic-worker.ts'
import { RawChannel } from './raw-channel.ts'
import { WorkerCalls } from './rpc.ts'
import { storing } from './store.ts'

export type Indexer = 'ours' | 'isomorphic'

/** What the benchmark calls in this page. */
export interface BenchPage {
  /** A clone by isomorphic-git into lightning-fs, in a worker of its own. */
  isomorphicClone(path: string): Promise<{ branches: number; tags: number }>
  /** Starts a worker and loads the pack into it; its bytes. */
  loadIndexer(indexer: Indexer, url: string): Promise<number>
  runIndexer(): Promise<{ seconds: number; objects: number }>
  endIndexer(): void
  raw: RawChannel
  storing: Record<keyof typeof storing, (url: string, tip: string) => Promise<number>>
}

let indexer: WorkerCalls<Pick<IndexMethods, 'load' | 'run'>> | undefined

const start = {
  // The URLs stand here as a whole because the bundler finds workers by them.
  ours: () => new Worker(new URL('./index-worker.ts', import.meta.url), { type: 'module', name: 'index' }),
  isomorphic: () => new Worker(new URL('./isomorphic-worker.ts', import.meta.url), { type: 'module', name: 'rival' }),
}

const page: BenchPage = {
  isomorphicClone: async (path) => {
    const worker = new WorkerCalls<IsomorphicMethods>(start.isomorphic())
    try {
      return await worker.call('clone', new URL(path, location.href).href)
    } finally {
      worker.end()
    }
  },
  loadIndexer: async (name, url) => {
    page.endIndexer()
    indexer = new WorkerCalls(start[name]())
    return await indexer.call('load', new URL(url, location.href).href)
  },
  runIndexer: async () => {
    if (indexer === undefined) throw new Error('Load a pack first.')
    return await indexer.call('run')
  },
  endIndexer: () => {
    indexer?.end()
    indexer = undefined
  },
  raw: new RawChannel(),
  storing,
}

declare global {
  var benchPage: BenchPage
}
globalThis.benchPage = page
