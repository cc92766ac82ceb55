import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent } from 'node:https'
import type { TrustedProxies } from '../forwarded-for.ts'
import { passOn, readBody } from './pass-on.ts'
import type { Resolve } from './public-address.ts'
import { ProxyRefusal, refuse } from './refusal.ts'
import { parseTarget, proxyPath, type Target } from './target.ts'
import { askHost } from './upstream.ts'

/** Bytes of a request: git's for 10,000 branches and tags has half of it. */
const MAX_REQUEST_BYTES = 1024 * 1024
/** Requests that are passed on at once. Each holds two sockets and their buffers. */
const MAX_ACTIVE = 32
/** Of one address: a few clones at a time, and room for others. */
const MAX_ACTIVE_PER_ADDRESS = 8
/** Milliseconds until an answer begins, and between two pieces: git says every 5 seconds that it is at work. */
const HOST_TIMEOUT = 30_000
/** Milliseconds in which a page takes nothing: it may be writing to a slow disk. */
const UNREAD_TIMEOUT = 120_000

export interface GitProxyOptions {
  /** The hosts that may be asked, each with its port where that is not 443. */
  hosts: string[]
  /** Bytes of one answer. */
  maxBytes: number
  /** May whoever asks use it? */
  allows: (request: IncomingMessage) => Promise<boolean>
  proxies: TrustedProxies
  /** For tests: whose certificates are believed, who knows names, milliseconds. */
  ca?: string
  resolve?: Resolve
  hostTimeout?: number
  unreadTimeout?: number
}

/**
 * Fetches from git servers that let no page read what they answer, in the page's place: git's two requests for a fetch and
 * nothing else, over https, from listed hosts with public addresses, without credentials in either direction.
 */
export class GitProxy {
  readonly counts = { active: 0, bytes: 0 }
  readonly #options: GitProxyOptions
  readonly #hosts: ReadonlySet<string>
  readonly #agent: Agent
  readonly #byAddress = new Map<string, number>()

  constructor(options: GitProxyOptions) {
    this.#options = options
    this.#hosts = new Set(options.hosts)
    this.#agent = new Agent({ keepAlive: true, maxSockets: MAX_ACTIVE, ...(options.ca ? { ca: options.ca } : {}) })
  }

  /** The hosts that whoever asks may have fetched from; null where the proxy is not for them. */
  async hostsFor(request: IncomingMessage): Promise<string[] | null> {
    return this.#hosts.size > 0 && (await this.#options.allows(request)) ? [...this.#hosts] : null
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const target = await this.#check(request)
      const release = this.#take(request)
      try {
        await this.#pass(target, request, response)
      } finally {
        release()
      }
    } catch (error) {
      // The page has gone, before or after it had asked: nobody is there to be told.
      if (response.destroyed || request.errored !== null) return void response.destroy()
      if (!(error instanceof ProxyRefusal)) throw error
      refuse(response, error)
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  async #check(request: IncomingMessage): Promise<Target> {
    if (!(await this.#options.allows(request))) throw new ProxyRefusal('off')
    const target = parseTarget(request.method, request.url ?? '')
    // A header that a page of another origin may not send without asking first, and it is refused then.
    if (target === null || request.headers['git-protocol'] !== 'version=2') throw new ProxyRefusal('form')
    const isRequest = request.headers['content-type'] === 'application/x-git-upload-pack-request'
    if (target.kind === 'result' && !isRequest) throw new ProxyRefusal('form')
    if (!this.#hosts.has(target.host)) throw new ProxyRefusal('host')
    return target
  }

  async #pass(target: Target, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { maxBytes, resolve, hostTimeout = HOST_TIMEOUT, unreadTimeout = UNREAD_TIMEOUT } = this.#options
    const body = target.kind === 'result' ? await readBody(request, MAX_REQUEST_BYTES) : null
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const asking = { agent: this.#agent, timeout: hostTimeout, signal: gone.signal, ...(resolve ? { resolve } : {}) }
    const upstream = await askHost(target, body, asking)
    // What breaks while it is read rejects the reading; this is for what breaks before and after.
    upstream.on('error', () => undefined)
    if (!this.#begin(target, upstream, response)) return void upstream.destroy()
    const limits = { maxBytes, idle: hostTimeout, unread: unreadTimeout }
    try {
      await passOn(upstream, response, limits, (bytes) => (this.counts.bytes += bytes))
    } catch (error) {
      throw error instanceof ProxyRefusal ? error : new ProxyRefusal('unreachable', { cause: error })
    }
  }

  /** Answers with what is there beside git's own answer; true where that is to follow. */
  #begin(target: Target, upstream: IncomingMessage, response: ServerResponse): boolean {
    const status = upstream.statusCode ?? 502
    response.setHeader('Cache-Control', 'no-store')
    if (status >= 400) {
      response.setHeader('Content-Length', 0)
      response.writeHead(status).end()
      return false
    }
    if (status >= 300) {
      this.#redirect(target, upstream, response, status)
      return false
    }
    const { 'content-type': type, 'content-encoding': encoding, 'content-length': length } = upstream.headers
    // Nothing else is ever served from the app's own origin.
    const expected = `application/x-git-upload-pack-${target.kind}`
    if (status !== 200 || type !== expected || (encoding ?? 'identity') !== 'identity') throw notGit(upstream)
    if (Number(length) > this.#options.maxBytes) {
      upstream.destroy()
      throw new ProxyRefusal('large')
    }
    response.setHeader('Content-Type', expected)
    if (length !== undefined) response.setHeader('Content-Length', length)
    response.writeHead(200)
    return true
  }

  /** The page is sent on, through the relay again; git follows no redirect of a command, and nor does this. */
  #redirect({ url, kind }: Target, upstream: IncomingMessage, response: ServerResponse, status: number): void {
    const to = URL.parse(upstream.headers.location ?? '', url)
    const path = to === null || kind === 'result' ? null : proxyPath(to)
    if (to === null || path === null || !this.#hosts.has(to.host)) {
      upstream.destroy()
      throw new ProxyRefusal('redirect')
    }
    response.setHeader('Location', path)
    response.setHeader('Content-Length', 0)
    response.writeHead(status).end()
  }

  #take({ socket, headers }: IncomingMessage): () => void {
    const address = this.#options.proxies.client(socket.remoteAddress ?? '', headers['x-forwarded-for'])
    const active = this.#byAddress.get(address) ?? 0
    if (this.counts.active >= MAX_ACTIVE || active >= MAX_ACTIVE_PER_ADDRESS) throw new ProxyRefusal('busy')
    this.counts.active++
    this.#byAddress.set(address, active + 1)
    return () => {
      this.counts.active--
      const left = (this.#byAddress.get(address) ?? 1) - 1
      if (left > 0) this.#byAddress.set(address, left)
      else this.#byAddress.delete(address)
    }
  }
}

function notGit(upstream: IncomingMessage): ProxyRefusal {
  upstream.destroy()
  return new ProxyRefusal('not-git')
}
