import type { DBSchema, IDBPDatabase } from 'idb'
import { openDB } from 'idb'
import { databaseError, isLostConnection, StorageRefusedError } from '../../src/git/index.ts'

/** One value for this browser's storage: two devices of one identity never sign under the same writer. */
const WRITER_BYTES = 16

/** Removed repositories that are remembered as such; the first ones make room. */
const MAX_REMOVED = 200
const REMOVED = 'removed/'

interface AppSchema extends DBSchema {
  /** Keys, names and small values: `identity/key`, `writer`, `peer/…`, `denied/…`, `removed/…`. */
  values: { key: string; value: Uint8Array }
  /** Repositories by when they were last looked at. */
  recents: { key: string; value: Recent }
}

export interface Recent {
  token: string
  /** As the document says it; '' until one was seen. */
  name: string
  /** Unix milliseconds. */
  openedAt: number
}

/** What the app itself keeps: small values under names, apart from git's data. */
export interface AppStorage {
  get(name: string): Promise<Uint8Array | undefined>
  set(name: string, value: Uint8Array): Promise<void>
  /** Does nothing where there is none of this name. */
  remove(name: string): Promise<void>
  /** Names that begin with `prefix`, sorted. */
  list(prefix: string): Promise<string[]>
  /** This storage's writer: made at the first call, the same in all tabs ever after. */
  writer(): Promise<Uint8Array>
  /** Last looked at first. */
  recents(): Promise<Recent[]>
  addRecent(recent: Recent): Promise<void>
  removeRecent(token: string): Promise<void>
  /** Tokens of repositories that were removed here: an address in the history does not bring them back by itself. */
  removed(): Promise<string[]>
  addRemoved(token: string): Promise<void>
  dropRemoved(token: string): Promise<void>
  close(): void
}

/** Opens the database `name`; rejects with `StorageRefusedError` where the browser gives pages no storage. */
export async function openAppStorage(name = 'guts-app'): Promise<AppStorage> {
  const storage = new IdbAppStorage(name)
  await storage.open()
  return storage
}

type Database = IDBPDatabase<AppSchema>

class IdbAppStorage implements AppStorage {
  readonly #name: string
  #database: Promise<Database> | null = null

  constructor(name: string) {
    this.#name = name
  }

  async open(): Promise<void> {
    await this.#run(async () => undefined)
  }

  get(name: string): Promise<Uint8Array | undefined> {
    return this.#run((database) => database.get('values', name))
  }

  set(name: string, value: Uint8Array): Promise<void> {
    return this.#run(async (database) => {
      const transaction = database.transaction('values', 'readwrite', { durability: 'strict' })
      await Promise.all([transaction.store.put(value, name), transaction.done])
    })
  }

  remove(name: string): Promise<void> {
    return this.#run((database) => database.delete('values', name))
  }

  list(prefix: string): Promise<string[]> {
    return this.#run((database) => database.getAllKeys('values', IDBKeyRange.bound(prefix, `${prefix}\uffff`)))
  }

  writer(): Promise<Uint8Array> {
    return this.#run(async (database) => {
      // One transaction reads and writes, so that two tabs which open at once agree.
      const transaction = database.transaction('values', 'readwrite', { durability: 'strict' })
      const kept = await transaction.store.get('writer')
      const writer = kept ?? crypto.getRandomValues(new Uint8Array(WRITER_BYTES))
      if (!kept) await transaction.store.put(writer, 'writer')
      await transaction.done
      return writer
    })
  }

  recents(): Promise<Recent[]> {
    return this.#run(async (database) => {
      const all = await database.getAll('recents')
      return all.sort((a, b) => b.openedAt - a.openedAt)
    })
  }

  addRecent(recent: Recent): Promise<void> {
    return this.#run(async (database) => void (await database.put('recents', recent)))
  }

  removeRecent(token: string): Promise<void> {
    return this.#run((database) => database.delete('recents', token))
  }

  async removed(): Promise<string[]> {
    return (await this.list(REMOVED)).map((name) => name.slice(REMOVED.length))
  }

  addRemoved(token: string): Promise<void> {
    return this.#run(async (database) => {
      const { store, done } = database.transaction('values', 'readwrite')
      const all = IDBKeyRange.bound(REMOVED, `${REMOVED}\uffff`)
      const [names, times] = await Promise.all([store.getAllKeys(all), store.getAll(all)])
      const oldest = names.map((name, n) => ({ name, time: timeOf(times[n]) })).sort((a, b) => b.time - a.time)
      for (const { name } of oldest.slice(MAX_REMOVED - 1)) await store.delete(name)
      // Later than all others, in the same millisecond too: the order is what is kept.
      const time = Math.max(Date.now(), (oldest[0]?.time ?? 0) + 1)
      await store.put(new Uint8Array(Float64Array.of(time).buffer), REMOVED + token)
      await done
    })
  }

  dropRemoved(token: string): Promise<void> {
    return this.#run((database) => database.delete('values', REMOVED + token))
  }

  async #run<T>(action: (database: Database) => Promise<T>): Promise<T> {
    try {
      return await action(await this.#open())
    } catch (error) {
      if (!isLostConnection(error)) throw databaseError(error)
    }
    // The browser closed it (memory, cleared data): nothing of this has begun, so it is opened and done anew.
    this.#database = null
    try {
      return await action(await this.#open())
    } catch (error) {
      throw databaseError(error)
    }
  }

  async #open(): Promise<Database> {
    this.#database ??= openDatabase(this.#name, () => (this.#database = null))
    try {
      return await this.#database
    } catch (error) {
      this.#database = null
      throw error
    }
  }

  close(): void {
    this.#database?.then(
      (database) => database.close(),
      () => undefined, // It never opened: whoever waited for it knows.
    )
    this.#database = null
  }
}

function timeOf(value: Uint8Array | undefined): number {
  return value?.byteLength === 8 ? (new Float64Array(value.slice().buffer)[0] ?? 0) : 0
}

async function openDatabase(name: string, onClosed: () => void): Promise<Database> {
  try {
    // Where pages may store nothing, some browsers take it away altogether; others throw at once.
    if ((globalThis as { indexedDB?: IDBFactory | null }).indexedDB == null) throw new StorageRefusedError()
    return await openDB<AppSchema>(name, 1, {
      upgrade(fresh) {
        fresh.createObjectStore('values')
        fresh.createObjectStore('recents', { keyPath: 'token' })
      },
      // Another tab has a newer app and waits for this one to let go.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
      terminated: onClosed,
    })
  } catch (error) {
    throw databaseError(error, true)
  }
}
