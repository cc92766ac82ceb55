import type { KeyStorage } from './identity.ts'

const STORE = 'keys'

/** Keys in an IndexedDB of their own: they must outlive whatever happens to the repositories' database. */
export async function openKeyStorage(factory: IDBFactory, name = 'guts-keys'): Promise<KeyStorage> {
  const database = await openDatabase(factory, name)

  const run = async <T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: 'strict' })
      const request = work(transaction.objectStore(STORE))

      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => reject(transaction.error ?? new Error('The browser gave up the transaction'))
      transaction.onerror = () => reject(transaction.error ?? request.error ?? new Error('The key could not be kept'))
    })

  return {
    async get(key) {
      const value: unknown = await run('readonly', (store) => store.get(key))
      return value instanceof Uint8Array ? value : undefined
    },
    async set(key, value) {
      await run('readwrite', (store) => store.put(value, key))
    },
    async remove(key) {
      await run('readwrite', (store) => store.delete(key))
    },
    async list(prefix) {
      const keys = await run('readonly', (store) => store.getAllKeys())
      return keys.filter((key): key is string => typeof key === 'string' && key.startsWith(prefix)).sort()
    },
  }
}

async function openDatabase(factory: IDBFactory, name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 1)

    request.onupgradeneeded = () => {
      request.result.createObjectStore(STORE)
    }
    request.onsuccess = () => {
      const database = request.result
      // Another version of this app wants to change the schema: let it.
      database.onversionchange = () => database.close()
      resolve(database)
    }
    request.onerror = () => reject(request.error ?? new Error('The browser’s storage for keys cannot be opened'))
    request.onblocked = () => reject(new Error('Another tab holds the storage for keys; close it and try again'))
  })
}
