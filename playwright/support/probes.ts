import type { BrowserContext, Page } from '@playwright/test'

/** What the pages of a context tell about themselves while a test runs; kept on `window.probes` of the page. */
interface Probes {
  connections: RTCPeerConnection[]
  /** Milliseconds of each main-thread task over 50 ms. */
  longTasks: number[]
}

type ProbedWindow = typeof globalThis & { probes: Probes }

/** Must be called before the context's first page loads. */
export async function probe(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const probes: Probes = { connections: [], longTasks: [] }
    Object.assign(globalThis, { probes })
    globalThis.RTCPeerConnection = new Proxy(RTCPeerConnection, {
      construct(target, args: [RTCConfiguration?]) {
        const connection = new target(...args)
        probes.connections.push(connection)
        return connection
      },
    })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) probes.longTasks.push(Math.round(entry.duration))
    }).observe({ type: 'longtask', buffered: true })
  })
}

/** Bytes that came over this page's own WebRTC data channels, whose selected candidates are no relays. */
export async function directBytesReceived(page: Page): Promise<number> {
  return (await directBytes(page)).received
}

/** Bytes that went out over them. */
export async function directBytesSent(page: Page): Promise<number> {
  return (await directBytes(page)).sent
}

async function directBytes(page: Page): Promise<{ received: number; sent: number }> {
  return await page.evaluate(async () => {
    let received = 0
    let sent = 0
    for (const connection of (globalThis as ProbedWindow).probes.connections) {
      const stats = await connection.getStats()
      const candidates = new Map<string, { candidateType?: string }>()
      let relayed = false
      stats.forEach((entry: { id: string; type: string; candidateType?: string }) => {
        if (entry.type === 'local-candidate' || entry.type === 'remote-candidate') candidates.set(entry.id, entry)
      })
      stats.forEach(
        (entry: { type: string; state?: string; localCandidateId?: string; remoteCandidateId?: string }) => {
          if (entry.type !== 'candidate-pair' || entry.state !== 'succeeded') return
          for (const id of [entry.localCandidateId, entry.remoteCandidateId]) {
            if (id !== undefined && candidates.get(id)?.candidateType === 'relay') relayed = true
          }
        },
      )
      if (relayed) continue
      stats.forEach((entry: { type: string; bytesReceived?: number; bytesSent?: number }) => {
        if (entry.type !== 'transport') return
        received += entry.bytesReceived ?? 0
        sent += entry.bytesSent ?? 0
      })
    }
    return { received, sent }
  })
}

/** The longest main-thread task so far, in milliseconds; 0 where none took 50. */
export async function longestTask(page: Page): Promise<number> {
  return await page.evaluate(() => Math.max(0, ...(globalThis as ProbedWindow).probes.longTasks))
}

/** Rows of a pack (256 KiB each) that are durable in this browser. */
export async function storedChunks(page: Page): Promise<number> {
  return await page.evaluate(async () => {
    const settle = async <T>(request: IDBRequest<T>): Promise<T> =>
      await new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error ?? new Error('The database did not answer.'))
      })
    // Opening it before the app has made it would make an empty one.
    if (!(await indexedDB.databases()).some(({ name }) => name === 'guts-git')) return 0
    const database = await settle(indexedDB.open('guts-git'))
    try {
      return await settle(database.transaction('chunks').objectStore('chunks').count())
    } finally {
      database.close()
    }
  })
}
