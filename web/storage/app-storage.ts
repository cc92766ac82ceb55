import type { DBSchema, IDBPDatabase } from 'idb'
import { openDB } from 'idb'

/** One value for this browser's storage: two devices of one identity never sign under the same writer. */
const WRITER_BYTES = 16

interface AppSchema extends DBSchema {
  /** Keys, names and small values: `identity/key`, `writer`, `peer/…`. */
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
  /** Names that begin with `prefix`, sorted. */
  list(prefix: string): Promise<string[]>
  /** This storage's writer: made at the first call, the same in all tabs ever after. */
  writer(): Promise<Uint8Array>
  /** Last looked at first. */
  recents(): Promise<Recent[]>
  addRecent(recent: Recent): Promise<void>
  removeRecent(token: string): Promise<void>
  close(): void
}

/** Opens the database `name`; rejects where the browser gives pages no storage (some private windows). */
export async function openAppStorage(name = 'guts-app'): Promise<AppStorage> {
  const database = await openDB<AppSchema>(name, 1, {
    upgrade(fresh) {
      fresh.createObjectStore('values')
      fresh.createObjectStore('recents', { keyPath: 'token' })
    },
    // Another tab has a newer app and waits for this one to let go.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  })
  return new IdbAppStorage(database)
}

class IdbAppStorage implements AppStorage {
  readonly #database: IDBPDatabase<AppSchema>

  constructor(database: IDBPDatabase<AppSchema>) {
    this.#database = database
  }

  get(name: string): Promise<Uint8Array | undefined> {
    return this.#database.get('values', name)
  }

  async set(name: string, value: Uint8Array): Promise<void> {
    const transaction = this.#database.transaction('values', 'readwrite', { durability: 'strict' })
    await Promise.all([transaction.store.put(value, name), transaction.done])
  }

  async list(prefix: string): Promise<string[]> {
    return this.#database.getAllKeys('values', IDBKeyRange.bound(prefix, `${prefix}\uffff`))
  }

  async writer(): Promise<Uint8Array> {
    // One transaction reads and writes, so that two tabs which open at once agree.
    const transaction = this.#database.transaction('values', 'readwrite', { durability: 'strict' })
    const kept = await transaction.store.get('writer')
    const writer = kept ?? crypto.getRandomValues(new Uint8Array(WRITER_BYTES))
    if (!kept) await transaction.store.put(writer, 'writer')
    await transaction.done
    return writer
  }

  async recents(): Promise<Recent[]> {
    const all = await this.#database.getAll('recents')
    return all.sort((a, b) => b.openedAt - a.openedAt)
  }

  async addRecent(recent: Recent): Promise<void> {
    await this.#database.put('recents', recent)
  }

  async removeRecent(token: string): Promise<void> {
    await this.#database.delete('recents', token)
  }

  close(): void {
    this.#database.close()
  }
}
