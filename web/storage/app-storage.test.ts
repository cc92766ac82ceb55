import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AppStorage } from './app-storage.ts'
import { openAppStorage } from './app-storage.ts'

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
})
