import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { isProxyPath } from '../git-proxy/target.ts'
import { policyFor, SECURITY_HEADERS } from './headers.ts'
import { chooseEncoding } from './static-files.ts'
import type { StaticFiles } from './static-files.ts'

export interface Site {
  files: StaticFiles
  /** The answer to `/config.json`, which may depend on where the page was opened; waits until it is known. */
  config(request: IncomingMessage): Promise<PageConfig>
  /** 503 where `ok` is false. */
  health(): { ok: boolean } & Record<string, unknown>
  /** Prometheus text. */
  metrics(): string
  /** Path of the sample bundle, null where there is none. */
  sample(): string | null
  /** Fetches from git servers in the page's place; none: there is no such thing here. */
  gitProxy?: { answer: RequestHandler }
  /** May a page that sends these headers use the relay? Default: every page. */
  allows?: (headers: IncomingHttpHeaders) => boolean
  /** Told of what went wrong while `kind` of thing was asked for. */
  onError?: (kind: string, error: unknown) => void
  /** Counts answers. */
  onAnswer?: (status: number) => void
}

/** What a page learns from its own origin. */
export interface PageConfig {
  /** Multiaddrs of the relays that it stays connected with, each with `/p2p/<PeerId>`. */
  relays: string[]
  /** Multiaddrs of further ones, dialled where a peer is behind them. */
  furtherRelays: string[]
  iceServers: Array<{ urls: string; username?: string; credential?: string }>
  /** Origin at which others reach this relay; null: this machine alone. */
  publicUrl: string | null
  /** `/sample.bundle` is there. */
  sample: boolean
  /** Hosts that the page may have repositories fetched from, at `/proxy/<host>/<path>`; null: none. */
  gitProxy: { hosts: string[] } | null
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export function siteHandler(site: Site): RequestHandler {
  return async (request, response) => {
    response.on('error', () => response.destroy())
    response.once('finish', () => site.onAnswer?.(response.statusCode))
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    try {
      await answer(site, request, response)
    } catch (error) {
      if (response.headersSent || response.destroyed) return void response.destroy()
      // No more of the path: it may name a repository.
      site.onError?.(request.url?.split(/[?#]/)[0]?.split('/')[1] ?? '', error)
      text(response, 500, 'Something went wrong here; the relay’s log says what.')
    }
  }
}

async function answer(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (site.gitProxy !== undefined && isProxyPath(request.url ?? '')) return site.gitProxy.answer(request, response)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    response.setHeader('Connection', 'close')
    return text(response, 405, 'Only GET and HEAD.')
  }
  const pathname = request.url?.split('?')[0] ?? '/'
  switch (pathname) {
    case '/config.json':
      // A page that is served from elsewhere may use this relay too, unless it is for this machine alone.
      response.setHeader('Vary', 'Origin')
      if (site.allows?.(request.headers) !== false) {
        response.setHeader('Access-Control-Allow-Origin', '*')
        response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin')
      }
      return json(response, 200, await site.config(request))
    case '/health': {
      const health = site.health()
      return json(response, health.ok ? 200 : 503, health)
    }
    case '/metrics':
      response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
      return send(response, 200, site.metrics())
    case '/sample.bundle':
      return sample(site.sample(), request, response)
  }
  const file = await site.files.get(pathname)
  response.setHeader('Content-Security-Policy', policyFor(pathname))
  if (file !== undefined) return serve(file, request, response)
  if (pathname === '/') return text(response, 503, 'The app is not built. Run npm start.')
  return text(response, 404, 'There is nothing here.')
}

type File = NonNullable<Awaited<ReturnType<StaticFiles['get']>>>

async function serve(file: File, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const encoding = file.compressible ? chooseEncoding(request.headers['accept-encoding']) : 'identity'
  // One tag for each form of the content (RFC 9110, 8.8.3.3).
  const etag = encoding === 'identity' ? file.etag : file.etag.replace(/"$/, `-${encoding}"`)
  response.setHeader('Cache-Control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
  response.setHeader('ETag', etag)
  if (file.compressible) response.setHeader('Vary', 'Accept-Encoding')
  if (request.headers['if-none-match']?.split(/\s*,\s*/).some((tag) => tag.replace(/^W\//, '') === etag)) {
    response.writeHead(304).end()
    return
  }
  response.setHeader('Content-Type', file.type)
  if (encoding !== 'identity') response.setHeader('Content-Encoding', encoding)
  send(response, 200, await file.body(encoding))
}

async function sample(path: string | null, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (path === null) return text(response, 404, 'This relay does not run from a git checkout: there is no sample.')
  const handle = await open(path)
  try {
    response.setHeader('Content-Type', 'application/x-git-bundle')
    response.setHeader('Content-Length', (await handle.stat()).size)
    response.setHeader('Cache-Control', 'no-cache')
    if (request.method === 'HEAD') return void response.end()
    await pipeline(createReadStream(path, { fd: handle, autoClose: false }), response)
  } finally {
    await handle.close()
  }
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.setHeader('Content-Type', 'application/json')
  send(response, status, JSON.stringify(value))
}

function text(response: ServerResponse, status: number, message: string): void {
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  send(response, status, `${message}\n`)
}

/** For HEAD Node leaves the body out and keeps the length. */
function send(response: ServerResponse, status: number, body: string | Uint8Array): void {
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-store')
  response.setHeader('Content-Length', Buffer.byteLength(body))
  response.writeHead(status).end(body)
}
