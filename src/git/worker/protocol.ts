import type { GitStore } from '../store/git-store.ts'
import type { Progress, RepositoryKey } from '../types.ts'

/** Methods that are called across the threads; `onChange` and `close` have messages of their own. */
export type StoreMethod = Exclude<keyof GitStore, 'onChange' | 'close'>

/** What the page sends to the worker. */
export type Request =
  | { kind: 'open'; database: string }
  /** `id` is the caller's, unique among its calls. Signal and progress callback are left out of `args`. */
  | { kind: 'call'; id: number; method: StoreMethod; args: unknown[] }
  | { kind: 'abort'; id: number; reason: ErrorFields }
  | { kind: 'close'; id: number }

/** What the worker sends to the page. */
export type Response =
  | { kind: 'opened' }
  | { kind: 'failed'; error: ErrorFields }
  | { kind: 'result'; id: number; value: unknown }
  | { kind: 'error'; id: number; error: ErrorFields }
  | { kind: 'progress'; id: number; progress: Progress }
  | { kind: 'changed'; repository: RepositoryKey }

/** An error as it crosses: its class by name, and its facts. */
export interface ErrorFields {
  name: string
  message: string
  stack: string
  fields: Record<string, unknown>
}

type HasSignal<T> = T extends object ? ('signal' extends keyof T ? true : never) : never
/** Methods that take `CallOptions`. */
type Cancellable = {
  [M in StoreMethod]: true extends HasSignal<Parameters<GitStore[M]>[number]> ? M : never
}[StoreMethod]

/** Where each method's `CallOptions` stand, which have what cannot be cloned: a signal and a callback. */
export const OPTIONS_AT: Partial<Record<StoreMethod, number>> = {
  importBundle: 2,
  importFolder: 2,
  importUrl: 2,
  importFiles: 2,
  stageCommit: 2,
  finishPack: 1,
  finishBasePack: 2,
  openObjects: 2,
  openBundle: 1,
  skippedHaves: 2,
  lastCommits: 3,
  log: 2,
  diff: 3,
  countCommits: 2,
  merge: 3,
  stageMerge: 2,
} satisfies Record<Cancellable, number>

/** All methods, as values: a name that comes from the other thread is looked up here before it is called. */
export const METHODS: Record<StoreMethod, true> = {
  repositories: true,
  repository: true,
  removeRepository: true,
  usage: true,
  signedRefs: true,
  transact: true,
  importBundle: true,
  importFolder: true,
  importUrl: true,
  importFiles: true,
  stageCommit: true,
  openPackWriter: true,
  writePack: true,
  finishPack: true,
  stagePack: true,
  hasStaged: true,
  discard: true,
  stageBasePack: true,
  putChunk: true,
  flushChunks: true,
  finishBasePack: true,
  stagedManifest: true,
  stagedChunk: true,
  dropBasePack: true,
  openPartialWriter: true,
  finishPartial: true,
  partialSize: true,
  dropPartial: true,
  inventory: true,
  manifest: true,
  chunk: true,
  openObjects: true,
  readPack: true,
  closeReader: true,
  openBundle: true,
  has: true,
  independent: true,
  isAncestor: true,
  skippedHaves: true,
  mergeBase: true,
  resolve: true,
  tree: true,
  lastCommits: true,
  blob: true,
  log: true,
  commit: true,
  diff: true,
  countCommits: true,
  mergeBases: true,
  merge: true,
  stageMerge: true,
}

/** Methods whose bytes are given away, and where these stand among the arguments. */
export const GIVEN_AWAY: Partial<Record<StoreMethod, number>> = { writePack: 1, stagePack: 1, putChunk: 2 }

/** The buffers to transfer with a result that is bytes: views of a bigger buffer are copied, for others may read it too. */
export function transferable(value: unknown): Transferable[] {
  if (!(value instanceof Uint8Array) || !(value.buffer instanceof ArrayBuffer)) return []
  return value.byteLength === value.buffer.byteLength ? [value.buffer] : []
}
