import 'fake-indexeddb/auto'
import { runStoreSuite } from '../../store/store.suite.ts'
import { IndexedDbBackend } from './backend.ts'
import { changeHints } from './change-hints.ts'

let places = 0

runStoreSuite('fake IndexedDB', async () => {
  const name = `guts-store-${++places}`
  return {
    backend: async () => new IndexedDbBackend(name, changeHints(new BroadcastChannel(name))),
    damage: async (key, row, at) => await damageChunk(name, key, row, at),
    destroy: async () => undefined,
  }
})

async function damageChunk(name: string, key: string, row: number, at: number): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open(name)
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(opening.error ?? new Error('It does not open.'))
  })
  await new Promise<void>((resolve, reject) => {
    const transaction = database.transaction('chunks', 'readwrite')
    const chunks = transaction.objectStore('chunks')
    const reading = chunks.get([key, row])
    reading.onsuccess = () => {
      const bytes = new Uint8Array(reading.result as ArrayBuffer)
      bytes[at] = (bytes[at] as number) ^ 0xff
      chunks.put(bytes.buffer, [key, row])
    }
    transaction.oncomplete = () => resolve()
    transaction.onerror = () => reject(transaction.error ?? new Error('Not written.'))
  })
  database.close()
}
