import 'fake-indexeddb/auto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DatabaseClosedError, QuotaError, StorageFailedError, StorageRefusedError } from '../../errors.ts'
import { changeHints, type Channel } from './change-hints.ts'
import { Connection } from './connection.ts'

let names = 0
const name = () => `guts-connection-${++names}`

describe('a connection to IndexedDB', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
  })

  it('aborts all of a transaction whose body fails, and rejects with what failed', async () => {
    const connection = new Connection(name())
    const reason = new Error('Not this time')
    const failing = connection.write(['refs'], async (tx) => {
      await tx.objectStore('refs').put('a', ['r', 'x'])
      throw reason
    })
    await expect(failing).rejects.toBe(reason)
    expect(await connection.read(['refs'], (tx) => tx.objectStore('refs').getAll())).toEqual([])
    await connection.close()
  })

  it('rejects where a request fails, and changes nothing', async () => {
    const connection = new Connection(name())
    const failing = connection.write(['refs'], async (tx) => {
      await tx.objectStore('refs').put('a', ['r', 'x'])
      await tx.objectStore('refs').add('b', ['r', 'x'])
    })
    await expect(failing).rejects.toMatchObject({ name: 'ConstraintError' })
    expect(await connection.read(['refs'], (tx) => tx.objectStore('refs').count())).toBe(0)
    await connection.close()
  })

  it('rejects where the transaction is aborted from outside', async () => {
    const connection = new Connection(name())
    const failing = connection.write(['refs'], async (tx) => {
      const putting = tx.objectStore('refs').put('a', ['r', 'x'])
      tx.abort()
      await putting
    })
    await expect(failing).rejects.toBeInstanceOf(StorageFailedError)
    // As a browser does that lets go of the database once all was asked for.
    const late = connection.write(['refs'], async (tx) => {
      await tx.objectStore('refs').put('a', ['r', 'x'])
      queueMicrotask(() => tx.abort())
    })
    await expect(late).rejects.toBeInstanceOf(StorageFailedError)
    expect(await connection.read(['refs'], (tx) => tx.objectStore('refs').count())).toBe(0)
    await connection.close()
  })

  it('leaves the abort of whoever called it alone', async () => {
    const connection = new Connection(name())
    const reason = new DOMException('Enough.', 'AbortError')
    const failing = connection.write(['refs'], async (tx) => {
      await tx.objectStore('refs').put('a', ['r', 'x'])
      throw reason
    })
    await expect(failing).rejects.toBe(reason)
    await connection.close()
  })

  it.each([
    ['SecurityError', 'The operation is insecure.'],
    ['InvalidStateError', 'A mutation operation was attempted on a database that did not allow mutations.'],
    ['UnknownError', 'The user denied permission to access the database.'],
  ])('says that the browser refuses storage: %s', async (kind, message) => {
    vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException(message, kind)
    })
    const reading = new Connection(name()).read(['refs'], (tx) => tx.objectStore('refs').count())
    await expect(reading).rejects.toMatchObject({ name: 'StorageRefusedError', what: 'database', reason: message })
  })

  it('says that there is no storage at all', async () => {
    vi.stubGlobal('indexedDB', null)
    const reading = new Connection(name()).read(['refs'], (tx) => tx.objectStore('refs').count())
    await expect(reading).rejects.toBeInstanceOf(StorageRefusedError)
  })

  it('says that the storage failed, and opens it anew the next time', async () => {
    const connection = new Connection(name())
    await connection.write(['refs'], (tx) => tx.objectStore('refs').put('a', ['r', 'x']))
    const lost = new DOMException(
      'Connection to Indexed Database server lost. Refresh the page to try again',
      'UnknownError',
    )
    const closing = new DOMException('The database connection is closing.', 'InvalidStateError')
    const begin = Reflect.get<IDBDatabase, 'transaction'>(IDBDatabase.prototype, 'transaction')
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
    const fail = (error: DOMException) =>
      transaction.mockImplementation(function (this: IDBDatabase, stores, ...rest) {
        // The imitation of IndexedDB begins some of its own.
        if (Array.isArray(stores)) throw error
        return begin.call(this, stores, ...rest)
      })
    fail(lost)
    const count = async () => await connection.read(['refs'], (tx) => tx.objectStore('refs').count())
    await expect(count()).rejects.toMatchObject({ name: 'StorageFailedError', reason: lost.message })
    fail(closing)
    await expect(count()).rejects.toBeInstanceOf(DatabaseClosedError)
    transaction.mockRestore()
    expect(await count()).toBe(1)
    await connection.close()
  })

  it('says that there is no room', async () => {
    const connection = new Connection(name())
    const failing = connection.write(['refs'], async () => {
      throw new DOMException('Full', 'QuotaExceededError')
    })
    await expect(failing).rejects.toBeInstanceOf(QuotaError)
    await connection.close()
  })

  it('gives way to a newer version, and says so from then on', async () => {
    const database = name()
    const connection = new Connection(database)
    await connection.read(['refs'], (tx) => tx.objectStore('refs').count())
    await new Promise<void>((resolve, reject) => {
      const opening = indexedDB.open(database, 99)
      opening.onsuccess = () => {
        opening.result.close()
        resolve()
      }
      opening.onerror = () => reject(new Error('Blocked.'))
    })
    const reading = connection.read(['refs'], (tx) => tx.objectStore('refs').count())
    await expect(reading).rejects.toBeInstanceOf(DatabaseClosedError)
    const late = new Connection(database)
    await expect(late.read(['refs'], (tx) => tx.objectStore('refs').count())).rejects.toBeInstanceOf(
      DatabaseClosedError,
    )
  })

  it('brings a database of the first version up to date, and keeps what is in it', async () => {
    const database = name()
    await new Promise<void>((resolve, reject) => {
      const opening = indexedDB.open(database, 1)
      opening.onupgradeneeded = () => {
        for (const store of ['chunks', 'indexes', 'looseObjects', 'refs']) opening.result.createObjectStore(store)
        opening.result.createObjectStore('repositories', { keyPath: 'id' })
        opening.result.createObjectStore('signedRefs', { keyPath: ['repository', 'identity', 'writer'] })
        const packs = opening.result.createObjectStore('packs', { keyPath: 'key' })
        for (const index of ['holders', 'wanted']) packs.createIndex(index, index, { multiEntry: true })
        packs.createIndex('packId', 'packId')
        opening.transaction?.objectStore('refs').put('a', ['r', 'x'])
      }
      opening.onsuccess = () => {
        opening.result.close()
        resolve()
      }
      opening.onerror = () => reject(new Error('It does not open.'))
    })
    const connection = new Connection(database)
    expect(await connection.read(['refs'], (tx) => tx.objectStore('refs').get(['r', 'x']))).toBe('a')
    expect(await connection.read(['partialObjects'], (tx) => tx.objectStore('partialObjects').count())).toBe(0)
    const stores = async (opened: Connection) =>
      await opened.read(['refs'], async (tx) => await Promise.resolve([...tx.db.objectStoreNames]))
    const fresh = new Connection(name())
    expect(await stores(connection)).toEqual(await stores(fresh))
    await Promise.all([connection.close(), fresh.close()])
  })

  it('opens again after the database was deleted under it', async () => {
    const database = name()
    const connection = new Connection(database)
    await connection.write(['refs'], (tx) => tx.objectStore('refs').put('a', ['r', 'x']))
    await new Promise<void>((resolve) => {
      indexedDB.deleteDatabase(database).onsuccess = () => resolve()
    })
    expect(await connection.read(['refs'], (tx) => tx.objectStore('refs').count())).toBe(0)
    await connection.close()
    const closed = connection.read(['refs'], (tx) => tx.objectStore('refs').count())
    await expect(closed).rejects.toBeInstanceOf(DatabaseClosedError)
  })
})

describe('hints that a repository changed', () => {
  it('reach listeners until they stop, and nothing else does', () => {
    const listeners = new Set<(event: MessageEvent) => void>()
    const channel: Channel = {
      postMessage: (data) => listeners.forEach((listener) => listener(new MessageEvent('message', { data }))),
      addEventListener: (_type, listener) => void listeners.add(listener),
      removeEventListener: (_type, listener) => void listeners.delete(listener),
      close: () => listeners.clear(),
    }
    const hints = changeHints(channel)
    const heard: string[] = []
    const stop = hints.listen((id) => heard.push(id))
    hints.send('one')
    for (const odd of [null, 'two', { changed: 3 }, {}]) channel.postMessage(odd)
    stop()
    hints.send('four')
    expect(heard).toEqual(['one'])
  })
})
