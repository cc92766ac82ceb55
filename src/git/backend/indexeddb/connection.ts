import { openDB, type IDBPTransaction, type StoreNames } from 'idb'
import { DatabaseBlockedError, DatabaseClosedError, StorageFailedError, StorageRefusedError } from '../../errors.ts'
import { databaseError, isLostConnection } from '../../store/database-error.ts'
import { DATABASE_VERSION, upgradeSchema, type Database, type Schema } from './schema.ts'

/** How long an older version in another tab may keep the database from opening, in milliseconds. */
const BLOCKED_TIMEOUT = 10_000

export type Stores = Array<StoreNames<Schema>>
export type ReadTransaction = IDBPTransaction<Schema, Stores, 'readonly'>
export type WriteTransaction = IDBPTransaction<Schema, Stores, 'readwrite'>

/**
 * A connection that opens when it is needed and again after the browser dropped it (memory pressure, cleared data, a page
 * that comes back from the back/forward cache). Every promise settles: with the request's error, the transaction's, or
 * that of its abort.
 */
export class Connection {
  readonly #name: string
  #open: Promise<Database> | undefined
  #ended: Error | undefined

  constructor(name: string) {
    this.#name = name
  }

  async read<T>(stores: Stores, body: (transaction: ReadTransaction) => Promise<T>): Promise<T> {
    return await this.#run<T>(async (database) => {
      const transaction = database.transaction(stores, 'readonly')
      return await settle(transaction, body(transaction))
    })
  }

  /**
   * A readwrite transaction, of strict durability unless told otherwise: on disk when the promise resolves. Whatever `body`
   * throws aborts it.
   */
  async write<T>(
    stores: Stores,
    body: (transaction: WriteTransaction) => Promise<T>,
    { durability = 'strict' }: { durability?: 'strict' | 'relaxed' } = {},
  ): Promise<T> {
    return await this.#run<T>(async (database) => {
      const transaction = database.transaction(stores, 'readwrite', { durability })
      return await settle(transaction, body(transaction))
    })
  }

  async close(): Promise<void> {
    this.#ended = new DatabaseClosedError('The database was closed by its user.')
    const open = this.#open
    this.#open = undefined
    if (open !== undefined) (await open).close()
  }

  async #run<T>(action: (database: Database) => Promise<T>): Promise<T> {
    const database = await this.#database()
    try {
      return await action(database)
    } catch (error) {
      if (!isLostConnection(error)) throw this.#failed(error)
      // The connection was lost between two operations: nothing of this one has begun, so it can simply be made anew.
      this.#open = undefined
    }
    try {
      return await action(await this.#database())
    } catch (error) {
      throw this.#failed(error)
    }
  }

  #failed(error: unknown): unknown {
    const told = databaseError(error)
    // The browser's storage fell over: the next operation opens it anew.
    if (told instanceof StorageFailedError) this.#open = undefined
    return told
  }

  async #database(): Promise<Database> {
    if (this.#ended !== undefined) throw this.#ended
    this.#open ??= this.#connect()
    try {
      return await this.#open
    } catch (error) {
      this.#open = undefined
      throw error
    }
  }

  async #connect(): Promise<Database> {
    try {
      return await this.#openDatabase()
    } catch (error) {
      throw databaseError(error, true)
    }
  }

  async #openDatabase(): Promise<Database> {
    // Where pages may store nothing, some browsers take it away altogether; others throw at once.
    if ((globalThis as { indexedDB?: IDBFactory | null }).indexedDB == null) throw new StorageRefusedError()
    let timer: ReturnType<typeof setTimeout> | undefined
    let giveUp: (reason: Error) => void = () => undefined
    const blocked = new Promise<never>((_resolve, reject) => (giveUp = reject))
    const opening = openDB<Schema>(this.#name, DATABASE_VERSION, {
      upgrade: upgradeSchema,
      blocked: () => {
        timer = setTimeout(() => giveUp(new DatabaseBlockedError()), BLOCKED_TIMEOUT)
      },
      blocking: (_current, blockedVersion, event) => {
        // A newer version waits for us, or the database is deleted: give way at once, and say so from now on.
        if (blockedVersion !== null)
          this.#ended = new DatabaseClosedError('A newer version of this app is open in another tab. Reload this one.')
        this.#open = undefined
        ;(event.target as IDBDatabase).close()
      },
      terminated: () => {
        this.#open = undefined
      },
    })
    try {
      return await Promise.race([opening, blocked])
    } catch (error) {
      if (error instanceof DatabaseBlockedError)
        void opening.then(
          (late) => late.close(),
          () => undefined,
        )
      throw error
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Waits for the body and for the transaction's end, whichever fails: both are always awaited, so no rejection is lost. */
async function settle<T>(transaction: ReadTransaction | WriteTransaction, body: Promise<T>): Promise<T> {
  // `done` rejects with the transaction's error or its abort; a body that fails first has the better reason.
  const done = transaction.done.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  let result: T
  try {
    result = await body
  } catch (error) {
    const endedBefore = !abort(transaction)
    await done
    if (!isAbort(error)) throw databaseErrorOf(error)
    throw databaseErrorOf(transaction.error ?? (endedBefore ? new StorageFailedError(messageOf(error)) : error))
  }
  const failed = await done
  if (failed !== undefined) {
    const error = transaction.error ?? failed.error
    // Nobody here aborts a transaction whose body succeeded: the browser did.
    throw isAbort(error) ? new StorageFailedError(messageOf(error)) : databaseErrorOf(error)
  }
  return result
}

/** False where it has ended already: a request failed, or the browser gave it up. */
function abort(transaction: ReadTransaction | WriteTransaction): boolean {
  try {
    transaction.abort()
    return true
  } catch (error) {
    if (!isLostConnection(error)) throw error
    return false
  }
}

/** A lost connection stays what it is until `#run` has tried once more. */
function databaseErrorOf(error: unknown): unknown {
  return isLostConnection(error) ? error : databaseError(error)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
