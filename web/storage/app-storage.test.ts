import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AppStorage } from './app-storage.ts'
import { openAppStorage } from './app-storage.ts'
import { checkLocks } from './locks.ts'

describe('openAppStorage', () => {
  let name: string
  let storage: AppStorage

  beforeEach(async () => {
    name = crypto.randomUUID()
    storage = await openAppStorage(name)
  })
  afterEach(() => storage.close())

  it('keeps values and lists them by prefix', async () => {
    await storage.set('peer/2', Uint8Array.of(2))
    await storage.set('peer/1', Uint8Array.of(1))
    await storage.set('peers', Uint8Array.of(3))
    expect(await storage.get('peer/1')).toEqual(Uint8Array.of(1))
    expect(await storage.get('peer/3')).toBeUndefined()
    expect(await storage.list('peer/')).toEqual(['peer/1', 'peer/2'])
  })

  it('makes one writer for all tabs, and the same after a reload', async () => {
    const other = await openAppStorage(name)
    const [a, b] = await Promise.all([storage.writer(), other.writer()])
    expect(a).toHaveLength(16)
    expect(b).toEqual(a)
    storage.close()
    storage = await openAppStorage(name)
    expect(await storage.writer()).toEqual(a)
    other.close()
  })

  it('makes another writer for another storage', async () => {
    const other = await openAppStorage(crypto.randomUUID())
    expect(await other.writer()).not.toEqual(await storage.writer())
    other.close()
  })

  it('puts what was opened last first', async () => {
    await storage.addRecent({ token: 'a', name: 'one', openedAt: 1 })
    await storage.addRecent({ token: 'b', name: 'two', openedAt: 2 })
    await storage.addRecent({ token: 'a', name: 'one', openedAt: 3 })
    expect((await storage.recents()).map((recent) => recent.token)).toEqual(['a', 'b'])
    await storage.removeRecent('a')
    expect((await storage.recents()).map((recent) => recent.token)).toEqual(['b'])
  })

  it('remembers what was removed until it is fetched again, and not for ever', async () => {
    await storage.addRemoved('a')
    await storage.addRemoved('b')
    await storage.dropRemoved('a')
    expect(await storage.removed()).toEqual(['b'])
    expect(await storage.list('peer/')).toEqual([])
    for (let n = 0; n < 200; n++) await storage.addRemoved(`later-${n}`)
    const removed = await storage.removed()
    expect(removed).toHaveLength(200)
    expect(removed).not.toContain('b')
    expect(removed).toContain('later-199')
  })

  it('opens again where the browser closed it', async () => {
    await storage.set('writer', Uint8Array.of(1))
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(() => {
      throw new DOMException('The database connection is closing.', 'InvalidStateError')
    })
    expect(await storage.writer()).toEqual(Uint8Array.of(1))
    transaction.mockRestore()
  })

  it('says that the browser refuses storage, whichever way it does', async () => {
    const denied = 'The user denied permission to access the database.'
    const open = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException(denied, 'UnknownError')
    })
    await expect(openAppStorage(crypto.randomUUID())).rejects.toMatchObject({
      name: 'StorageRefusedError',
      reason: denied,
    })
    open.mockRestore()
    vi.stubGlobal('indexedDB', undefined)
    await expect(openAppStorage(crypto.randomUUID())).rejects.toMatchObject({ name: 'StorageRefusedError' })
    vi.unstubAllGlobals()
  })
})

describe('checkLocks', () => {
  it('wants Web Locks that answer', async () => {
    await expect(checkLocks({})).rejects.toMatchObject({ name: 'StorageRefusedError', what: 'locks' })
    const request = () => Promise.reject(new DOMException('Access to the Locks API is denied.', 'SecurityError'))
    await expect(checkLocks({ locks: { request } })).rejects.toMatchObject({
      what: 'locks',
      reason: expect.stringMatching(/denied/) as string,
    })
    const calls: string[] = []
    const grant = async (name: string, callback: () => Promise<void>) => {
      calls.push(name)
      await callback()
    }
    await checkLocks({ locks: { request: grant as LockManager['request'] } })
    expect(calls).toHaveLength(1)
  })
})
