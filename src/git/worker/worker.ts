import { openIndexedDbGitStore } from './open-indexeddb.ts'
import { serveStore, type Port } from './serve.ts'
import type { Request, Response } from './protocol.ts'

// The entry of the dedicated worker: all of git's data and all of its computing live here.
serveStore(globalThis as unknown as Port<Request, Response>, openIndexedDbGitStore)
