/** One question of the self-test, and its answer. */
export interface TestResult {
  name: string
  outcome: 'passed' | 'failed' | 'skipped'
  /** What was found, and what to do where it failed. */
  detail: string
}

/** Milliseconds that one check may take: it is all loopback, or one round trip. */
const TIMEOUT = 8000

/** What the network page asks of this browser and this network, one after the other as they finish. */
export async function* runSelfTest(relays: string[]): AsyncGenerator<TestResult> {
  yield testSecureContext()
  yield await check('Storage', testStorage)
  yield relays.length === 0
    ? { name: 'Meeting point', outcome: 'skipped', detail: 'The server that this page came from names none.' }
    : await check('Meeting point', (signal) => testWebSockets(relays, signal))
  yield await check('Direct connections (WebRTC)', testWebRtc)
}

function testSecureContext(): TestResult {
  const name = 'Secure page'
  return globalThis.isSecureContext
    ? { name, outcome: 'passed', detail: `${location.origin} is one.` }
    : { name, outcome: 'failed', detail: 'Browsers allow this only over https or on localhost.' }
}

async function check(name: string, test: (signal: AbortSignal) => Promise<string>): Promise<TestResult> {
  try {
    return { name, outcome: 'passed', detail: await test(AbortSignal.timeout(TIMEOUT)) }
  } catch (error) {
    return { name, outcome: 'failed', detail: error instanceof Error ? error.message : String(error) }
  }
}

async function testStorage(): Promise<string> {
  const name = `guts-self-test-${crypto.randomUUID()}`
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => request.result.createObjectStore('rows')
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('The browser gives this page no storage.'))
  })
  try {
    const start = performance.now()
    await new Promise<void>((resolve, reject) => {
      const transaction = database.transaction('rows', 'readwrite', { durability: 'strict' })
      transaction.objectStore('rows').put(new ArrayBuffer(1024 * 1024), 1)
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error ?? new Error('The browser stored nothing.'))
    })
    return `1 MB written to disk in ${Math.round(performance.now() - start)} ms.`
  } finally {
    database.close()
    indexedDB.deleteDatabase(name)
  }
}

/** Passes if one of the relays opens a WebSocket. */
async function testWebSockets(relays: string[], signal: AbortSignal): Promise<string> {
  const urls = relays.map(webSocketUrl).filter((url) => url !== null)
  if (urls.length === 0) throw new Error('None of its addresses is one that a browser can open.')
  const start = performance.now()
  try {
    const url = await Promise.any(urls.map((candidate) => openWebSocket(candidate, signal)))
    return `${new URL(url).host} answered in ${Math.round(performance.now() - start)} ms.`
  } catch {
    throw new Error(
      `${urls.map((url) => new URL(url).host).join(', ')} did not answer. Is the relay running, and does a proxy let WebSockets through?`,
    )
  }
}

function openWebSocket(url: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    const fail = () => {
      socket.close()
      reject(new Error(`${url} did not answer.`))
    }
    socket.onopen = () => {
      socket.close()
      resolve(url)
    }
    socket.onerror = fail
    signal.addEventListener('abort', fail, { once: true })
  })
}

/** The WebSocket that a relay's multiaddr names; null where it is none. */
export function webSocketUrl(multiaddr: string): string | null {
  const match = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/(\d+)\/(?:(tls)\/(?:sni\/[^/]+\/)?)?(wss?)(?:\/|$)/.exec(
    multiaddr,
  )
  if (!match) return null
  const [, kind, host, port, tls, scheme] = match
  const secure = tls !== undefined || scheme === 'wss'
  return `${secure ? 'wss' : 'ws'}://${kind === 'ip6' ? `[${host}]` : host}:${port}/`
}

/** Two ends of a data channel in this very page: WebRTC is there and nothing forbids it. */
async function testWebRtc(signal: AbortSignal): Promise<string> {
  const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()]
  try {
    a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate ?? undefined)
    b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate ?? undefined)
    const channel = a.createDataChannel('self-test')
    const opened = new Promise<void>((resolve, reject) => {
      channel.onopen = () => resolve()
      channel.onerror = () => reject(new Error('The data channel failed.'))
      signal.addEventListener('abort', () => reject(new Error(WEBRTC_ADVICE)), { once: true })
    })
    const start = performance.now()
    await a.setLocalDescription()
    await b.setRemoteDescription(a.localDescription!)
    await b.setLocalDescription()
    await a.setRemoteDescription(b.localDescription!)
    await opened
    return `Connected to itself in ${Math.round(performance.now() - start)} ms.`
  } finally {
    a.close()
    b.close()
  }
}

const WEBRTC_ADVICE =
  'No connection came about. An extension or a setting of the browser may forbid WebRTC; then everything passes through the relay.'
