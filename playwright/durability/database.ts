import type { Page } from '@playwright/test'

/** What the database of git data holds. */
export interface Stored {
  /** Ids, sorted. */
  repositories: string[]
  /** Rows of each store. */
  rows: Record<string, number>
  /** Packs that are being written or fetched, and the chunk rows that they have. */
  staging: number
  stagedChunks: number
  /** Packs that are being written or fetched and that no repository asked for: what an import that ended left behind. */
  abandoned: string[]
  /** Rows of a pack, or of a repository, that is not there; verified packs whose chunks are not all there. */
  broken: string[]
}

const NOTHING: Stored = { repositories: [], rows: {}, staging: 0, stagedChunks: 0, abandoned: [], broken: [] }

/** Reads it in `page`, which may be any page of the app's origin. */
export async function readStored(page: Page): Promise<Stored> {
  const stored = await page.evaluate(readInPage)
  return stored ?? NOTHING
}

/** Runs in the page. Null where there is no database yet: opening it would make an empty one. */
async function readInPage(): Promise<Stored | null> {
  const settle = async <T>(request: IDBRequest<T>): Promise<T> =>
    await new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error ?? new Error('The database did not answer.'))
    })
  if (!(await indexedDB.databases()).some(({ name }) => name === 'guts-git')) return null
  const database = await settle(indexedDB.open('guts-git'))
  try {
    const names = Array.from(database.objectStoreNames)
    if (names.length === 0) return null
    // One transaction: all of it is of one moment.
    const transaction = database.transaction(names)
    const keysOf = async (name: string): Promise<IDBValidKey[]> =>
      await settle(transaction.objectStore(name).getAllKeys())
    const packs = (await settle(transaction.objectStore('packs').getAll())) as Array<{
      key: string
      kind: string
      state: string
      size: number
      wanted: string[]
    }>
    const keys = new Map<string, IDBValidKey[]>()
    for (const name of names) keys.set(name, await keysOf(name))

    // Every key is a name, or an array that begins with one.
    const first = (key: IDBValidKey): string => (Array.isArray(key) ? first(key[0] as IDBValidKey) : (key as string))
    const repositories = (keys.get('repositories') ?? []).map(first).sort()
    const chunks = new Map<string, number>()
    for (const key of keys.get('chunks') ?? []) chunks.set(first(key), (chunks.get(first(key)) ?? 0) + 1)
    const broken: string[] = []
    const packKeys = new Set(packs.map(({ key }) => key))
    for (const store of ['chunks', 'indexes']) {
      for (const key of keys.get(store) ?? []) if (!packKeys.has(first(key))) broken.push(`${store} of ${first(key)}`)
    }
    for (const store of ['looseObjects', 'refs', 'signedRefs']) {
      for (const key of keys.get(store) ?? [])
        if (!repositories.includes(first(key))) broken.push(`${store} of ${first(key)}`)
    }
    for (const { key, state, size } of packs) {
      const whole = Math.ceil(size / 262_144)
      const here = chunks.get(key) ?? 0
      if (state === 'verified' && here !== whole) broken.push(`pack ${key}: ${here} of ${whole} chunks`)
    }
    const staging = packs.filter(({ state }) => state === 'staging')
    return {
      repositories,
      rows: Object.fromEntries([...keys].map(([name, all]) => [name, all.length])),
      staging: staging.length,
      stagedChunks: staging.reduce((sum, { key }) => sum + (chunks.get(key) ?? 0), 0),
      abandoned: staging
        .filter(({ wanted }) => wanted.length === 0)
        .map(({ key, kind }) => `${kind} pack ${key}: ${chunks.get(key) ?? 0} chunks`),
      broken,
    }
  } finally {
    database.close()
  }
}
