/**
 * Of every policy here. Style attributes (not elements) are allowed, because components place menus with them;
 * WebAssembly is compiled for hashing.
 */
const COMMON = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
]

/** What the page may do. `connect-src` names no host because relays of a user's choice are elsewhere. */
export const CONTENT_SECURITY_POLICY = policy('ws: wss:')

/**
 * What git's worker may do: fetch from git servers that let it, whose names nobody knows before. A worker has the policy
 * that came with its script, so the page, which shows what strangers wrote, stays without.
 */
const GIT_WORKER_POLICY = policy('https:')
/** As the build names `src/git/worker/worker.ts`. */
const GIT_WORKER = /^\/assets\/worker-[\w-]+\.js$/

export function policyFor(pathname: string): string {
  return GIT_WORKER.test(pathname) ? GIT_WORKER_POLICY : CONTENT_SECURITY_POLICY
}

function policy(elsewhere: string): string {
  return [...COMMON, `connect-src 'self' ${elsewhere}`].join('; ')
}

/** On every answer. */
export const SECURITY_HEADERS: Record<string, string> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

const CONTENT_TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  jpg: 'image/jpeg',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  mjs: 'text/javascript; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json',
  webp: 'image/webp',
  woff2: 'font/woff2',
}

export function contentType(path: string): string {
  return CONTENT_TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
}

/** Images and fonts are compressed already. */
export function isCompressible(type: string): boolean {
  return /^text\/|json|javascript|svg|wasm/.test(type)
}
