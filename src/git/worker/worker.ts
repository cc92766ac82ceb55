import { fetchTransport } from './fetch-transport.ts'
import { openIndexedDbGitStore } from './open-indexeddb.ts'
import { serveStore, type Port } from './serve.ts'
import type { Request, Response } from './protocol.ts'

// The entry of the dedicated worker: all of git's data and all of its computing live here, and what comes from a server
// comes here directly.
const transport = fetchTransport({ fetch: (...request) => fetch(...request), isOnline: () => navigator.onLine })
serveStore(globalThis as unknown as Port<Request, Response>, (database) => openIndexedDbGitStore(database, transport))
