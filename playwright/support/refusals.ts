import type { Page } from '@playwright/test'

interface Refusal {
  /** PeerId. */
  id: string
  name: string
  reason: string
}

/** Writes down that devices are refused, as the app does; it knows from its next start on. */
export async function refuse(page: Page, refusals: Refusal[]): Promise<void> {
  await page.evaluate(async (refusals) => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('guts-app')
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error ?? new Error('It does not open'))
    })
    const transaction = database.transaction('values', 'readwrite')
    for (const { id, name, reason } of refusals) {
      const identity = { id: name.padEnd(43, 'k'), name }
      const entry = { reason, identity, proven: true, until: Date.now() + 3_600_000 }
      transaction.objectStore('values').put(new TextEncoder().encode(JSON.stringify(entry)), `denied/${id}`)
    }
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve
      transaction.onabort = () => reject(transaction.error ?? new Error('It was not kept'))
    })
    database.close()
  }, refusals)
}
