/**
 * Keeps the app itself, so that what this browser holds can be read without a network. A version stays until its user
 * accepts the next one: whoever serves the page cannot change the program beneath an open repository.
 */

/** This version's files and their digest: the build writes them in (precache-plugin.ts). */
declare const __PRECACHE_FILES__: string[]
declare const __PRECACHE_VERSION__: string

/** What a service worker's global scope has; TypeScript's DOM and worker libraries exclude each other. */
interface WorkerScope {
  addEventListener(type: 'install' | 'activate', listener: (event: LifecycleEvent) => void): void
  addEventListener(type: 'fetch', listener: (event: FetchLikeEvent) => void): void
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
  registration: { scope: string }
}

interface LifecycleEvent {
  waitUntil(promise: Promise<unknown>): void
}

interface FetchLikeEvent extends LifecycleEvent {
  request: Request
  respondWith(response: Promise<Response>): void
}

const scope = self as unknown as WorkerScope
const PREFIX = 'guts-app-'
const FILES = __PRECACHE_FILES__
const CACHE = `${PREFIX}${__PRECACHE_VERSION__}`

scope.addEventListener('install', (event) => event.waitUntil(keepFiles()))
scope.addEventListener('activate', (event) => event.waitUntil(dropOldFiles()))
scope.addEventListener('message', (event) => {
  if (event.data === 'take-over') void scope.skipWaiting()
})

scope.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET' || !request.url.startsWith(scope.registration.scope)) return
  const path = new URL(request.url).pathname.slice(new URL(scope.registration.scope).pathname.length)
  // The configuration is the network's: the page itself remembers the last one (config.ts), and knows that it is old.
  if (path === '' || path === 'index.html') event.respondWith(kept('index.html', request))
  else if (FILES.includes(path)) event.respondWith(kept(path, request))
})

async function keepFiles(): Promise<void> {
  const cache = await caches.open(CACHE)
  // Names with a digest may come from the HTTP cache; the others must be this version's.
  await cache.addAll(
    FILES.map((file) => new Request(file, { cache: file.startsWith('assets/') ? 'default' : 'reload' })),
  )
}

async function dropOldFiles(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name)
  }
  await scope.clients.claim()
}

async function kept(file: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE)
  // A browser may evict what it keeps: then the network has it, or nobody.
  return (await cache.match(new URL(file, scope.registration.scope))) ?? (await fetch(request))
}
